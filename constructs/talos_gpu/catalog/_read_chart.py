"""Charts out of charts/<name>/: an index, and one small file of values for each shape."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from talos_gpu.catalog._data import load, one_line_entries
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.chart import Chart, ChartImage, ChartVersion
from talos_gpu.catalog.fact import Fact, Missing, Source, Stated, Verdict
from talos_gpu.catalog.value_table import Trap, ValueTable
from talos_gpu.catalog.version import Version

__all__ = ["CHARTS", "chart_row", "read_chart", "read_chart_version"]

CHARTS = ("gpu-operator", "nvidia-device-plugin")


@cache
def read_chart(name: str) -> Chart:
    """Returns the chart of `charts/<name>/index.yaml`."""
    values = load(f"charts/{name}/index.yaml")
    return Chart(
        name=name,
        repository=values["repository"],
        repository_name=values["repositoryName"],
        kind=values["kind"],
        versions=tuple(sorted(values["versions"], key=Version.parse)),
        forbidden_namespaces=tuple(values["forbiddenNamespaces"]),
        source=Source(values["source"], values["checked"]),
    )


def chart_row(name: str, version: str) -> Row:
    """Returns what the chart's index states of one version."""
    chart = read_chart(name)
    return Row({"like": version, **load(f"charts/{name}/index.yaml")["versions"][version]}, chart.source)


def read_chart_version(name: str, version: str, row: Row) -> ChartVersion:
    """Returns the version that `row` describes; its key `like` names the version whose files hold for it."""
    like = row.get("like")
    declare = ("charts", name, version, "sameAs")
    return ChartVersion(
        chart=name,
        version=version,
        number=Version.parse(version),
        date=row.stated("date", f"date of {name} {version}"),
        verdicts=_verdicts(name, like, row),
        nfd=row.stated("nfd", f"node-feature-discovery of {name} {version}"),
        images=_images(name, like, row, declare),
        values=_values(name, like, row, declare),
        source=row.source,
    )


def _applies(item: Mapping[str, Any], version: str) -> bool:
    number = Version.parse(version)
    after = "from" not in item or Version.parse(item["from"]) <= number
    return after and ("to" not in item or number <= Version.parse(item["to"]))


def _verdicts(name: str, version: str, row: Row) -> Mapping[str, Verdict]:
    content = load(f"charts/{name}/index.yaml")
    return {
        item["era"]: Verdict(
            item["answer"], item["reason"], row.source if row.source.declared else _source(item, content)
        )
        for item in content["verdicts"]
        if _applies(item, version)
    }


def _source(item: Mapping[str, Any], content: Mapping[str, Any]) -> Source:
    return Source(item["source"], content["checked"])


def _values(name: str, version: str, row: Row, declare: tuple[str, ...]) -> Fact[ValueTable]:
    shape = row.stated("values", f"value table of {name} {version}", declare)
    if isinstance(shape, Missing):
        return shape
    about, lines = one_line_entries(f"charts/{name}/values/{shape.value}.yaml")
    source = row.source if row.source.declared else Source(about["source"], about["checked"])
    return Stated(ValueTable(shape.value, lines, _traps(name, version), source), source)


def _traps(name: str, version: str) -> Mapping[str, tuple[Trap, ...]]:
    found: dict[str, tuple[Trap, ...]] = {}
    for item in load(f"charts/{name}/index.yaml")["traps"]:
        if _applies(item, version):
            trap = Trap(item["path"], item["effect"], item["text"], item["instead"], tuple(item.get("fails", ())))
            found[trap.path] = (*found.get(trap.path, ()), trap)
    return found


def _images(name: str, version: str, row: Row, declare: tuple[str, ...]) -> Fact[tuple[ChartImage, ...]]:
    if "images" in row.get("missing", {}):
        return row.fact("images", f"images of {name} {version}", declare)
    where = load(f"charts/{name}/index.yaml")["images"]
    if where.endswith(".yaml"):
        content = load(f"charts/{name}/{where}")
        images = tuple(_whole_image(part, text) for part, text in content["images"][version].items())
    else:
        content = load(f"charts/{name}/{where}/{version}.yaml")
        images = tuple(
            ChartImage(part, item["repository"], item["image"], str(item["tag"] or ""))
            for part, item in content["images"].items()
        )
    return Stated(images, row.source if row.source.declared else Source(content["source"], content["checked"]))


def _whole_image(component: str, reference: str) -> ChartImage:
    path, _, tag = reference.rpartition(":")
    repository, _, image = path.rpartition("/")
    return ChartImage(component, repository, image, tag)
