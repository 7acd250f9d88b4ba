"""RFC 6902 applied to a tree, as far as the tree is known: what it adds keeps the place where the patch says so."""

from __future__ import annotations

from talos_gpu.finding import Position
from talos_gpu.inventory.tree import Entries, entries, key_at, list_of, map_of
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, SequenceNode

__all__ = ["OPERATIONS", "apply_json_patch", "is_json_patch"]

OPERATIONS = frozenset({"add", "copy", "move", "remove", "replace", "test"})


def is_json_patch(document: Value) -> bool:
    """Whether it is a list, not an empty one, of operations."""
    items = tuple(document.items())
    return bool(items) and all(item.get("op").raw in OPERATIONS and item.get("path").is_scalar for item in items)


def apply_json_patch(root: Node | None, patch: Value) -> Node | None:
    """The tree after `add`, `replace` and `remove`; what they name and the tree lacks is made. The others change nothing."""
    for operation in patch.items():
        op, pointer = operation.get("op").text, operation.get("path").text or ""
        value = operation.get("value").node if op in {"add", "replace"} else None
        if not pointer.startswith("/") or op not in {"add", "replace", "remove"} or (op != "remove" and value is None):
            continue
        steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        root = _changed(root, steps, value, operation.get("path").place, insert=op == "add")
    return root


def _changed(node: Node | None, steps: list[str], value: Node | None, at: Position, *, insert: bool) -> Node | None:
    """The node with `value` below it where the steps lead; without what is there where the value is None."""
    if not steps or (node is None and value is None):
        return value
    if isinstance(node, SequenceNode) or (node is None and (steps[0] == "-" or steps[0].isdecimal())):
        return _changed_list(node, steps, value, at, insert)
    if node is not None and not isinstance(node, MappingNode):
        return node
    own: Entries = entries(node) if node else {}
    key, old = own.get(steps[0], (key_at(steps[0], at), None))
    new = _changed(old, steps[1:], value, at, insert=insert)
    if new is None:
        own.pop(steps[0], None)
    else:
        own[steps[0]] = (key, new)
    return map_of(own, node.position if node else at)


def _changed_list(
    node: SequenceNode | None, steps: list[str], value: Node | None, at: Position, insert: bool
) -> Node | None:
    items = list(node.items) if node else []
    step, rest = steps[0], steps[1:]
    index = int(step) if step.isdecimal() and len(step) < 6 else len(items)
    if not rest and value is not None and (insert or index >= len(items)):
        items.insert(index, value)
    elif index < len(items):
        new = _changed(items[index], rest, value, at, insert=insert)
        items[index : index + 1] = [] if new is None else [new]
    return list_of(items, node.position if node else at)
