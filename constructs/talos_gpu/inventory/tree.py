"""Nodes of YAML trees made anew out of nodes that were read: each keeps the place it came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from talos_gpu.finding import Position
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Entries", "entries", "key_at", "list_of", "map_of"]

Entries = dict[str, tuple[Node, Node]]
"""Key and value by the text of the key."""


def entries(node: MappingNode) -> Entries:
    """The pairs of a map that have a text as key. Of keys that stand twice the last one counts."""
    found: Entries = {}
    for key, value in node.pairs[: node.own]:
        if isinstance(key, ScalarNode):
            found[key.text] = (key, value)
    for key, value in node.pairs[node.own :]:
        if isinstance(key, ScalarNode):
            found.setdefault(key.text, (key, value))
    return found


def map_of(pairs: Mapping[str, tuple[Node, Node]], position: Position, odd: Iterable[tuple[Node, Node]] = ()) -> Node:
    """A map of these entries; `odd` are pairs whose keys are no texts."""
    every = (*pairs.values(), *odd)
    size, height = _extent(node for pair in every for node in pair)
    return MappingNode(every, len(every), position, size, height)


def list_of(items: Iterable[Node], position: Position) -> Node:
    """A list of these items."""
    every = tuple(items)
    return SequenceNode(every, position, *_extent(every))


def key_at(text: str, position: Position) -> ScalarNode:
    """A key that nobody wrote, for what is told at `position` in other words."""
    return ScalarNode(text, True, "", position)


def _extent(nodes: Iterable[Node]) -> tuple[int, int]:
    size, height = 1, 0
    for node in nodes:
        size, height = size + node.size, max(height, node.height)
    return size, height + 1
