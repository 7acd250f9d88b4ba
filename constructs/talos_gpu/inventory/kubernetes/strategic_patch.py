"""A strategic merge as kustomize does it, every node keeping its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from talos_gpu.inventory.kubernetes.tree import mapping, nested, sequence
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["patched", "with_value"]

_KEYS = {
    "containers": "name",
    "ephemeralContainers": "name",
    "initContainers": "name",
    "env": "name",
    "volumes": "name",
    "volumeMounts": "mountPath",
    "volumeDevices": "devicePath",
    "imagePullSecrets": "name",
    "hostAliases": "ip",
    "ports": "containerPort",
    "resourceClaims": "name",
}
"""By what lists of Kubernetes' own kinds are merged; those of other kinds are replaced."""


def patched(node: Node, patch: Node, built_in: bool, field: str = "") -> Node | None:
    """`node` with `patch` over it; None where the patch deletes it."""
    if isinstance(node, MappingNode) and isinstance(patch, MappingNode):
        directive = _text(patch, "$patch")
        if directive == "delete":
            return None
        return _bare(patch) if directive == "replace" else _merged(node, patch, built_in)
    if isinstance(node, SequenceNode) and isinstance(patch, SequenceNode) and built_in and field in _KEYS:
        return _merged_list(node, patch, _KEYS[field])
    return _bare(patch) if isinstance(patch, MappingNode) else patch


def with_value(root: Value, steps: Sequence[str], node: Node) -> Value:
    """`root` with `node` below these keys, which are made where they are lacking; what was there keeps its place."""
    if root.node is None:
        return root
    return replace(root, node=patched(root.node, nested(steps, node, node.position), built_in=False))


def _merged(node: MappingNode, patch: MappingNode, built_in: bool) -> Node:
    later = {key.text: (key, value) for key, value in patch.pairs if isinstance(key, ScalarNode)}
    pairs: list[tuple[Node, Node]] = []
    for key, value in node.pairs:
        name = key.text if isinstance(key, ScalarNode) else None
        if name is None or name not in later:
            pairs.append((key, value))
            continue
        new_key, new = later.pop(name)
        result = None if _is_null(new) else patched(value, new, built_in, name)
        if result is not None:
            pairs.append((key if isinstance(new, MappingNode) else new_key, result))
    pairs += [
        (key, _bare(value) if isinstance(value, MappingNode) else value)
        for name, (key, value) in later.items()
        if name != "$patch" and not _is_null(value)
    ]
    return mapping(pairs, node.position)


def _merged_list(node: SequenceNode, patch: SequenceNode, key: str) -> Node:
    items = list(node.items)
    for new in patch.items:
        name = _text(new, key)
        place = next((index for index, item in enumerate(items) if name is not None and _text(item, key) == name), None)
        if place is None:
            items += [new] if _text(new, "$patch") is None else []
            continue
        result = patched(items[place], new, True)
        items[place : place + 1] = [] if result is None else [result]
    return sequence(items, node.position)


def _bare(patch: MappingNode) -> MappingNode:
    return mapping(
        ((key, value) for key, value in patch.pairs if not (isinstance(key, ScalarNode) and key.text == "$patch")),
        patch.position,
    )


def _text(node: Node, key: str) -> str | None:
    if not isinstance(node, MappingNode):
        return None
    found = [value for name, value in node.pairs if isinstance(name, ScalarNode) and name.text == key]
    return found[-1].text if found and isinstance(found[-1], ScalarNode) else None


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.plain and node.text in ("", "~", "null", "Null", "NULL")
