"""What a chart says of itself is never found wrong: people paste whole values files."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from talos_gpu.catalog import ChartVersion, NotListed, Stated, ValueTable, load_catalogue
from talos_gpu.inventory.source_file import read_source
from talos_gpu.rules.charts.paths import unread
from talos_gpu.rules.charts.types import mistyped


def tabled() -> list[ChartVersion]:
    catalogue = load_catalogue()
    charts = [catalogue.chart(name) for name in ("gpu-operator", "nvidia-device-plugin")]
    names = [
        (chart.name, version) for chart in charts if not isinstance(chart, NotListed) for version in chart.versions
    ]
    found = [catalogue.chart_version(*name) for name in names]
    return [version for version in found if isinstance(version, ChartVersion) and isinstance(version.values, Stated)]


def defaults(table: ValueTable) -> dict[str, Any]:
    """The chart's values.yaml, as far as the table has it."""
    data: dict[str, Any] = {}
    for path in sorted(table.paths):
        fact = table.value(path)
        *above, key = path.split(".")
        inner: Any = data
        for step in above:
            inner = inner.setdefault(step, {}) if isinstance(inner, dict) else None
        if isinstance(inner, dict) and fact is not None and fact.declared and fact.has_default:
            inner.setdefault(key, fact.default)
    return data


@pytest.mark.parametrize("version", tabled(), ids=lambda version: f"{version.chart}-{version.version}")
def test_pasted_defaults_are_read_and_of_the_right_type(version: ChartVersion) -> None:
    """Even where the chart declares what none of its templates reads."""
    assert isinstance(version.values, Stated)
    table = version.values.value
    document = read_source("values.yaml", yaml.safe_dump(defaults(table)).encode()).documents[0]
    assert [found.path for found in unread(document, table)] == []
    assert [found.path for found in mistyped(document, table)] == []
