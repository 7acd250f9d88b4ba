"""YAML files as they must be read to be compared: nothing guessed, nothing left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from talos_gpu.errors import NotUnderstood
from talos_gpu.inventory import Value
from talos_gpu.yaml_events import read_events, read_tolerantly

__all__ = ["Reading", "read"]

_DISPUTED = re.compile("<<|[\x85\u2028\u2029]")
"""Merge keys, and line breaks of YAML 1.1 alone: readers of YAML 1.2 see other data."""
_TEMPLATE = re.compile(r"^[^#\n]*#[^\n]*?(?:\{\{|\{%|\$\{)|#%|\#\{|<%", re.MULTILINE)
"""What template engines act on even where YAML sees a comment."""
_COMMENT = re.compile(r"(?:^|(?<=[\s\ufeff]))#[^\r\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The documents of a file. `complete`: they are all that stands in it, and every reader sees the same in them.

    Of a file that is not complete, equal documents prove nothing: its lines are compared as well. `broken`: it is no
    YAML, or not within the limits; the documents are then those before the fault. `scalars` are the places in `text`
    of the scalars that may hold a `#`.
    """

    text: str
    documents: tuple[Value, ...]
    scalars: tuple[tuple[int, int], ...]
    complete: bool
    broken: bool

    @property
    def comments(self) -> tuple[str, ...]:
        """The comments, in order."""
        return tuple(self.text[start:end].rstrip() for start, end in self._comments())

    def without_comments(self) -> tuple[str, ...]:
        """The lines that hold more than a comment, each without it."""
        kept: list[str] = []
        last = 0
        for start, end in self._comments():
            kept.append(self.text[last:start])
            last = end
        lines = "".join([*kept, self.text[last:]]).splitlines()
        return tuple(line.rstrip() for line in lines if line.strip())

    def _comments(self) -> Iterator[tuple[int, int]]:
        spans = iter(self.scalars)
        span = next(spans, None)
        for found in _COMMENT.finditer(self.text):
            while span is not None and span[1] <= found.start():
                span = next(spans, None)
            if span is None or found.start() < span[0] or self._heads(span[0], found.start()):
                yield found.span()

    def _heads(self, start: int, comment: int) -> bool:
        """Whether a comment stands behind the header of the block scalar that starts there."""
        return self.text[start] in "|>" and "\n" not in self.text[start:comment]


def read(path: str, content: bytes) -> Reading:
    """What stands in the file. A key that stands twice in a map, a merge key, a tag or a directive: not complete."""
    events = _Watched(read_events(content, path))
    documents: list[Value] = []
    text = content.decode(errors="replace").removeprefix("\ufeff")
    try:
        while True:
            root, remarks = read_tolerantly(iter(events), path)
            if root is None:
                break
            documents.append(Value(root, root.position))
            events.special = events.special or bool(remarks)
    except NotUnderstood:
        return Reading(text, tuple(documents), (), complete=False, broken=True)
    disputed = events.special or bool(_DISPUTED.search(text) or _TEMPLATE.search(text))
    return Reading(text, tuple(documents), tuple(events.scalars), complete=not disputed, broken=False)


class _Watched:
    """Events that pass by: `special` once one of them said what the tree of nodes does not keep."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self.special = False
        self.scalars: list[tuple[int, int]] = []

    def __iter__(self) -> Iterator[Any]:
        for event in self._events:
            if isinstance(event, yaml.ScalarEvent):
                if event.style:
                    marks: Any = (event.start_mark, event.end_mark)
                    self.scalars.append((marks[0].index, marks[1].index))
            elif isinstance(event, yaml.CollectionStartEvent):
                self.special = self.special or event.tag is not None
            elif isinstance(event, yaml.DocumentStartEvent):
                self.special = self.special or bool(event.version or event.tags)
            yield event
