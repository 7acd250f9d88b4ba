"""YAML that stands inside a text of other YAML: read with the places that it has in the file."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from talos_gpu.finding import Finding, Position
from talos_gpu.inventory.source_file import read_source
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Inside", "place_inside", "read_inside"]

_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""What libyaml counts as the end of a line."""
_FILLED_IN = "$(_"
"""How a template's expression begins once it was made readable: it is as long as what it stands for."""
_ALIAS = re.compile(r"\*([^\s,\[\]{}]+)")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)+")
"""Anchor and tag, which stand before a text and belong to it."""
Mover = Callable[[Position], Position]


@dataclass(frozen=True, slots=True)
class Inside:
    """The documents of an inner text, in order, and what is wrong with it, as a `SourceFile` has them."""

    documents: tuple[Value, ...] = ()
    faults: tuple[Finding, ...] = ()
    templated: bool = False


def read_inside(value: Value, text: str) -> Inside:
    """The documents that the scalar `value` of the file `text` holds; none where it is no scalar.

    In a literal block, and in a text of one line, everything has its own line and column. Elsewhere (folded blocks,
    texts with escapes) it has the place of the scalar. What an alias stands for has the places of its anchor. Key paths
    go on from that of the scalar.
    """
    if not isinstance(value.node, ScalarNode):
        return Inside()
    move = _mover(value.node, _LINE_BREAK.split(text))
    inner = read_source(value.node.position.file, value.node.text.encode(errors="replace"))
    documents: list[Value] = []
    for document in inner.documents:
        root = _moved(document.node, move) if document.node else None
        documents.append(Value(root, root.position if root else value.place, value.path, value.key))
    faults = tuple(replace(fault, position=move(fault.position)) for fault in inner.faults)
    return Inside(tuple(documents), faults, inner.templated)


def place_inside(value: Value, text: str, start: int) -> Position | None:
    """Where the character `start` of the scalar `value` stands in the file `text`; None where that cannot be told."""
    if not isinstance(value.node, ScalarNode):
        return None
    above = value.node.text[:start]
    move = _mover(value.node, _LINE_BREAK.split(text))
    found = move(Position(value.place.file, 1 + above.count("\n"), 1 + len(above.rpartition("\n")[2])))
    return None if found == move(Position(value.place.file)) else found


def _mover(scalar: ScalarNode, lines: list[str]) -> Mover:
    place = _anchor(scalar.position, lines) if scalar.aliased else scalar.position
    inner = _LINE_BREAK.split(scalar.text)
    start = _start_in_line(scalar, place, lines)
    if start is not None:
        return lambda at: Position(place.file, place.line, at.column + start) if at.line == 1 else place
    indent = _block_indent(inner, lines[place.line :])
    if indent is not None:
        return lambda at: Position(place.file, place.line + at.line, at.column + indent) if at.line else place
    return lambda _: place


def _anchor(alias: Position, lines: list[str]) -> Position:
    """Where the text begins that an alias stands for; the alias itself where that is not found."""
    line = lines[alias.line - 1] if alias.line <= len(lines) else ""
    name = _ALIAS.match(line, alias.column - 1)
    if name is None:
        return alias
    anchor = re.compile(rf"&{re.escape(name[1])}\s+")
    # An anchor may be set anew: the last one before the alias counts.
    for number, text in reversed(list(enumerate([*lines[: alias.line - 1], line[: alias.column - 1]], start=1))):
        found = list(anchor.finditer(text))
        if found:
            return Position(alias.file, number, found[-1].end() + 1)
    return alias


def _block_indent(inner: list[str], below: list[str]) -> int | None:
    """By how much the lines below are indented, where they are the inner text line by line."""
    filled = [(index, line) for index, line in enumerate(inner) if line.strip(" ")]
    if not filled or len(below) <= filled[-1][0]:
        return None
    first, text = filled[0]
    indent = len(below[first]) - len(text)
    return indent if indent > 0 and all(_is_line(below[index], indent, line) for index, line in filled) else None


def _is_line(written: str, indent: int, line: str) -> bool:
    if written[:indent].strip(" "):
        return False
    return written[indent:] == line or (_FILLED_IN in line and len(written) == indent + len(line))


def _start_in_line(scalar: ScalarNode, place: Position, lines: list[str]) -> int | None:
    """At which column, counted from 0, the text begins in the scalar's own line, where it stands there unchanged."""
    if place.line > len(lines):
        return None
    line = lines[place.line - 1]
    properties = _PROPERTIES.match(line, place.column - 1)
    column = (properties.end() if properties else place.column - 1) + (0 if scalar.plain else 1)
    return column if line.startswith(scalar.text, column) else None


def _moved(node: Node, move: Mover) -> Node:
    # Recursion is safe: the guard allows MAX_DEPTH levels.
    position = move(node.position)
    if isinstance(node, SequenceNode):
        return replace(node, items=tuple(_moved(item, move) for item in node.items), position=position)
    if isinstance(node, MappingNode):
        pairs = tuple((_moved(key, move), _moved(value, move)) for key, value in node.pairs)
        return replace(node, pairs=pairs, position=position)
    return replace(node, position=position)
