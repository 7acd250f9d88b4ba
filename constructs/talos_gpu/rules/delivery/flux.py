"""GIT: releases of GPU charts that Flux delivers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.inventory import Chart, Object
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_SERVED = {"helm.toolkit.fluxcd.io": "v2", "source.toolkit.fluxcd.io": "v1"}
_DROP_IN = frozenset(("v2beta2", "v1beta2"))
"""Versions in which the fields already have the shape of the one that is served."""


def _removed_api(chart: Chart, facts: Facts) -> Iterator[Offence]:
    for item in _objects(chart, facts):
        group, _, version = item.api_version.rpartition("/")
        served = _SERVED.get(group)
        if served is None or not version.startswith(f"{served}beta"):
            continue
        place = item.root.get("apiVersion")
        certain = version in _DROP_IN and not _old_fields(item)
        yield Offence(
            place,
            f"found {excerpt(place.raw)}; expected {group}/{served} because Flux serves no beta of it any more",
            fix=replacing(place, f"{group}/{served}") if certain else (),
        )


def _objects(chart: Chart, facts: Facts) -> Iterator[Object]:
    """The release, and the source that it names."""
    release = chart.object
    if release is None or release.kind != "HelmRelease" or not release.live:
        return
    yield release
    spec = release.root.get("spec")
    for reference in (spec.get("chart", "spec", "sourceRef"), spec.get("chartRef")):
        kind, name = reference.get("kind").text, reference.get("name").text
        found = (item for item in facts.cluster.of(Object) if name and (item.kind, item.name) == (kind, name))
        yield from (item for item in found if item.live)


def _old_fields(item: Object) -> bool:
    return item.root.get("spec", "chart", "spec", "valuesFile").exists


def _no_crd_policy(chart: Chart, _: Facts) -> Iterator[Offence]:
    release = chart.object
    if release is None or release.kind != "HelmRelease" or not release.live or not chart.complete:
        return
    upgrade = release.root.get("spec", "upgrade")
    policy = upgrade.get("crds")
    if upgrade.opaque or policy.opaque or policy.text == "CreateReplace" or not _brings_crds(chart):
        return
    found = f"found upgrade.crds: {excerpt(policy.raw)}" if policy else "found no upgrade.crds"
    message = f"{found}; expected CreateReplace because Helm never changes the CRDs of the chart {chart.name} again"
    yield Offence(policy or release.root.get("metadata", "name"), message)


def _brings_crds(chart: Chart) -> bool:
    """Whether the chart brings CRDs that nothing else upgrades; of the operator's own another rule speaks."""
    if chart.name == "nvidia-device-plugin":
        return any(chart.value(path).boolean is True for path in ("nfd.enabled", "gfd.enabled"))
    return chart.name == "node-feature-discovery"


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="GIT001",
        name="removed Flux API version",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_removed_api,
        remedy="Write helm.toolkit.fluxcd.io/v2 and source.toolkit.fluxcd.io/v1; `flux migrate -f FOLDER` does it.",
        source="fluxcd.io/blog, Flux 2.8 (removal of the beta APIs)",
    ),
    Rule(
        id="GIT003",
        name="release without a policy for CRDs",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_no_crd_policy,
        remedy="Write `crds: CreateReplace` under spec.upgrade, and under spec.install.",
        source="fluxcd.io/flux/components/helm/helmreleases (upgrade.crds, default Skip)",
    ),
)
