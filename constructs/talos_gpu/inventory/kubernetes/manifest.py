"""An object of Kubernetes as it reaches the cluster, and what a repository holds of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from posixpath import normpath

from talos_gpu.inventory.inside import read_inside
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.value import Value

__all__ = ["Manifest", "Manifests", "group_of", "inside", "objects_in"]

MAX_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """An object after the patches and transformers of its kustomizations, every node at its own place.

    `file` is the one that it was written in, `start` the file from which it is applied in the end. `live` is False
    where nothing applies it. `whole` is False where something changes it that could not be followed.
    """

    root: Value
    file: str
    start: str
    live: bool = True
    whole: bool = True
    cluster: str = ""
    """What Argo CD calls the cluster that it is sent to; empty for its own, and where nobody says it."""

    @property
    def api_version(self) -> str:
        """The API version; empty where it is a placeholder."""
        return self.root.get("apiVersion").text or ""

    @property
    def group(self) -> str:
        """The API group; empty for the core one."""
        return group_of(self.root)

    @property
    def kind(self) -> str:
        """The kind; empty where it is a placeholder."""
        return self.root.get("kind").text or ""

    @property
    def name(self) -> str:
        """The name; empty where it is a placeholder or generated."""
        return self.root.get("metadata", "name").text or ""

    @property
    def namespace(self) -> str:
        """The namespace; empty where nobody says it."""
        return self.root.get("metadata", "namespace").text or ""


class Manifests:
    """All manifests of a repository with its files, and look-ups among the live ones."""

    def __init__(self, manifests: Iterable[Manifest], files: Files) -> None:
        self.files = files
        self._all = tuple(manifests)
        self._known: dict[tuple[str, str], list[Manifest]] = {}
        for manifest in self._all:
            if manifest.live:
                self._known.setdefault((manifest.kind, manifest.name), []).append(manifest)

    def __iter__(self) -> Iterator[Manifest]:
        return iter(self._all)

    def find(self, user: Manifest, kind: str, name: str, namespace: str) -> Manifest | None:
        """The one that `user` means: of its own start and namespace first, else the only one of that name."""
        known = self._known.get((kind, name), ()) if name else ()
        near = [(item.start == user.start, item.namespace == namespace) for item in known]
        found = [item for item, rank in zip(known, near, strict=True) if rank == max(near)]
        return found[0] if len({item.root.place for item in found}) == 1 else None

    def file_at(self, path: str, named_in: str) -> SourceFile | None:
        """The file at a path of the repository, which `named_in` lies in too; a leading `./` means nothing.

        The root may be a folder of the repository, or one above it: lint is run in either.
        """
        words = normpath(path).lstrip("/").split("/")
        inside = ["/".join(words[index:]) for index in range(len(words))]
        steps = named_in.split("/")[:-1]
        above = ["/".join([*steps[:depth], *words]) for depth in range(1, len(steps) + 1)]
        found = (self.files.get(place) for place in (*inside, *above))
        return next((file for file in found if file is not None), None)

    def inside(self, value: Value) -> Value | None:
        """The map that a text holds as YAML; None where it cannot be read as one."""
        return inside(value, self.files)


def inside(value: Value, files: Files) -> Value | None:
    """The map that a text of one of `files` holds as YAML; None where it cannot be read as one."""
    file = files.get(value.place.file)
    if file is None or (value.text is None and not _has_lines(value)):
        return None
    found = read_inside(value, file.text)
    maps = [document for document in found.documents if document.is_map]
    return maps[0] if len(found.documents) == 1 and maps else None


def _has_lines(value: Value) -> bool:
    # A placeholder in a text of several lines leaves the other lines known.
    return "\n" in value.raw


def objects_in(file: SourceFile) -> Iterator[Value]:
    """Every map with an API version, a kind and metadata, those inside a List too."""
    waiting = list(reversed(file.documents))
    for _ in range(MAX_LISTED):
        if not waiting:
            return
        root = waiting.pop()
        kind = root.get("kind").text
        if kind is not None and kind.endswith("List") and root.get("apiVersion") and root.get("items").is_list:
            waiting += reversed(tuple(root.get("items").items()))
        elif root.get("kind").is_scalar and root.get("apiVersion").is_scalar and _is_object(root):
            yield root


def _is_object(root: Value) -> bool:
    return root.get("metadata").is_map or group_of(root) == "kubeadm.k8s.io"


def group_of(root: Value) -> str:
    """The API group of an object; empty for the core one."""
    return (root.get("apiVersion").text or "").rpartition("/")[0]
