"""Releases of a helmfile."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory.kubernetes.layer import set_value, values_of
from talos_gpu.inventory.kubernetes.release import Release, chart_name
from talos_gpu.inventory.kubernetes.tree import absent
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.value import Value

__all__ = ["helmfile_releases", "is_helmfile"]


def is_helmfile(file: SourceFile) -> bool:
    """Whether a document lists releases that name charts."""
    return any(_releases(root) for root in file.documents)


def helmfile_releases(file: SourceFile, files: Files) -> Iterator[Release]:
    """Every release that is not switched off."""
    sources = {
        entry.get("name").text: entry.get("url")
        for root in file.documents
        for entry in root.get("repositories").items()
        if entry.get("name").text
    }
    for root in file.documents:
        for entry in _releases(root):
            chart = entry.get("chart").text
            if chart is None or entry.get("installed").boolean is False:
                continue
            yield Release(
                chart_name(chart),
                "helm",
                entry,
                entry.get("version"),
                entry.get("namespace").text or "",
                tuple(_layers(entry, file, files)),
                None,
                sources.get(chart.partition("/")[0], entry.get("chart")),
                True,
                file.path,
                file.path,
            )


def _releases(root: Value) -> tuple[Value, ...]:
    return tuple(entry for entry in root.get("releases").items() if entry.get("chart") and entry.get("name"))


def _layers(entry: Value, file: SourceFile, files: Files) -> Iterator[Value | None]:
    if entry.get("inherit") or entry.get("strategicMergePatches") or entry.get("jsonPatches"):
        yield None
    for item in entry.get("values").items():
        if item.is_map:
            yield item
        else:
            yield values_of(files.near(file.path, item.text)) if item.text else None
    if entry.get("secrets"):
        yield None
    for key, forced in (("set", False), ("setString", True)):
        for item in entry.get(key).items():
            name = item.get("name")
            yield set_value(name.text or "", name.place, item.get("value"), forced)
    if not entry.get("values").exists:
        yield absent(entry.place)
