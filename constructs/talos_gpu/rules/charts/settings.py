"""What counts for a chart in the end: a value that somebody wrote, or the chart's own default."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from talos_gpu.catalog import Missing, NotListed, Stated, ValueTable
from talos_gpu.inventory import UNKNOWN, Chart, Value
from talos_gpu.rules.facts import Facts, Lacking

__all__ = ["Setting", "all_tables", "any_tables", "defaults", "environment", "setting", "value_table"]


@dataclass(frozen=True, slots=True)
class Setting:
    """A value with the place that decides it; `data` is UNKNOWN where only runs or other people can tell it."""

    value: Value
    data: Any

    @property
    def is_known(self) -> bool:
        """Whether it can be judged."""
        return self.data is not UNKNOWN


def value_table(chart: Chart, facts: Facts) -> ValueTable:
    """The value paths of the chart's version.

    Raises:
        Lacking: when the version is not known, or nobody read its values.
    """
    version = facts.chart_version(chart)
    if isinstance(version.values, Missing):
        raise Lacking(f"the value table of the chart {chart.name} {version.version}")
    return version.values.value


def any_tables(chart: Chart, facts: Facts) -> tuple[ValueTable, ...]:
    """The table of the chart's version; where there is none, the oldest and the newest: what both say holds for all."""
    try:
        return (value_table(chart, facts),)
    except Lacking:
        tables = all_tables(chart, facts)
        if not tables:
            raise
        return (tables[0], tables[-1])


def all_tables(chart: Chart, facts: Facts) -> tuple[ValueTable, ...]:
    """The tables of every version that somebody read, oldest first."""
    known = facts.catalogue.chart(chart.name)
    versions = () if isinstance(known, NotListed) else known.versions
    found = (facts.catalogue.chart_version(chart.name, version) for version in versions)
    return tuple(
        version.values.value
        for version in found
        if not isinstance(version, NotListed) and isinstance(version.values, Stated)
    )


def setting(chart: Chart, path: str, facts: Facts) -> Setting:
    """The value at a dotted path, or the chart's default where nobody writes any and all layers are known.

    Raises:
        Lacking: when the default depends on a version that is not known.
    """
    value = chart.value(path)
    if value.exists:
        return Setting(value, UNKNOWN if value.opaque else value.data)
    found = defaults(chart, path, facts)
    if not found:
        return Setting(value, UNKNOWN)
    if any(default != found[0] for default in found):
        # They differ only where the version's own table is not known: this says which.
        value_table(chart, facts)
        raise Lacking(f"the version of the chart {chart.name}")
    return Setting(value, found[0])


def defaults(chart: Chart, path: str, facts: Facts) -> tuple[Any, ...]:
    """The chart's default at a path where nobody writes there, one a table that may count; none where somebody may."""
    if not chart.complete or chart.value(path).exists or _hidden(chart, path):
        return ()
    return tuple(_default(table, path) for table in any_tables(chart, facts))


def environment(chart: Chart, path: str) -> Iterator[tuple[str, Value]]:
    """The variables of a list of names and values, in order."""
    for entry in chart.value(path).items():
        name = entry.get("name").text
        if name is not None:
            yield name, entry.get("value")


def _hidden(chart: Chart, path: str) -> bool:
    """Whether a place above is no map that can be read."""
    steps = path.split(".")
    above = [chart.values.get(*steps[:length]) for length in range(len(steps))]
    return any(value.opaque or (value.exists and not value.is_map) for value in above)


def _default(table: ValueTable, path: str) -> Any:
    fact = table.value(path)
    return fact.default if fact is not None and fact.has_default else None
