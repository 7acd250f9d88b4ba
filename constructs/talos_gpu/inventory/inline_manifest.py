"""Objects of Kubernetes that a machine config holds as text, for Talos to apply when the cluster starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from talos_gpu.finding import Position
from talos_gpu.inventory.inside import read_inside
from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.kubernetes.objects import object_of
from talos_gpu.inventory.source_file import Files
from talos_gpu.inventory.subject import Object
from talos_gpu.inventory.value import Value

__all__ = ["inline_objects"]


def inline_objects(files: Files, lists: Iterable[Value]) -> tuple[Object, ...]:
    """The objects that matter to a GPU in these lists of `inlineManifests`, each once."""
    found: dict[Position, Object] = {}
    for entries in lists:
        for entry in entries.items():
            found.update((item.root.place, item) for item in _objects(files, entry.get("contents")))
    return tuple(found.values())


def _objects(files: Files, contents: Value) -> Iterator[Object]:
    path = contents.place.file
    file = files.get(path)
    for document in read_inside(contents, file.text).documents if file else ():
        if found := object_of(Manifest(document, path, path)):
            yield found
