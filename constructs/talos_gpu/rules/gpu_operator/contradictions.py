"""OPR: values that contradict one another, or another file."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.finding import Severity
from talos_gpu.inventory import Chart, Object, Value
from talos_gpu.rules.charts.settings import setting
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import is_operator
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_PSA = "pod-security.kubernetes.io/"
_LEVEL = "privileged"
_NEEDED_BY_NRI = {
    "toolkit.enabled": "toolkit:\n  enabled: true",
    "cdi.enabled": "cdi:\n  enabled: true",
}


def _nri(chart: Chart, facts: Facts) -> Iterator[Offence]:
    plugin = chart.value("cdi.nriPluginEnabled")
    if not is_operator(chart) or plugin.boolean is not True:
        return
    for path, remedy in _NEEDED_BY_NRI.items():
        if setting(chart, path, facts).data is False:
            message = f"found the NRI plugin without {path}; expected both because the plugin is a part of the toolkit"
            yield Offence(plugin, f"{message} and hands out CDI devices", remedy)


def _own_namespace(chart: Chart, facts: Facts) -> Iterator[Offence]:
    enabled = chart.value("psa.enabled")
    if not is_operator(chart) or enabled.boolean is not True:
        return
    for item in facts.cluster.of(Object):
        if item.kind == "Namespace" and item.live and item.name == chart.namespace:
            labels = item.root.get("metadata", "labels")
            why, severity = _at_odds(labels)
            if why:
                message = f"found true beside the Namespace {excerpt(item.name)}; expected false because {why}"
                fix = replacing(enabled, "false") if labels.get(f"{_PSA}enforce").text == _LEVEL else ()
                yield Offence(enabled, message, fix=fix, severity=severity)
            return


def _at_odds(labels: Value) -> tuple[str, Severity | None]:
    """What comes of the operator's labels beside those of the file, and how bad that is."""
    levels = [labels.get(f"{_PSA}{mode}") for mode in ("enforce", "audit", "warn")]
    if labels.opaque or any(level.opaque for level in levels):
        return "", None
    if any(level and level.text != _LEVEL for level in levels):
        return "its file and the operator write different levels on it, over and over", None
    if not levels[0]:
        return "pods of node feature discovery are refused until the operator has run and written the label", None
    if not all(levels):
        return "the file holds the label that counts, and the operator adds others that stand in no file", "info"
    return "", None


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR009",
        name="NRI plugin without toolkit or CDI",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_nri,
        remedy="Write `toolkit: {enabled: true}` and `cdi: {enabled: true}`, or switch the NRI plugin off.",
        source="NVIDIA/gpu-operator:deployments/gpu-operator/templates/validations.yaml; NVIDIA/gpu-operator#2382",
        waivable=True,
    ),
    Rule(
        id="OPR017",
        name="psa.enabled beside a Namespace",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_own_namespace,
        remedy="Write `psa: {enabled: false}`, and the label `pod-security.kubernetes.io/enforce: privileged` on the"
        " Namespace.",
        source="NVIDIA/gpu-operator:controllers/state_manager.go (setPodSecurityLabelsForNamespace)",
    ),
)
