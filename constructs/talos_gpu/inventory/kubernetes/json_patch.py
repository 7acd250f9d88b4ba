"""An RFC 6902 patch of an object, every node keeping its place."""

from __future__ import annotations

from talos_gpu.inventory.kubernetes.tree import key_node, mapping, sequence
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["json_patched"]


def json_patched(node: Node, operations: Value) -> Node | None:
    """`node` after the operations; None where one of them cannot be followed."""
    for operation in operations.items():
        path = operation.get("path").text
        steps = [step.replace("~1", "/").replace("~0", "~") for step in (path or "").split("/")[1:]]
        verb, value = operation.get("op").text, operation.get("value").node
        if verb == "test":
            continue
        if not steps or verb not in ("add", "replace", "remove") or (value is None and verb != "remove"):
            return None
        changed = _changed(node, steps, None if verb == "remove" else value, verb == "add")
        if changed is None:
            return None
        node = changed
    return node


def _changed(node: Node, steps: list[str], value: Node | None, adds: bool) -> Node | None:
    """The node with `value` at the end of `steps`, or without what stands there."""
    if isinstance(node, MappingNode):
        return _changed_map(node, steps, value, adds)
    if isinstance(node, SequenceNode):
        return _changed_list(node, steps, value, adds)
    return None


def _changed_map(node: MappingNode, steps: list[str], value: Node | None, adds: bool) -> Node | None:
    pairs = list(node.pairs)
    index = next((i for i, (key, _) in enumerate(pairs) if isinstance(key, ScalarNode) and key.text == steps[0]), None)
    if len(steps) > 1:
        inner = None if index is None else _changed(pairs[index][1], steps[1:], value, adds)
        if index is None or inner is None:
            return None
        pairs[index] = (pairs[index][0], inner)
    elif value is None:
        if index is None:
            return None
        del pairs[index]
    elif index is None:
        pairs.append((key_node(steps[0], value.position), value))
    else:
        pairs[index] = (key_node(steps[0], value.position), value)
    return mapping(pairs, node.position)


def _changed_list(node: SequenceNode, steps: list[str], value: Node | None, adds: bool) -> Node | None:
    items = list(node.items)
    if steps == ["-"] and adds and value is not None:
        return sequence([*items, value], node.position)
    index = int(steps[0]) if steps[0].isdecimal() and len(steps[0]) < 6 else len(items) + 1
    if len(steps) == 1 and adds and value is not None and index <= len(items):
        items.insert(index, value)
        return sequence(items, node.position)
    if index >= len(items):
        return None
    inner = _changed(items[index], steps[1:], value, adds) if len(steps) > 1 else value
    if inner is None and len(steps) > 1:
        return None
    items[index : index + 1] = [] if inner is None else [inner]
    return sequence(items, node.position)
