"""A line of any file as far as its form tells: how deep it stands, and which key with what behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["Row", "mapping_around", "row", "under"]

_ROW = re.compile(
    r"""(?x) (?P<indent>[ \t]*) (?P<lead>(?:
        -[ \t]+ | [{\[][ \t]* | \#[ \t]* | (?:export|local|readonly|declare|ENV|ARG)[ \t]+
    )*)
    (?: (?P<quote>["']?) (?P<key>[\w./-]+) (?P=quote) [ \t]* (?P<sign>[:=]) [ \t]* (?P<value>.*) )?""",
    re.DOTALL,
)
_BESIDE = re.compile(r"(?:[&!]\S*\s+)*(?:[&!]\S*$|(?:\#|//).*)?", re.DOTALL)
"""Anchors and tags before a value, and a comment where none is."""


@dataclass(frozen=True, slots=True)
class Row:
    """`column` is where the key stands, behind dashes and braces; without a key all three texts are empty."""

    text: str
    indent: int
    column: int
    key: str
    sign: str
    value: str
    commented: bool

    @property
    def blank(self) -> bool:
        """Whether nothing is there."""
        return not self.text.strip()


def row(text: str) -> Row:
    """The line as it was read."""
    found = _ROW.match(text)
    assert found is not None
    value = (found["value"] or "").strip()
    beside = _BESIDE.match(value)
    value = value[beside.end() :] if beside else value
    indent, lead = len(found["indent"]), found["lead"]
    return Row(text, indent, indent + len(lead), found["key"] or "", found["sign"] or "", value, "#" in lead)


def under(rows: Sequence[Row], start: int) -> Iterator[int]:
    """The lines that stand deeper than the key of the one at `start`, up to the first that does not."""
    key = rows[start]
    for number in range(start + 1, len(rows)):
        now = rows[number]
        depth = now.column if key.commented and now.commented else now.indent
        if depth > key.column and not now.blank:
            yield number
        elif not _is_beside(now, key):
            return


def mapping_around(rows: Sequence[Row], at: int) -> range:
    """The lines of the map that the key at `at` is of; it ends where the same key comes again."""
    return range(_first(rows, at), _last(rows, at) + 1)


def _first(rows: Sequence[Row], at: int) -> int:
    column, first = rows[at].column, at
    while first and (_is_beside(rows[first], rows[at]) or rows[first].indent >= column):
        before = rows[first - 1]
        if not _is_beside(before, rows[at]) and (_is_outside(before, column) or _is_again(before, rows[at])):
            break
        first -= 1
    return first


def _last(rows: Sequence[Row], at: int) -> int:
    column, last = rows[at].column, at
    while last + 1 < len(rows):
        after = rows[last + 1]
        if not _is_beside(after, rows[at]) and (after.indent < column or _is_again(after, rows[at])):
            break
        last += 1
    return last


def _is_beside(found: Row, key: Row) -> bool:
    """Whether it ends nothing, however far to the left it stands."""
    return found.blank or (found.commented and not key.commented)


def _is_outside(found: Row, column: int) -> bool:
    return found.indent < column and found.column != column


def _is_again(found: Row, key: Row) -> bool:
    return found.column == key.column and found.key == key.key
