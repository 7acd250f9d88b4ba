"""How the device plugin of a cluster hands out GPUs, as far as its chart's values tell."""

from __future__ import annotations

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.settings import any_tables, environment, setting
from talos_gpu.rules.charts.strategy import words
from talos_gpu.rules.facts import Facts, Lacking

__all__ = ["strategies"]

_WITHOUT_CDI = ("envvar",)
_WITH_CDI = ("cdi-annotations", "cdi-cri")
_ENV = "devicePlugin.env"


def strategies(facts: Facts) -> tuple[str, ...]:
    """The strategies of the cluster's only device plugin.

    Raises:
        Lacking: when there is none, there are several, or its values leave it open.
    """
    found = {told for chart in facts.cluster.of(Chart) if (told := _of_chart(chart, facts))}
    if len(found) != 1:
        raise _lacking()
    return found.pop()


def _lacking() -> Lacking:
    return Lacking("how the device plugin hands out GPUs (its device list strategy)")


def _of_chart(chart: Chart, facts: Facts) -> tuple[str, ...]:
    """Nothing where the chart is no device plugin."""
    if chart.value("devicePlugin.enabled").boolean is False:
        return ()
    if chart.name == "gpu-operator":
        return _of_operator(chart, facts)
    return _of_plugin(chart) if chart.name == "nvidia-device-plugin" else ()


def _of_operator(chart: Chart, facts: Facts) -> tuple[str, ...]:
    written = next((value for name, value in environment(chart, _ENV) if name == "DEVICE_LIST_STRATEGY"), None)
    told = words(written) if written is not None else ()
    cdi = setting(chart, "cdi.enabled", facts)
    if told is None or not isinstance(cdi.data, bool) or not chart.complete:
        raise _lacking()
    if not cdi.data:
        return told or _WITHOUT_CDI
    if any(trap.effect == "changed" for table in any_tables(chart, facts) for trap in table.traps.get(_ENV, ())):
        # The operator overrides the user here, in some versions at least.
        raise _lacking()
    return told or _WITH_CDI


def _of_plugin(chart: Chart) -> tuple[str, ...]:
    value = chart.value("deviceListStrategy")
    if value:
        told = words(value)
        if not told:
            raise _lacking()
        return told
    configs = [text.raw for _, text in chart.value("config.map").pairs()]
    if not chart.complete or chart.value("config.name") or any("deviceListStrategy" in text for text in configs):
        raise _lacking()
    return _WITHOUT_CDI
