"""The tree of one YAML document: aliases and merge keys resolved, every node with its place, no value interpreted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.yaml_events.guard import MAX_DEPTH, MAX_NODES

__all__ = [
    "MappingNode",
    "Node",
    "ScalarNode",
    "SequenceNode",
    "excerpt",
    "key_path",
    "read_node",
    "read_tolerantly",
]

_CORE = "tag:yaml.org,2002:"
_EXCERPT = 60
_PLAIN_KEY = re.compile(r"[^.\[\]/\s\"']+")
_SCALAR_TAGS = {_CORE + name: name for name in ("str", "int", "float", "bool", "null")}


@dataclass(frozen=True, slots=True)
class ScalarNode:
    """A text. `plain` means written without quotes; `tag` is "" or the short name of an explicit core tag.

    Read tolerantly, `tag` may also be a foreign one in full.
    """

    text: str
    plain: bool
    tag: str
    position: Position
    aliased: bool = False
    size: int = 1
    height: int = 0


@dataclass(frozen=True, slots=True)
class SequenceNode:
    """A list. `size` counts its nodes, those behind aliases included; `height` is how deep it goes."""

    items: tuple[Node, ...]
    position: Position
    size: int
    height: int
    aliased: bool = False


@dataclass(frozen=True, slots=True)
class MappingNode:
    """A map: its `own` pairs first, then those that merge keys bring and that it lacks. No key stands twice."""

    pairs: tuple[tuple[Node, Node], ...]
    own: int
    position: Position
    size: int
    height: int
    aliased: bool = False


Node = ScalarNode | SequenceNode | MappingNode


def read_node(events: Iterator[Any], file: str) -> Node | None:
    """Return the first document's node, or None where the stream holds no document.

    Consumes `events` up to the end of that document and no further.

    Raises:
        NotUnderstood: duplicate keys, unknown anchors, foreign tags and bad merges, all of them at once.

    """
    tree = _Tree(file)
    _grow(tree, events)
    if tree.findings:
        raise NotUnderstood(tree.findings)
    return tree.root


def read_tolerantly(events: Iterator[Any], file: str) -> tuple[Node | None, tuple[Finding, ...]]:
    """Return the first document's node, and what `read_node` would have refused in it; foreign tags are let pass.

    Of keys that stand twice the map holds both. Only limits and broken syntax raise `NotUnderstood`.
    """
    tree = _Tree(file, tolerant=True)
    _grow(tree, events)
    return tree.root, tuple(tree.findings)


def _grow(tree: _Tree, events: Iterator[Any]) -> None:
    for event in events:
        if isinstance(event, yaml.DocumentEndEvent):
            break
        if isinstance(event, yaml.NodeEvent | yaml.CollectionEndEvent):
            tree.take(event)


def key_path(path: Iterable[str | int]) -> str:
    """Return a path as people write it: `pools[0].labels["example.org/rack"]`; keys that need it stand in brackets."""
    return "".join(_step(step) for step in path).removeprefix(".")


def _step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    shown = excerpt(step)
    return f".{shown}" if _PLAIN_KEY.fullmatch(shown) else f'["{shown}"]'


def excerpt(text: str) -> str:
    """Return the start of a stranger's text, fit for a message: one line, at most 60 characters, printable."""
    shown = text if len(text) <= _EXCERPT else text[: _EXCERPT - 3] + "..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in shown)


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet. Keys and values of a map alternate in `children`."""

    position: Position
    anchor: str | None
    is_mapping: bool
    children: list[Node] = field(default_factory=list)
    keys: dict[str, Position] = field(default_factory=dict)

    def expects_key(self) -> bool:
        return self.is_mapping and len(self.children) % 2 == 0

    def step(self) -> str | int | None:
        """Return where in this collection the next child goes, None for a key."""
        if not self.is_mapping:
            return len(self.children)
        if self.expects_key():
            return None
        key = self.children[-1]
        return key.text if isinstance(key, ScalarNode) else "?"


class _Tree:
    """The document as far as its events have come."""

    def __init__(self, file: str, tolerant: bool = False) -> None:
        self.file = file
        self.tolerant = tolerant
        self.root: Node | None = None
        self.findings: list[Finding] = []
        self._open: list[_Open] = []
        self._anchors: dict[str, Node | None] = {}
        self._size = 0

    def take(self, event: Any) -> None:
        position = Position(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        if isinstance(event, yaml.CollectionStartEvent):
            self._begin(event, position)
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self._open.pop()
            self._add(self._close(closed), closed.anchor)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(str(event.anchor), position)
        else:
            self._add(self._scalar(event, position), event.anchor)

    def _begin(self, event: Any, position: Position) -> None:
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        expected = _CORE + ("map" if is_mapping else "seq")
        if event.tag not in (None, expected):
            self._foreign_tag(event.tag, position)
        if event.anchor:
            self._anchors[event.anchor] = None
        self._open.append(_Open(position, event.anchor, is_mapping))

    def _scalar(self, event: Any, position: Position) -> ScalarNode:
        if event.tag is not None and event.tag not in _SCALAR_TAGS:
            self._foreign_tag(event.tag, position)
        plain = not event.style or event.style not in "'\"|>"
        return ScalarNode(event.value, plain, _SCALAR_TAGS.get(event.tag, event.tag or ""), position)

    def _alias(self, anchor: str, position: Position) -> None:
        target = self._anchors.get(anchor)
        if target is None:
            name = excerpt(anchor)
            inside = f"`*{name}` stands inside its own anchor"
            absent = f"no anchor `&{name}` above this alias"
            self._report(position, inside if anchor in self._anchors else absent, "Write the value out.")
            target = MappingNode((), 0, position, size=1, height=0)
        elif len(self._open) + target.height > MAX_DEPTH:
            self._stop(position, f"with this alias, more than {MAX_DEPTH} lists and maps inside one another")
        self._add(replace(target, position=position, aliased=True), None)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if parent.expects_key():
            self._check_key(parent, node)
        parent.children.append(node)
        # A collection that closes brings nothing new: its leaves were counted as they came.
        if node.aliased or isinstance(node, ScalarNode):
            self._count(node)

    def _count(self, node: Node) -> None:
        self._size += node.size
        if self._size > MAX_NODES:
            self._stop(node.position, f"more than {MAX_NODES:,} values, those behind aliases included")

    def _check_key(self, parent: _Open, node: Node) -> None:
        if not isinstance(node, ScalarNode):
            return
        first = parent.keys.setdefault(node.text, node.position)
        if first is not node.position:
            where = f"line {first.line}, column {first.column}"
            self._report(
                node.position, f"the key `{excerpt(node.text)}` stands twice in one map, first at {where}", "Keep one."
            )

    def _close(self, closed: _Open) -> Node:
        children = closed.children
        height = 1 + max((child.height for child in children), default=0)
        if not closed.is_mapping:
            return SequenceNode(tuple(children), closed.position, _size(children), height)
        pairs = list(zip(children[::2], children[1::2], strict=True))
        own = [pair for pair in pairs if not _is_merge(pair[0])]
        merged = self._merged(own, [value for key, value in pairs if _is_merge(key)])
        return MappingNode((*own, *merged), len(own), closed.position, _size(children), height)

    def _merged(self, own: list[tuple[Node, Node]], values: list[Node]) -> Iterator[tuple[Node, Node]]:
        known: set[object] = {key.text for key, _ in own if isinstance(key, ScalarNode)}
        for value in values:
            for source in value.items if isinstance(value, SequenceNode) else (value,):
                if not isinstance(source, MappingNode):
                    self._report(source.position, "`<<` merges a map or a list of maps, nothing else", "Quote the key.")
                    continue
                for key, inner in source.pairs:
                    name = key.text if isinstance(key, ScalarNode) else key
                    if name not in known:
                        known.add(name)
                        yield key, inner

    def _foreign_tag(self, tag: str, position: Position) -> None:
        if self.tolerant:
            return
        name = tag.replace(_CORE, "!!")
        self._report(
            position, f"the tag `{excerpt(name)}` does not fit here", "Leave it out, or use quotes for a string."
        )

    def _path(self) -> str:
        return key_path(step for step in (open_.step() for open_ in self._open) if step is not None)

    def _report(self, position: Position, message: str, remedy: str = "") -> None:
        self.findings.append(Finding(position, self._path(), message, remedy))

    def _stop(self, position: Position, message: str) -> None:
        raise NotUnderstood([*self.findings, Finding(position, self._path(), message)])


def _size(children: list[Node]) -> int:
    return 1 + sum(child.size for child in children)


def _is_merge(key: Node) -> bool:
    return isinstance(key, ScalarNode) and key.plain and not key.tag and key.text == "<<"
