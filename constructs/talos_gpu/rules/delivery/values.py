"""GIT: a file of values beside a release that does not read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.inventory import Chart
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]


def _differs(chart: Chart, facts: Facts) -> Iterator[Offence]:
    release = _release_beside(chart, facts)
    if release is None:
        return
    where = release.place.place.file
    for value in chart.values.walk():
        other = release.values.get(*value.path) if value.is_scalar else None
        if other is None or not other.is_scalar or value.opaque or other.opaque or value.data == other.data:
            continue
        found = f"found {excerpt(value.raw) or 'nothing'}, but {excerpt(other.raw) or 'nothing'} in {excerpt(where)}"
        yield Offence(value, f"{found}; expected the same because that release does not read this file")


def _release_beside(chart: Chart, facts: Facts) -> Chart | None:
    """The only release of the same chart in the same folder, where it is not made of this file, the only one too."""
    if not _is_plain_file(chart):
        return None
    near = [other for other in facts.cluster.of(Chart) if other.name == chart.name and _folder(other) == _folder(chart)]
    releases = [other for other in near if other.origin in ("flux", "argocd", "kustomize")]
    if len(releases) != 1 or len(near) != 2 or not releases[0].complete:
        return None
    read = {layer.place.file for layer in releases[0].layers}
    return None if chart.place.place.file in read else releases[0]


def _is_plain_file(chart: Chart) -> bool:
    """Whether it is a file of values and nothing more: no entry of a helmfile, no object."""
    says_version = chart.version.exists and chart.version.place.file == chart.place.place.file
    return chart.origin == "helm" and chart.object is None and not says_version and not chart.place.path


def _folder(chart: Chart) -> str:
    return chart.place.place.file.rpartition("/")[0]


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="GIT007",
        name="values file that differs from its release",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_differs,
        remedy="Remove the file, or let the release read it (valuesFrom, valueFiles).",
        source="fluxcd.io/flux/components/helm/helmreleases (values); argo-cd.readthedocs.io/en/stable/user-guide/helm",
    ),
)
