"""Trees put together from nodes that stand in different places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from talos_gpu.finding import Position
from talos_gpu.inventory.value import Step, Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["absent", "key_node", "mapping", "nested", "rooted", "sequence", "without_nulls"]


def absent(place: Position) -> Value:
    """A value that nobody wrote."""
    return Value(None, place)


def rooted(node: Node) -> Value:
    """The value at the root of a tree."""
    return Value(node, node.position)


def key_node(text: str, position: Position) -> ScalarNode:
    """A key that stands nowhere itself, only what brought it."""
    return ScalarNode(text, True, "", position)


def mapping(pairs: Iterable[tuple[Node, Node]], position: Position) -> MappingNode:
    """A map of these pairs."""
    entries = tuple(pairs)
    size = 1 + sum(key.size + value.size for key, value in entries)
    return MappingNode(
        entries, len(entries), position, size, 1 + max((value.height for _, value in entries), default=0)
    )


def sequence(items: Iterable[Node], position: Position) -> SequenceNode:
    """A list of these items."""
    entries = tuple(items)
    size = 1 + sum(item.size for item in entries)
    return SequenceNode(entries, position, size, 1 + max((item.height for item in entries), default=0))


def nested(steps: Iterable[str], node: Node, key: Position) -> Node:
    """`node` below maps of one key each; the keys stand at `key`."""
    for step in reversed(tuple(steps)):
        node = mapping(((key_node(step, key), node),), key)
    return node


def without_nulls(value: Value) -> Value:
    """The map without keys that are null, at every level: what a merge leaves that takes null for a deletion."""
    return replace(value, node=_without_nulls(value)) if value.is_map else value


def _without_nulls(value: Value) -> Node:
    node = value.node
    assert node is not None
    if not isinstance(node, MappingNode):
        return node
    kept: list[tuple[Node, Node]] = []
    steps: dict[Step, Value] = dict(value.pairs())
    for key, inner in node.pairs:
        child = steps.get(key.text) if isinstance(key, ScalarNode) else None
        if child is None:
            kept.append((key, inner))
        elif not child.is_null:
            kept.append((key, _without_nulls(Value(inner, inner.position))))
    return mapping(kept, node.position)
