"""What `kustomize build` makes of a folder: objects with all patches and transformers, every node at its own place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from talos_gpu.finding import Position
from talos_gpu.inventory.kubernetes.application_set import for_each_element
from talos_gpu.inventory.kubernetes.kustomization import Kustomization, Kustomizations
from talos_gpu.inventory.kubernetes.manifest import Manifest, objects_in
from talos_gpu.inventory.kubernetes.objects import matters
from talos_gpu.inventory.kubernetes.patching import apply_patches
from talos_gpu.inventory.kubernetes.transforming import set_images, set_metadata, set_namespace
from talos_gpu.inventory.kubernetes.tree import key_node, mapping
from talos_gpu.inventory.source_file import SourceFile
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import Node, ScalarNode

__all__ = ["Builder"]

_MAX_DEPTH = 20
_MAX_OBJECTS = 20_000


class Builder:
    """Builds each kustomization once."""

    def __init__(self, kustomizations: Kustomizations) -> None:
        self.kustomizations = kustomizations
        self.files = kustomizations.files
        self._built: dict[str, tuple[Manifest, ...]] = {}
        self._objects: dict[str, tuple[Manifest, ...]] = {}

    def objects(self, file: SourceFile) -> tuple[Manifest, ...]:
        """The objects of a file that may matter, as they are written."""
        if file.path not in self._objects:
            found = (Manifest(root, file.path, file.path) for root in objects_in(file))
            self._objects[file.path] = tuple(each for item in found if matters(item) for each in for_each_element(item))
        return self._objects[file.path]

    def folder(self, folder: str) -> tuple[Manifest, ...]:
        """The objects of a folder that has a kustomization; nothing where it has none."""
        if folder not in self._built:
            top = self.kustomizations.at(folder)
            self._built[folder] = tuple(self._build(top, (), ())) if top else ()
        return self._built[folder]

    def component(self, folder: str, reference: str, manifests: Iterable[Manifest]) -> list[Manifest]:
        """The manifests with a component over them that `reference` names from a folder."""
        component = self._at(f"{folder}/kustomization.yaml".lstrip("/"), reference)
        if component is None:
            return [replace(item, whole=False) for item in manifests]
        return self._build(component, tuple(manifests), ())

    def _build(self, top: Kustomization, given: tuple[Manifest, ...], above: tuple[str, ...]) -> list[Manifest]:
        if top.folder in above or len(above) > _MAX_DEPTH:
            return list(given)
        chain = (*above, top.folder)
        found = [*given, *self._resources(top, chain), *_generated(top, self.kustomizations)]
        found = found[:_MAX_OBJECTS]
        for reference in top.entries("components"):
            component = self._at(top.file.path, reference)
            unknown = [replace(item, whole=False) for item in found]
            found = self._build(component, tuple(found), chain) if component else unknown
        return self._transformed(top, found)

    def _resources(self, top: Kustomization, chain: tuple[str, ...]) -> Iterator[Manifest]:
        for reference in top.entries("resources", "bases"):
            file = self.files.near(top.file.path, reference)
            if file is not None:
                yield from self.objects(file)
                continue
            inner = self._at(top.file.path, reference)
            if inner is not None:
                yield from self._build(inner, (), chain)

    def _at(self, file: str, reference: str) -> Kustomization | None:
        for name in ("kustomization.yaml", "kustomization.yml", "Kustomization"):
            found = self.files.near(file, f"{reference}/{name}")
            if found is not None:
                return self.kustomizations.at(found.folder)
        return None

    def _transformed(self, top: Kustomization, found: list[Manifest]) -> list[Manifest]:
        if not top.followed:
            found = [replace(item, whole=False) for item in found]
        found = apply_patches(found, top.patches(), top.file.path, self.files)
        found = set_namespace(found, top.root.get("namespace"))
        for pairs in (top.root.get("commonLabels"), *(item.get("pairs") for item in top.root.get("labels").items())):
            found = set_metadata(found, "labels", pairs)
        found = set_metadata(found, "annotations", top.root.get("commonAnnotations"))
        return set_images(found, top.root.get("images").items())


def _generated(top: Kustomization, kustomizations: Kustomizations) -> Iterator[Manifest]:
    """The ConfigMaps of its generators, under the names that people write; a YAML file is a map in them, not a text."""
    for entry in top.root.get("configMapGenerator").items():
        name = entry.get("name").node
        if name is None:
            continue
        data, whole = [], not entry.get("envs") and not entry.get("env")
        for item in (*entry.get("files").items(), *entry.get("literals").items()):
            pair = _literal(item) if item.path[-2] == "literals" else _from_file(item, top, kustomizations)
            whole = whole and pair is not None
            data += [pair] if pair else []
        yield Manifest(_config_map(entry, name, data), top.file.path, top.file.path, whole=whole)


def _literal(item: Value) -> tuple[Node, Node] | None:
    key, separator, text = item.raw.partition("=")
    node = ScalarNode(text.strip("\"'"), False, "", item.place)
    return (key_node(key, item.place), node) if separator else None


def _from_file(item: Value, top: Kustomization, kustomizations: Kustomizations) -> tuple[Node, Node] | None:
    key, _, path = item.raw.rpartition("=")
    file = kustomizations.files.near(top.file.path, path)
    if file is None:
        return None
    name = key_node(key or path.rpartition("/")[2], item.place)
    if len(file.documents) == 1 and not file.faults and file.documents[0].is_map and file.documents[0].node:
        return name, file.documents[0].node
    return name, ScalarNode(file.text, False, "", Position(file.path, 1, 1))


def _config_map(entry: Value, name: Node, data: list[tuple[Node, Node]]) -> Value:
    place = entry.place
    metadata: list[tuple[Node, Node]] = [(key_node("name", entry.get("name").place), name)]
    namespace = entry.get("namespace").node
    if namespace is not None:
        metadata.append((key_node("namespace", namespace.position), namespace))
    pairs: list[tuple[Node, Node]] = [
        (key_node("apiVersion", place), key_node("v1", place)),
        (key_node("kind", place), key_node("ConfigMap", place)),
        (key_node("metadata", place), mapping(metadata, place)),
        (key_node("data", place), mapping(data, place)),
    ]
    node = mapping(pairs, place)
    return Value(node, place, entry.path)
