"""A place in somebody's YAML: what stands there, and where. Looking for what is not there gives an absent place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from talos_gpu.finding import Position
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode, key_path

__all__ = ["UNKNOWN", "Step", "Value", "merged"]

Step = str | int

_PLACEHOLDER = re.compile(
    r"\$\{[^}]*\}|\$\([^)]*\)|\{\{|\#\{|\#%|<<[A-Za-z_]|^ENC\[AES256_GCM|^<path:|^ref\+|<%|^@@|^\$[A-Z_]+$"
)
"""Shell and Flux variables, Go and Jinja templates (makejinja's delimiters too), SOPS, argocd-vault-plugin, vals."""
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {word: word.lower() == "true" for word in ("true", "True", "TRUE", "false", "False", "FALSE")}
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}")


class _Unknown:
    """What a placeholder, a foreign tag or an encrypted text stands for."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        return False


UNKNOWN: Any = _Unknown()
"""Stands in data for what only runs or people that hold keys can know."""


@dataclass(frozen=True, slots=True)
class Value:
    """A node with its place and its key path.

    Of an absent one `node` is None, and `place` is that of the nearest key above it. `key` is where the key stands,
    for values of a map. A value is true where something is there that is not null.
    """

    node: Node | None
    place: Position
    path: tuple[Step, ...] = ()
    key: Position | None = None

    def __bool__(self) -> bool:
        return self.node is not None and not self.is_null

    @property
    def exists(self) -> bool:
        """Whether something is written there, be it null."""
        return self.node is not None

    @property
    def is_null(self) -> bool:
        """Whether nothing, or the word null, is written behind the key."""
        node = self.node
        return isinstance(node, ScalarNode) and node.plain and not node.tag and node.text in _NULLS

    @property
    def is_map(self) -> bool:
        """Whether it is a map."""
        return isinstance(self.node, MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether it is a list."""
        return isinstance(self.node, SequenceNode)

    @property
    def is_scalar(self) -> bool:
        """Whether it is a scalar."""
        return isinstance(self.node, ScalarNode)

    @property
    def is_string(self) -> bool:
        """Whether YAML 1.2 reads it as a string: quoted, or plain and neither number, boolean nor null."""
        return isinstance(self.data, str)

    @property
    def opaque(self) -> bool:
        """Whether it is, or holds at its own level, a placeholder, a foreign tag or encrypted text."""
        if isinstance(self.node, ScalarNode):
            return "!" in self.node.tag or ":" in self.node.tag or bool(_PLACEHOLDER.search(self.node.text))
        if isinstance(self.node, MappingNode):
            return any(not isinstance(key, ScalarNode) for key, _ in self.node.pairs)
        return False

    @property
    def text(self) -> str | None:
        """The scalar as it is written; None where it is absent, null, opaque, a list or a map."""
        if isinstance(self.node, ScalarNode) and not self.is_null and not self.opaque:
            return self.node.text
        return None

    @property
    def raw(self) -> str:
        """The scalar as it is written, placeholders and all; empty where there is none."""
        return self.node.text if isinstance(self.node, ScalarNode) else ""

    @property
    def boolean(self) -> bool | None:
        """True or False where it is a plain boolean; None for everything else, quoted ones too."""
        if isinstance(self.node, ScalarNode) and self.node.plain:
            return _BOOLEANS.get(self.node.text)
        return None

    @property
    def data(self) -> Any:
        """Plain data: maps, lists, strings, numbers, booleans, None; UNKNOWN inside where something is opaque."""
        if isinstance(self.node, MappingNode):
            return {key: value.data for key, value in self.pairs()} if not self.opaque else UNKNOWN
        if isinstance(self.node, SequenceNode):
            return [item.data for item in self.items()]
        return None if self.node is None else self._scalar(self.node)

    def _scalar(self, node: ScalarNode) -> Any:
        if self.opaque:
            return UNKNOWN
        if not node.plain or node.tag == "str":
            return node.text
        if self.is_null:
            return None
        if node.text in _BOOLEANS:
            return _BOOLEANS[node.text]
        if _INTEGER.fullmatch(node.text):
            return int(node.text)
        return float(node.text) if _FLOAT.fullmatch(node.text) else node.text

    def get(self, *steps: Step) -> Value:
        """The value below these keys and indices; an absent one from the first that is missing on."""
        found = self
        for step in steps:
            found = found._child(step)
        return found

    def _child(self, step: Step) -> Value:
        if isinstance(self.node, MappingNode):
            # Of keys that stand twice the last one counts, as for most readers.
            for key, value in reversed(self.node.pairs[: self.node.own]):
                if isinstance(key, ScalarNode) and key.text == step:
                    return Value(value, value.position, (*self.path, step), key.position)
            for key, value in self.node.pairs[self.node.own :]:
                if isinstance(key, ScalarNode) and key.text == step:
                    return Value(value, value.position, (*self.path, step), key.position)
        if isinstance(self.node, SequenceNode) and isinstance(step, int) and 0 <= step < len(self.node.items):
            item = self.node.items[step]
            return Value(item, item.position, (*self.path, step))
        return Value(None, self.key or self.place, (*self.path, step))

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """The entries of a map by key, in order; nothing where it is none."""
        if isinstance(self.node, MappingNode):
            for key, value in self.node.pairs:
                if isinstance(key, ScalarNode):
                    yield key.text, Value(value, value.position, (*self.path, key.text), key.position)

    def items(self) -> Iterator[Value]:
        """The entries of a list; nothing where it is none."""
        if isinstance(self.node, SequenceNode):
            for index, item in enumerate(self.node.items):
                yield Value(item, item.position, (*self.path, index))

    def walk(self) -> Iterator[Value]:
        """The value itself and all below it, in order."""
        yield self
        for _, inner in self.pairs():
            yield from inner.walk()
        for item in self.items():
            yield from item.walk()

    @property
    def shown_path(self) -> str:
        """The key path as people write it."""
        return key_path(self.path)


def merged(first: Value, second: Value, *, lists: Callable[[Value, Value], Node] | None = None) -> Value:
    """`second` over `first`, every node keeping its own place: maps merge deeply, anything else replaces.

    `lists` makes a list of two; by default the second replaces, as Helm does. A null of `second` stays a null.
    """
    if first.node is None or second.node is None:
        return second if second.node is not None else first
    return replace(second, node=_merge(first, second, lists))


def _merge(first: Value, second: Value, lists: Callable[[Value, Value], Node] | None) -> Node:
    one, other = first.node, second.node
    assert one is not None
    assert other is not None
    if lists and isinstance(one, SequenceNode) and isinstance(other, SequenceNode):
        return lists(first, second)
    if not (isinstance(one, MappingNode) and isinstance(other, MappingNode)):
        return other
    later = dict(second.pairs())
    pairs: list[tuple[Node, Node]] = []
    for key, value in one.pairs:
        name = key.text if isinstance(key, ScalarNode) else None
        if name is None or name not in later:
            pairs.append((key, value))
        else:
            inner = Value(value, value.position, (*first.path, name), key.position)
            pairs.append((_key_of(other, name), _merge(inner, later[name], lists)))
    known = {key.text for key, _ in one.pairs if isinstance(key, ScalarNode)}
    pairs += [(key, value) for key, value in other.pairs if not (isinstance(key, ScalarNode) and key.text in known)]
    return MappingNode(tuple(pairs), len(pairs), other.position, one.size + other.size, max(one.height, other.height))


def _key_of(node: MappingNode, name: str) -> Node:
    return next(key for key, _ in node.pairs if isinstance(key, ScalarNode) and key.text == name)
