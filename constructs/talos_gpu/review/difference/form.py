"""What changed in a YAML file whose data are the same: nothing that any tool acts on, but it is told."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from talos_gpu.inventory import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode

__all__ = ["Form", "form_changes"]

Form = Literal["comments", "layout", "quoting", "order", "line endings"]
"""comments: and nothing else. layout: blanks, indentation, block or flow style. quoting: how a scalar is spelled.
order: that of the keys of a map."""

_COMMENT = re.compile(rb"(?m)(?:^|(?<=\s))#.*$")
_BLANK = re.compile(rb"(?m)^[ \t]*(?:\n|\Z)")
_BOM = b"\xef\xbb\xbf"


def form_changes(before: bytes, after: bytes, old: Sequence[Value], new: Sequence[Value]) -> tuple[Form, ...]:
    """What is different in form, given that the documents `old` and `new` hold the same data."""
    if before.replace(b"\r\n", b"\n").removeprefix(_BOM) == after.replace(b"\r\n", b"\n").removeprefix(_BOM):
        return ("line endings",)
    found: list[Form] = []
    keys, scalars = _shapes(old), _shapes(new)
    if keys[0] != scalars[0]:
        found.append("order")
    if sorted(keys[1]) != sorted(scalars[1]):
        found.append("quoting")
    if _without_comments(before) == _without_comments(after):
        return ("comments",)
    return (*found,) if found else ("layout",)


def _shapes(documents: Sequence[Value]) -> tuple[list[str], list[tuple[str, bool, str]]]:
    """The keys in their order, and how every scalar is written."""
    keys: list[str] = []
    scalars: list[tuple[str, bool, str]] = []
    for document in documents:
        if document.node is not None:
            _walk(document.node, keys, scalars)
    return keys, scalars


def _walk(node: Node, keys: list[str], scalars: list[tuple[str, bool, str]]) -> None:
    if isinstance(node, ScalarNode):
        scalars.append((node.text, node.plain, node.tag))
    elif isinstance(node, MappingNode):
        for key, value in node.pairs:
            keys.append(key.text if isinstance(key, ScalarNode) else "?")
            _walk(key, keys, scalars)
            _walk(value, keys, scalars)
    else:
        for item in node.items:
            _walk(item, keys, scalars)


def _without_comments(content: bytes) -> bytes:
    """The lines that hold more than a comment, each without it. Only asked where the data are the same."""
    return _BLANK.sub(b"", re.sub(rb"[ \t]+(?=\n|\Z)", b"", _COMMENT.sub(b"", content)))
