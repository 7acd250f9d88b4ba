"""OPR: the configuration that the operator's device plugin uses where a node names none."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.plugin_config import in_config_map, labelled_by_config, unnamed
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import is_operator
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_CONFIG = "devicePlugin.config"


def _default(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_operator(chart):
        return
    name, default = chart.value(f"{_CONFIG}.name"), chart.value(f"{_CONFIG}.default")
    keys = _keys(chart, facts)
    if default.text:
        yield from unnamed(default, keys)
    elif keys and name.text and chart.complete and not default.opaque and not labelled_by_config(facts.cluster):
        place = default if default.exists else name
        message = f"found no {_CONFIG}.default; expected {' or '.join(keys)} because no configuration counts on a"
        yield Offence(place, f"{message} node that does not name one by label", severity="warning")


def _keys(chart: Chart, facts: Facts) -> tuple[str, ...]:
    """The names of the configurations; none where they cannot be told."""
    if chart.value(f"{_CONFIG}.create").boolean is True:
        data = chart.value(f"{_CONFIG}.data")
        return () if data.opaque or not chart.complete else tuple(key for key, _ in data.pairs())
    return in_config_map(chart.value(f"{_CONFIG}.name"), chart, facts)


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR019",
        name="default configuration that does not exist",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_default,
        remedy="Write the name of one of the configurations under devicePlugin.config.default.",
        source="NVIDIA/gpu-operator:assets/state-device-plugin/0500_daemonset.yaml (config-manager-init)",
        waivable=True,
    ),
)
