"""OPR: values that the operator's chart does not read, or not in that type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.paths import Unread
from talos_gpu.rules.charts.reading import ignored, wrong_type
from talos_gpu.rules.charts.settings import any_tables
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import is_operator
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_SELECTOR = "nodeSelector"
_COMMON = {
    "tolerations": "Write daemonsets.tolerations: it holds for every operand.",
    "priorityClassName": "Write daemonsets.priorityClassName: it holds for every operand.",
    "affinity": 'Set a node label instead, such as `nvidia.com/gpu.deploy.operands: "false"` where no operand is wanted.',
    "runtimeClass": "Write operator.runtimeClass.",
    "runtimeClassName": "Write operator.runtimeClass.",
    "manager": "Write driver.manager.",
    "map": "Write devicePlugin.config.data.",
}
_CHART = "NVIDIA/gpu-operator:deployments/gpu-operator/values.yaml and templates/clusterpolicy.yaml"


def _component_selector(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_operator(chart):
        return
    for name, component in chart.values.pairs():
        selector = component.get(_SELECTOR)
        path = f"{name}.{_SELECTOR}"
        if not selector or selector.data == {}:
            continue
        traps = [table.traps.get(path, ()) for table in any_tables(chart, facts)]
        if all(any(trap.effect == "ignored" for trap in found) for found in traps):
            message = f"found {path}; expected a node label because no version of the chart reads it"
            yield Offence(
                replace(selector, place=selector.key or selector.place),
                message,
                f"Remove it; set {traps[0][0].instead}.",
            )


def _ignored(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if is_operator(chart):
        yield from ignored(chart, facts, _hint, _is_component_selector)


def _is_component_selector(found: Unread) -> bool:
    return found.key == _SELECTOR and found.trap is not None and found.path.count(".") == 1


def _hint(found: Unread) -> str:
    return _COMMON.get(found.key, "")


def _wrong_type(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if is_operator(chart):
        yield from wrong_type(chart, facts)


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR004",
        name="nodeSelector of a component",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_component_selector,
        remedy='Remove it; label the nodes instead: `nvidia.com/gpu.deploy.<component>: "false"` leaves one out.',
        source="NVIDIA/gpu-operator:deployments/gpu-operator/templates/clusterpolicy.yaml; NVIDIA/gpu-operator#547",
        waivable=True,
    ),
    Rule(
        id="OPR010",
        name="value that the operator's chart does not read",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_ignored,
        remedy="Remove it, or correct the path.",
        source=_CHART,
    ),
    Rule(
        id="OPR011",
        name="value of the wrong type for the operator",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_wrong_type,
        remedy="Write the type that the chart's values.yaml has there.",
        source=_CHART,
        waivable=True,
    ),
)
