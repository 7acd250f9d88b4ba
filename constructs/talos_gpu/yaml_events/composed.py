"""Python data of one YAML document by the core rules of YAML 1.2, and the place of everything in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.yaml_events.guard import read_events
from talos_gpu.yaml_events.nodes import MappingNode, Node, ScalarNode, SequenceNode, excerpt, key_path, read_node

__all__ = ["Composed", "PlainFloat", "PlainInt", "compose", "compose_all", "composed"]

Path = tuple[str | int, ...]

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_MAX_DIGITS = 400
"""Longer numbers are refused: Python reads them in quadratic time."""


class PlainInt(int):
    """An integer that remembers how it was written: a string field can still read `0x10` or `007`."""

    text: str


class PlainFloat(float):
    """A float that remembers how it was written: the release `1.10` is not the number 1.1."""

    text: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A document: `value` of dicts (keys are always text), lists and scalars; `root` is the tree behind it."""

    value: Any
    root: Node

    def position(self, path: Path, key: bool = False) -> Position:
        """Return where the value at `path` stands, or its key; the nearest known ancestor's key where it is absent."""
        node, place = self.root, self.root.position
        for step in path:
            found = _child(node, step)
            if found is None:
                return place
            place, node = found
        return place if key else node.position


def compose(data: bytes, file: str) -> Composed:
    """Return the one document in `data`.

    Numbers are `PlainInt` and `PlainFloat`; `yes`, `on`, `1:30` and dates are strings. Aliases become copies.

    Raises:
        NotUnderstood: not exactly one document, or anything that `read_events` and `read_node` refuse.

    """
    events = read_events(data, file)
    root = read_node(events, file)
    if root is None:
        raise NotUnderstood([Finding(Position(file, 1, 1), "", "the file is empty", "Write one YAML document.")])
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            mark: Any = event.start_mark
            place = Position(file, mark.line + 1, mark.column + 1)
            raise NotUnderstood([Finding(place, "", "a second document; one is allowed", "Use one file for each.")])
    return composed(root)


def compose_all(data: bytes, file: str) -> tuple[Composed, ...]:
    """Return every document in `data`, in order; an empty one between two separators has the value None.

    Raises:
        NotUnderstood: anything that `read_events` and `read_node` refuse.

    """
    events = read_events(data, file)
    documents: list[Composed] = []
    while (root := read_node(events, file)) is not None:
        documents.append(composed(root))
    return tuple(documents)


def composed(root: Node) -> Composed:
    findings: list[Finding] = []
    value = _value(root, (), findings)
    if findings:
        raise NotUnderstood(findings)
    return Composed(value, root)


def _child(node: Node, step: str | int) -> tuple[Position, Node] | None:
    if isinstance(node, SequenceNode) and isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step].position, node.items[step]
    if isinstance(node, MappingNode):
        for key, value in node.pairs:
            if isinstance(key, ScalarNode) and key.text == step:
                return key.position, value
    return None


def _value(node: Node, path: Path, findings: list[Finding]) -> Any:
    # Recursion is safe: the guard allows MAX_DEPTH levels, aliases included.
    if isinstance(node, ScalarNode):
        return _scalar(node, path, findings)
    if isinstance(node, SequenceNode):
        return [_value(item, (*path, index), findings) for index, item in enumerate(node.items)]
    result: dict[str, Any] = {}
    for key, inner in node.pairs:
        if isinstance(key, ScalarNode):
            result[key.text] = _value(inner, (*path, key.text), findings)
        else:
            findings.append(Finding(key.position, key_path(path), "a list or map as a key; keys are text", "Quote it."))
    return result


def _scalar(node: ScalarNode, path: Path, findings: list[Finding]) -> Any:
    if node.tag == "str" or not (node.plain or node.tag):
        return node.text
    value = _resolve(node.text)
    if isinstance(value, int | float) and len(node.text) > _MAX_DIGITS:
        findings.append(Finding(node.position, key_path(path), f"a number of more than {_MAX_DIGITS} characters"))
        return None
    if node.tag == "float" and isinstance(value, PlainInt):
        return _plain_float(node.text)
    if node.tag not in ("", _kind(value)):
        message = f"`{excerpt(node.text)}` is no {node.tag}, but its tag says so"
        findings.append(Finding(node.position, key_path(path), message, "Leave the tag out."))
    return value


def _resolve(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return _plain_int(text)
    return _plain_float(text) if _FLOAT.fullmatch(text) else text


def _plain_int(text: str) -> PlainInt:
    base = {"0o": 8, "0x": 16}.get(text[:2], 10)
    number = PlainInt(text if len(text) <= _MAX_DIGITS else "0", base)
    number.text = text
    return number


def _plain_float(text: str) -> PlainFloat:
    number = PlainFloat(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    number.text = text
    return number


def _kind(value: Any) -> str:
    kinds = {PlainInt: "int", PlainFloat: "float", bool: "bool", type(None): "null"}
    return kinds.get(type(value), "str")
