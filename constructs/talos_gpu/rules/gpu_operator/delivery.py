"""OPR: where the operator's chart comes from, and who keeps its CRDs up to date."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart, Object
from talos_gpu.rules.charts.settings import setting
from talos_gpu.rules.charts.upstream import from_git
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import is_operator
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_COMPONENTS = ("operator", "validator")


def _from_git(chart: Chart, _: Facts) -> Iterator[Offence]:
    if chart.repository is None or not is_operator(chart) or not from_git(chart) or not chart.complete:
        return
    missing = [f"{name}.version" for name in _COMPONENTS if not chart.value(f"{name}.version").exists]
    if missing:
        message = (
            f"found a chart out of Git without {' and '.join(missing)}; expected versions because the chart's own are "
            "those of development images there"
        )
        yield Offence(chart.repository, message)


def _old_crds(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_operator(chart) or chart.object is None or not _leaves_crds(chart.object):
        return
    upgrade = setting(chart, "operator.upgradeCRD", facts)
    if upgrade.data is not False:
        return
    how = "false" if upgrade.value.exists else "no operator.upgradeCRD, which is false by default here"
    message = f"found {how}; expected true because nothing else replaces the CRDs when the chart is upgraded"
    yield Offence(upgrade.value, message)


def _leaves_crds(release: Object) -> bool:
    """Whether the tool of delivery is known to leave CRDs alone on upgrades."""
    spec = release.root.get("spec")
    if release.kind == "HelmRelease":
        policy = spec.get("upgrade", "crds")
        return not policy.opaque and policy.text != "CreateReplace"
    sources = (spec.get("source"), *spec.get("sources").items())
    return any(source.get("helm", "skipCrds").boolean is True for source in sources)


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR007",
        name="operator's chart out of Git",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_from_git,
        remedy="Use the chart of https://helm.ngc.nvidia.com/nvidia, or write operator.version and validator.version.",
        source="NVIDIA/gpu-operator:deployments/gpu-operator/Chart.yaml; NVIDIA/gpu-operator#575",
    ),
    Rule(
        id="OPR018",
        name="CRDs that are never upgraded",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_old_crds,
        remedy="Write `operator: {upgradeCRD: true}`, or `upgrade: {crds: CreateReplace}` in the HelmRelease.",
        source="NVIDIA/gpu-operator:deployments/gpu-operator/templates/upgrade_crd.yaml",
    ),
)
