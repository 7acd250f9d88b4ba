"""Charts of one's own that bring a GPU chart, or the one that people use for every workload, along as a dependency."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from talos_gpu.inventory.kubernetes.layer import values_of
from talos_gpu.inventory.kubernetes.release import APP_TEMPLATE, CHARTS, Release
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.subject import Object, Origin
from talos_gpu.inventory.value import Value

__all__ = ["ChartUser", "is_umbrella", "umbrella_releases"]

_READ = (*CHARTS, APP_TEMPLATE)


@dataclass(frozen=True, slots=True)
class ChartUser:
    """Somebody who installs the chart of a folder, with layers of values over those of the chart."""

    origin: Origin
    namespace: str
    layers: Sequence[Value | None]
    object: Object | None
    whole: bool
    start: str
    cluster: str = ""


def is_umbrella(file: SourceFile) -> bool:
    """Whether it is the Chart.yaml of such a chart."""
    return file.path.rpartition("/")[2] == "Chart.yaml" and any(True for _ in _dependencies(file))


def umbrella_releases(file: SourceFile, users: Iterable[ChartUser], files: Files) -> Iterator[Release]:
    """A release for every dependency and user; where nobody is known to install it, with the chart's own values."""
    values = files.near(file.path, "values.yaml")
    own = [values_of(values)] if values else []
    others = [item for item in files.below(file.folder) if item.folder == file.folder and _is_values(item.path)]
    alone = ChartUser("helm", "", (), None, len(others) < 2, file.path)
    for user in tuple(users) or (alone,):
        layers = (*own, *user.layers)
        for entry in _dependencies(file):
            if not _is_off(entry, layers):
                yield _release(entry, user, layers, file)


def _release(entry: Value, user: ChartUser, layers: Sequence[Value | None], file: SourceFile) -> Release:
    key = entry.get("alias").text or entry.get("name").text or ""
    inner = tuple(layer and layer.get(key) for layer in layers)
    name = entry.get("name").text or ""
    release = Release(name, user.origin, entry, entry.get("version"), user.namespace, inner, user.object)
    release = replace(release, repository=entry.get("repository"), whole=user.whole, file=file.path)
    return replace(release, start=user.start, cluster=user.cluster)


def _dependencies(file: SourceFile) -> Iterator[Value]:
    for root in file.documents[:1]:
        # The vendor's own chart in a folder of somebody's brings its parts along too: nobody chose their values.
        if root.get("name").text not in CHARTS:
            yield from (entry for entry in root.get("dependencies").items() if entry.get("name").text in _READ)


def _is_off(entry: Value, layers: Sequence[Value | None]) -> bool:
    """Whether the last word on its condition is false."""
    for path in (entry.get("condition").text or "").split(","):
        said = [layer.get(*path.strip().split(".")) for layer in layers if layer is not None]
        known = [value.boolean for value in said if value.exists]
        if path and known:
            return known[-1] is False
    return False


def _is_values(path: str) -> bool:
    return "values" in path.rpartition("/")[2]
