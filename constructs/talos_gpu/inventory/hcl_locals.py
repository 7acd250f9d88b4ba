"""Local values of an OpenTofu module, put where an expression is nothing but the name of one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from talos_gpu.inventory.tree import entries, list_of, map_of
from talos_gpu.yaml_events import MAX_DEPTH, MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Locals"]

_NAMED = re.compile(r"\$\{local\.([A-Za-z_][A-Za-z0-9_-]*)\}")
_LARGEST = 2_000
"""Nodes of one value, those behind other names included: locals that name one another grow fast."""


class Locals:
    """The values of the `locals` blocks of all files of a module."""

    def __init__(self, roots: Iterable[MappingNode]) -> None:
        self._written: dict[str, Node] = {}
        for root in roots:
            for key, block in root.pairs:
                if isinstance(key, ScalarNode) and key.text == "locals" and isinstance(block, MappingNode):
                    self._written.update({name: value for name, (_, value) in entries(block).items()})
        self._known: dict[str, Node | None] = {}

    def put_in(self, node: Node) -> Node:
        """The node with the values of names; each keeps the place at which it is written, and lists run into lists."""
        if isinstance(node, ScalarNode):
            return self._value_of(node) or node
        if isinstance(node, SequenceNode):
            items = tuple(item for each in node.items for item in self._items_of(each))
            return node if items == node.items else list_of(items, node.position)
        found = {name: (key, self.put_in(value)) for name, (key, value) in entries(node).items()}
        odd = [pair for pair in node.pairs if not isinstance(pair[0], ScalarNode)]
        return map_of(found, node.position, odd)

    def _items_of(self, node: Node) -> Iterator[Node]:
        """One item, or what is in the list that it names: `concat` and `flatten` make one list of them."""
        value = self._value_of(node) if isinstance(node, ScalarNode) else None
        if isinstance(value, SequenceNode):
            yield from value.items
        else:
            yield value or self.put_in(node)

    def _value_of(self, node: ScalarNode) -> Node | None:
        named = _NAMED.fullmatch(node.text)
        if named is None or named[1] not in self._written:
            return None
        name = named[1]
        if name not in self._known:
            self._known[name] = None  # One that names itself stays unknown.
            value = self.put_in(self._written[name])
            self._known[name] = value if value.size <= _LARGEST and value.height <= MAX_DEPTH // 2 else None
        return self._known[name]
