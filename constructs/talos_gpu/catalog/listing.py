"""Rows and records of the catalogue, for tables and JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from talos_gpu.catalog._read_chart import CHARTS
from talos_gpu.catalog.catalogue import Catalogue
from talos_gpu.catalog.fact import Fact, Missing, NotListed, Stated, Verdict
from talos_gpu.catalog.gpu import GpuMatch
from talos_gpu.catalog.value_table import ValueTable
from talos_gpu.catalog.version import Version

__all__ = ["TOPICS", "Table", "listed", "record", "shown"]

TOPICS = ("releases", "eras", "gpus", "branches", "toolkits", "images", "charts", "modules")


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows of text, in the order to print."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def listed(catalogue: Catalogue, topic: str) -> Table:
    """Returns what the catalogue knows of a topic (one of TOPICS) as a table; KeyError for another topic."""
    return _TABLES[topic](catalogue)


def shown(catalogue: Catalogue, topic: str, name: str) -> Mapping[str, Any] | NotListed:
    """Returns everything that is known of one thing as plain data; an ambiguous GPU gives its candidates."""
    if topic == "gpus":
        match = catalogue.gpus(name)
        return match if isinstance(match, NotListed) else _gpu_record(match)
    if topic == "charts":
        chart, _, version = name.partition("@")
        found: object = catalogue.chart_version(chart, version) if version else catalogue.chart(chart)
    else:
        found = _lookup(catalogue, topic)(name)
    if isinstance(found, NotListed):
        return found
    plain: Mapping[str, Any] = record(found)
    return plain


def _lookup(catalogue: Catalogue, topic: str) -> Callable[[str], object]:
    lookups: Mapping[str, Callable[[str], object]] = {
        "releases": catalogue.release,
        "branches": catalogue.branch,
        "toolkits": catalogue.toolkit,
        "images": catalogue.cuda_image,
        "modules": catalogue.kernel_module,
        "eras": lambda text: _era(catalogue, text),
    }
    return lookups[topic]


def record(value: Any) -> Any:
    """Returns plain data for JSON: a fact is its value with source, or `missing` with its note."""
    if isinstance(value, Missing):
        return {"missing": value.note, **({"lastKnown": value.last_known} if value.last_known else {})}
    if isinstance(value, Stated):
        return {"value": record(value.value), **_origin(value)}
    if isinstance(value, Version):
        return value.text
    if isinstance(value, ValueTable):
        return {"shape": value.shape, "paths": list(value.paths)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {item.name: record(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): record(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [record(item) for item in value]
    return value


def _origin(fact: Stated[Any]) -> dict[str, Any]:
    origin: dict[str, Any] = {"source": fact.source.text}
    if fact.source.checked:
        origin["checked"] = fact.source.checked
    if fact.source.declared:
        origin["declared"] = True
    if fact.note:
        origin["note"] = fact.note
    return origin


def _gpu_record(match: GpuMatch) -> Mapping[str, Any]:
    if match.only is None:
        return {"ambiguous": match.text, "candidates": list(match.names)}
    plain: Mapping[str, Any] = record(match.only)
    return plain


def _era(catalogue: Catalogue, name: str) -> object:
    names = tuple(era.name for era in catalogue.eras())
    return next((era for era in catalogue.eras() if era.name == name), NotListed("era", name, names))


def _text(fact: Fact[Any]) -> str:
    if isinstance(fact, Missing):
        return f"unknown (last known {fact.last_known})" if fact.last_known else "unknown"
    if isinstance(fact.value, bool):
        return "yes" if fact.value else "no"
    return str(fact.value)


def _answer(verdict: Verdict | None) -> str:
    return verdict.answer if verdict is not None else "unknown"


def _releases(catalogue: Catalogue) -> Table:
    columns = ("release", "era", "kernel", "kubernetes", "drivers", "container toolkit", "declared")
    rows = tuple(
        (
            release.tag,
            release.era.name,
            _text(release.kernel),
            _text(release.kubernetes_range),
            ", ".join(f"{track} {driver.value}" for track, driver in release.drivers.items()),
            _text(release.container_toolkit),
            "yes" if release.declared else "",
        )
        for release in catalogue.releases()
    )
    return Table(columns, rows)


def _eras(catalogue: Catalogue) -> Table:
    columns = ("era", "minors", "preview", "toolkit in extension", "sysctls", "stacks")
    rows = tuple(
        (
            era.name,
            era.minors,
            "yes" if era.preview else "",
            "yes" if era.toolkit_in_extension else "no",
            ", ".join(f"{sysctl.key}={sysctl.value}" for sysctl in era.sysctls),
            ", ".join(f"{stack.stack} ({stack.support})" for stack in era.stacks.values()),
        )
        for era in catalogue.eras()
    )
    return Table(columns, rows)


def _gpus(catalogue: Catalogue) -> Table:
    columns = ("gpu", "architecture", "class", "memory GiB", "PCI ids", "open", "last branch", "MIG")
    rows = tuple(
        (
            gpu.name,
            gpu.arch,
            gpu.gpu_class,
            _text(gpu.memory_gib),
            " ".join(gpu.vendor_pci_ids),
            _text(gpu.open_modules),
            gpu.last_driver_branch.value if isinstance(gpu.last_driver_branch, Stated) else "",
            _text(gpu.mig),
        )
        for gpu in catalogue.all_gpus()
    )
    return Table(columns, rows)


def _branches(catalogue: Catalogue) -> Table:
    columns = ("branch", "kind", "CUDA", "last release", "end of life", "dropped")
    rows = tuple(
        (
            branch.name,
            _text(branch.kind),
            _text(branch.cuda),
            _text(branch.last_release),
            _text(branch.end_of_life),
            ", ".join(branch.dropped_archs),
        )
        for branch in catalogue.branches()
    )
    return Table(columns, rows)


def _toolkits(catalogue: Catalogue) -> Table:
    columns = ("CUDA", "driver", "oldest driver", "architectures")
    rows = tuple(
        (toolkit.name, _text(toolkit.driver), _text(toolkit.minor_compat_driver), ", ".join(toolkit.archs))
        for toolkit in catalogue.toolkits()
    )
    return Table(columns, rows)


def _images(catalogue: Catalogue) -> Table:
    rows = tuple((image.version, image.kind, image.reference, image.source.text) for image in catalogue.cuda_images())
    return Table(("CUDA", "kind", "image", "source"), rows)


def _charts(catalogue: Catalogue) -> Table:
    eras = tuple(era.name for era in catalogue.eras())
    rows: list[tuple[str, ...]] = []
    for name in CHARTS:
        chart = catalogue.chart(name)
        for number in () if isinstance(chart, NotListed) else chart.versions:
            version = catalogue.chart_version(name, number)
            if not isinstance(version, NotListed):
                tabled = "no" if isinstance(version.values, Missing) else "yes"
                rows.append((name, number, tabled, *(_answer(version.verdicts.get(era)) for era in eras)))
    return Table(("chart", "version", "value table", *eras), tuple(rows))


def _modules(catalogue: Catalogue) -> Table:
    rows = tuple(
        (module.name, "always" if module.required else "on request", ", ".join(module.flavours), module.why)
        for module in catalogue.all_kernel_modules()
    )
    return Table(("module", "loaded", "flavours", "why"), rows)


_TABLES = {
    "releases": _releases,
    "eras": _eras,
    "gpus": _gpus,
    "branches": _branches,
    "toolkits": _toolkits,
    "images": _images,
    "charts": _charts,
    "modules": _modules,
}
