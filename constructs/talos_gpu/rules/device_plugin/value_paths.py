"""DPL: values that the device plugin's chart does not read, or not in that type."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.paths import Unread
from talos_gpu.rules.charts.reading import ignored, wrong_type
from talos_gpu.rules.device_plugin.chart import is_plugin
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_CHART = "NVIDIA/k8s-device-plugin:deployments/helm/nvidia-device-plugin/values.yaml and templates"
_CONFIG_LINES = "config:\n  map:\n    default: |\n      version: v1\n      sharing: ..."
_HINTS = {
    "flags": _CONFIG_LINES,
    "sharing": _CONFIG_LINES,
    "version": _CONFIG_LINES,
    "config.data": "Write config.map.",
    "env": "Write the value of the flag, such as deviceListStrategy: the chart writes the environment itself.",
    "manager": "Remove it: this chart has no component of that name.",
}


def _wrong_type(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if is_plugin(chart):
        yield from wrong_type(chart, facts)


def _ignored(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if is_plugin(chart):
        yield from ignored(chart, facts, _hint)


def _hint(found: Unread) -> str:
    return _HINTS.get(found.path, "")


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="DPL003",
        name="value of the wrong type for the device plugin",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_wrong_type,
        remedy="Write the type that the chart's templates ask for.",
        source=_CHART,
        waivable=True,
    ),
    Rule(
        id="DPL004",
        name="value that the device plugin's chart does not read",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_ignored,
        remedy="Remove it, or correct the path.",
        source=_CHART,
    ),
)
