"""What changed in a YAML file whose data are the same: nothing that any tool acts on, but it is told."""

from __future__ import annotations

from typing import Literal

from talos_gpu.review.difference.reading import Reading
from talos_gpu.review.difference.same import is_same
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode

__all__ = ["Form", "form_changes", "is_form_only"]

Form = Literal["comments", "layout", "quoting", "order", "line endings"]
"""comments: and nothing else. layout: blanks, indentation, block or flow style, anchors. quoting: how a scalar is
spelled. order: that of the keys of a map. line endings: and the byte order mark."""


def is_form_only(before: Reading, after: Reading) -> bool:
    """Whether every reader of YAML, 1.1 or 1.2, sees the same documents in both, in the same order."""
    if not (before.complete and after.complete) or len(before.documents) != len(after.documents):
        return False
    pairs = zip(before.documents, after.documents, strict=True)
    return all(is_same(one.node, other.node) for one, other in pairs)


def form_changes(before: Reading, after: Reading) -> tuple[Form, ...]:
    """What is different in form, given that the data are the same and the bytes are not."""
    if before.text.replace("\r\n", "\n") == after.text.replace("\r\n", "\n"):
        return ("line endings",)
    old, new = _Shape(before), _Shape(after)
    found: list[Form] = []
    if before.comments != after.comments:
        found.append("comments")
    if sorted(old.scalars) != sorted(new.scalars):
        found.append("quoting")
    if old.keys != new.keys:
        found.append("order")
    if not found or (found == ["comments"] and before.without_comments() != after.without_comments()):
        found.append("layout")
    return tuple(found)


class _Shape:
    """The keys of all maps in their order, and how every scalar is written."""

    def __init__(self, reading: Reading) -> None:
        self.keys: list[str] = []
        self.scalars: list[tuple[str, bool, str]] = []
        for document in reading.documents:
            if document.node is not None:
                self._walk(document.node)

    def _walk(self, node: Node) -> None:
        if isinstance(node, ScalarNode):
            self.scalars.append((node.text, node.plain, node.tag))
        elif isinstance(node, MappingNode):
            for key, value in node.pairs:
                self.keys.append(key.text if isinstance(key, ScalarNode) else "?")
                self._walk(key)
                self._walk(value)
        else:
            for item in node.items:
                self._walk(item)
