"""GIT: the version of a chart as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from talos_gpu.inventory import Chart, Value
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_EXACT = re.compile(r"=?\s*v?\d+\.\d+\.\d+(?:-[\w.-]+)?(?:\+[\w.-]+)?(?:@sha256:[0-9a-f]{64})?")
_GIT = re.compile(r"github\.com/|gitlab\.com/|\.git$|^git@|^ssh://")


def _not_exact(chart: Chart, _: Facts) -> Iterator[Offence]:
    if chart.origin == "profile" or _is_locked(chart) or _from_git(chart):
        return
    text = chart.version.text
    if text is None:
        if not chart.version and _has_place_for_version(chart):
            message = f"found no version of the chart {chart.name}; expected one because the newest is taken otherwise"
            yield Offence(_place(chart), message)
    elif not _EXACT.fullmatch(text.strip()):
        message = f"found {excerpt(text)}; expected one version because a release of NVIDIA would change the cluster"
        yield Offence(chart.version, f"{message} on its own")


def _is_locked(chart: Chart) -> bool:
    """Whether a Chart.lock may hold the version that counts: that of a dependency of somebody's own chart."""
    return chart.place.place.file.rpartition("/")[2] == "Chart.yaml"


def _from_git(chart: Chart) -> bool:
    """Whether the chart is a folder of Git, whose revision is no version."""
    release = chart.object
    if release is not None and release.root.get("spec", "chart", "spec", "sourceRef", "kind").text == "GitRepository":
        return True
    return chart.repository is not None and bool(_GIT.search(chart.repository.raw))


def _has_place_for_version(chart: Chart) -> bool:
    """Whether the version would stand in what was read, and not in a source that was not."""
    release = chart.object
    if chart.origin == "flux":
        return release is not None and release.live and not release.root.get("spec", "chartRef").exists
    return chart.origin in ("argocd", "kustomize")


def _place(chart: Chart) -> Value:
    release = chart.object
    named = release.root.get("spec", "chart", "spec", "chart") if release is not None else None
    return named or chart.version


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="GIT002",
        name="chart version that is not exact",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_not_exact,
        remedy="Write the whole version of the chart, and let Renovate or a person raise it.",
        source="fluxcd.io/flux/components/helm/helmreleases; argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies",
    ),
)
