"""Changes that put findings right, made in a file's own text: comments and layout stay."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from talos_gpu.finding import Edit, Finding
from talos_gpu.inventory.source_file import line_starts

__all__ = ["Fixed", "fix"]


_LINE_END = re.compile("(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A file's new bytes, and the findings that they put right."""

    data: bytes
    findings: tuple[Finding, ...]


def fix(data: bytes, findings: Iterable[Finding]) -> Fixed:
    """`data` with the fixes of `findings`, which are all of this file.

    A fix is made whole or not at all: not where its old text does not stand (any more), nor where it overlaps one that
    was made before.
    """
    bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data.removeprefix(bom).decode(errors="surrogateescape")
    found = tuple(findings)
    starts = line_starts(found[0].position.file if found else "", text)
    taken: list[tuple[int, int, str]] = []
    done: list[Finding] = []
    for finding in found:
        edits = [_as_ended(edit, text, starts) for edit in finding.fix]
        spans = [_span(text, starts, edit) for edit in edits]
        wanted = [(span[0], span[1], edit.new) for span, edit in zip(spans, edits, strict=True) if span]
        if not finding.fix or len(wanted) < len(finding.fix):
            continue
        if not all(change in taken for change in wanted):
            if any(_overlap(change, other) for change in wanted for other in taken):
                continue
            taken += wanted
        done.append(finding)
    for start, end, new in sorted(set(taken), reverse=True):
        text = text[:start] + new + text[end:]
    return Fixed(bom + text.encode(errors="surrogateescape"), tuple(done))


def _as_ended(edit: Edit, text: str, starts: list[int]) -> Edit:
    """The edit with the ends of lines that the file has there."""
    line = edit.position.line
    if "\n" not in edit.old + edit.new or not 0 < line < len(starts) or text[starts[line] - 2 : starts[line]] != "\r\n":
        return edit
    old, new = (_LINE_END.sub("\r\n", part) for part in (edit.old, edit.new))
    return replace(edit, old=old, new=new)


def _span(text: str, starts: list[int], edit: Edit) -> tuple[int, int] | None:
    place = edit.position
    if not 0 < place.line <= len(starts):
        return None
    start = starts[place.line - 1] + place.column - 1
    return (start, start + len(edit.old)) if text.startswith(edit.old, start) else None


def _overlap(one: tuple[int, int, str], other: tuple[int, int, str]) -> bool:
    if one[0] == one[1] or other[0] == other[1]:
        return one[0] == other[0]
    return one[0] < other[1] and other[0] < one[1]
