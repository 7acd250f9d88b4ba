"""Whether two nodes are the same data, whoever reads them."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache

from talos_gpu.output.scalar import string_text
from talos_gpu.yaml_events import Node, ScalarNode, SequenceNode

__all__ = ["Digests", "is_same"]

_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), "null"),
    **dict.fromkeys(("true", "True", "TRUE"), "true"),
    **dict.fromkeys(("false", "False", "FALSE"), "false"),
}
"""What YAML 1.1 and 1.2 read alike in several spellings."""


class Digests:
    """Something hashable for every node, equal for equal data: the order of keys, quotes and comments are not in it.

    A plain scalar that some reader of YAML, be it 1.1 or 1.2, takes for something else than a string differs from the
    same text in quotes. Of keys that stand twice the last one counts for most readers, and `yes` and `true`, `1` and
    `"1"` are one key for some: where a key is no string for everybody, order counts as well.
    """

    def __init__(self) -> None:
        self._known: dict[int, tuple[Node, Hashable]] = {}

    def of(self, node: Node) -> Hashable:
        """The digest, made once a node."""
        found = self._known.get(id(node))
        if found is None:
            # The node is kept with it: an id is unique among living objects only.
            found = self._known[id(node)] = (node, self._made(node))
        return found[1]

    def _made(self, node: Node) -> Hashable:
        if isinstance(node, ScalarNode):
            return _reading(node.text, node.plain, node.tag)
        if isinstance(node, SequenceNode):
            return tuple(map(self.of, node.items))
        pairs = [(self.of(key), self.of(value)) for key, value in node.pairs]
        keys = {key for key, _ in pairs}
        if len(keys) < len(pairs) or (len(pairs) > 1 and not all(map(_is_text, keys))):
            return ("in order", *pairs)
        return frozenset(pairs)


def is_same(one: Node | None, other: Node | None) -> bool:
    """Whether both hold the same data."""
    if one is None or other is None:
        return one is other
    digests = Digests()
    return digests.of(one) == digests.of(other)


def _is_text(digest: Hashable) -> bool:
    return isinstance(digest, tuple) and digest[:1] == ("str",)


@lru_cache(maxsize=1 << 15)
def _reading(text: str, plain: bool, tag: str) -> tuple[str, str]:
    if tag:
        return tag, text
    if not plain:
        return "str", text
    if text in _WORDS:
        return "word", _WORDS[text]
    return ("str" if string_text(text) == text else "plain"), text
