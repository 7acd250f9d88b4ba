"""helm v4 reads every values file: over the defaults of our value tables, and over a real chart where one is given."""

from __future__ import annotations

import copy
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from judge.build import program
from judge.cluster import Cluster
from judge.matrix import catalogue
from judge.tool import Ran, run

from talos_gpu.catalog import Stated
from talos_gpu.plan.model import ChartPlan

ORACLE = "helm v4.3.1"
CHART = Path(__file__).parent / "chart"
CHARTS = "ORACLE_CHARTS"
"""A folder of real charts, `<name>-<version>.tgz`, from wherever the user has them."""


def charts_of(clusters: list[Cluster]) -> dict[str, tuple[Cluster, ChartPlan, bytes]]:
    """Every different values file with its chart."""
    found: dict[str, tuple[Cluster, ChartPlan, bytes]] = {}
    for cluster in clusters:
        chart = cluster.plan.stack.chart
        if chart is not None:
            path = f"kubernetes/{cluster.plan.stack.kind.value}/values.yaml"
            text = cluster.files[path].partition(b"---\n")[2]
            found.setdefault(f"{chart.name} {chart.version.value} {text!r}", (cluster, chart, cluster.files[path]))
    return found


def template(chart: Path, release: str, namespace: str, values: Path, *more: str) -> Ran:
    """What helm renders."""
    command = ("template", release, str(chart), "--namespace", namespace, "--values", str(values), *more)
    return run(program("helm"), *command, folder=values.parent)


def test_values_files_merge_over_the_chart_s_defaults(everything: list[Cluster], tmp_path: Path, verdict) -> None:
    """Maps merge, lists and scalars replace, a null takes the default away: as the plan says."""
    charts = charts_of(everything)
    assert charts
    for index, (cluster, chart, text) in enumerate(charts.values()):
        folder = tmp_path / str(index)
        shutil.copytree(CHART, folder / "oracle")
        defaults = defaults_of(chart)
        (folder / "oracle" / "values.yaml").write_text(yaml.safe_dump(defaults))
        values = folder / "values.yaml"
        values.write_bytes(text)
        done = template(folder / "oracle", chart.release, "gpu", values)
        if done.status != 0:
            verdict(ORACLE, "values refused")
        assert done.status == 0, f"{cluster}: {done.said}"
        (item,) = yaml.safe_load_all(done.out)
        found, expected = json.loads(item["data"]["values.json"]), merged(defaults, chart.values.value)
        verdict(ORACLE, "values merged as planned" if found == expected else "values differ")
        assert found == expected, str(cluster)


def defaults_of(chart: ChartPlan) -> dict[str, Any]:
    """The chart's own defaults as far as its value table knows them."""
    version = catalogue().chart_version(chart.name, chart.version.value)
    table = getattr(version, "values", None)
    defaults: dict[str, Any] = {}
    if not isinstance(table, Stated):
        return defaults
    for path in table.value.paths:
        fact = table.value.value(path)
        if fact is None or not fact.has_default:
            continue
        at = defaults
        *parents, last = path.split(".")
        for key in parents:
            at = at.setdefault(key, {}) if isinstance(at.setdefault(key, {}), dict) else {}
        at.setdefault(last, copy.deepcopy(fact.default))
    return _without_nulls(defaults)


def _without_nulls(values: dict[str, Any]) -> dict[str, Any]:
    """A null among a chart's own defaults says nothing to helm."""
    return {
        key: _without_nulls(value) if isinstance(value, dict) else value
        for key, value in values.items()
        if value is not None
    }


def merged(defaults: dict[str, Any], values: Any) -> dict[str, Any]:
    """Helm's rules, written down: the expectation that helm itself confirms."""
    result = copy.deepcopy(defaults)
    for key, value in values.items():
        if value is None and key in result:
            del result[key]
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        elif isinstance(value, dict):
            result[key] = merged({}, value)
        else:
            result[key] = list(value) if isinstance(value, tuple) else value
    return result


@pytest.mark.needs(CHARTS)
def test_real_charts_render_with_our_values(everything: list[Cluster], tmp_path: Path, verdict) -> None:
    """Of those versions that the folder holds."""
    for index, (cluster, chart, text) in enumerate(charts_of(everything).values()):
        real = Path(os.environ[CHARTS]) / f"{chart.name}-{chart.version.value}.tgz"
        if not real.exists():
            continue
        values = tmp_path / f"{index}.yaml"
        values.write_bytes(text)
        done = template(real, chart.release, cluster.plan.stack.namespace.value, values, "--include-crds")
        verdict(ORACLE, "real chart refused" if done.status else "real chart rendered")
        assert done.status == 0, f"{cluster}: {done.said}"
        assert [item for item in yaml.safe_load_all(done.out) if item]
