"""What the transformers of kustomize and Flux do to objects: namespace, labels, annotations, images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.kubernetes.strategic_patch import with_value
from talos_gpu.inventory.kubernetes.tree import key_node, mapping
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["default_namespace", "set_images", "set_metadata", "set_namespace"]

_CLUSTER_WIDE = {
    "ClusterPolicy",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "DeviceClass",
    "NVIDIADriver",
    "PersistentVolume",
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
}


def set_namespace(manifests: Iterable[Manifest], namespace: Value) -> list[Manifest]:
    """The manifests in that namespace; a Namespace takes its name, as kustomize does it."""
    return [_in_namespace(manifest, namespace) for manifest in manifests] if namespace else list(manifests)


def _in_namespace(manifest: Manifest, namespace: Value) -> Manifest:
    if namespace.node is None or manifest.kind in _CLUSTER_WIDE:
        return manifest
    field = "name" if manifest.kind == "Namespace" else "namespace"
    return replace(manifest, root=with_value(manifest.root, ("metadata", field), namespace.node))


def default_namespace(manifests: Iterable[Manifest], namespace: Value) -> list[Manifest]:
    """The manifests, in that namespace where they name none."""
    return [
        item if item.root.get("metadata", "namespace") or item.kind == "Namespace" else _in_namespace(item, namespace)
        for item in manifests
    ]


def set_metadata(manifests: Iterable[Manifest], field: str, pairs: Value) -> list[Manifest]:
    """The manifests with these labels or annotations."""
    if not pairs.is_map or pairs.node is None:
        return list(manifests)
    node = pairs.node
    return [replace(item, root=with_value(item.root, ("metadata", field), node)) for item in manifests]


def set_images(manifests: Iterable[Manifest], images: Iterable[Value]) -> list[Manifest]:
    """The manifests with the images of their containers replaced."""
    changes = {name: image for image in images if (name := image.get("name").text)}
    return [_with_images(manifest, changes) for manifest in manifests] if changes else list(manifests)


def _with_images(manifest: Manifest, changes: dict[str, Value]) -> Manifest:
    node = manifest.root.node
    return manifest if node is None else replace(manifest, root=replace(manifest.root, node=_images(node, changes)))


def _images(node: Node, changes: dict[str, Value]) -> Node:
    if isinstance(node, SequenceNode):
        return replace(node, items=tuple(_images(item, changes) for item in node.items))
    if not isinstance(node, MappingNode):
        return node
    pairs = []
    for key, value in node.pairs:
        in_container = isinstance(key, ScalarNode) and key.text == "image" and isinstance(value, ScalarNode)
        pairs.append((key, _image(value, changes) if in_container else _images(value, changes)))
    return replace(mapping(pairs, node.position), own=node.own)


def _image(node: Node, changes: dict[str, Value]) -> Node:
    assert isinstance(node, ScalarNode)
    name, tag = _split(node.text)
    change = changes.get(name)
    if change is None:
        return node
    said = next((change.get(key) for key in ("digest", "newTag", "newName") if change.get(key)), None)
    if said is None:
        return node
    digest, new_tag = change.get("digest").raw, change.get("newTag").raw
    suffix = f"@{digest}" if digest else f":{new_tag}" if new_tag else tag
    return replace(key_node((change.get("newName").raw or name) + suffix, said.place), plain=node.plain)


def _split(image: str) -> tuple[str, str]:
    """Name, and tag or digest with what separates them."""
    start = image.rfind("/")
    at = image.find("@")
    colon = image.find(":", start + 1)
    end = min((index for index in (at, colon) if index > start), default=len(image))
    return image[:end], image[end:]
