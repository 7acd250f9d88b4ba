"""The difference of a file as HTML, in a long and in a short form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup

from talos_gpu.review.difference.files import FileChange, ItemChange, Side
from talos_gpu.review.difference.schematics import Schematics
from talos_gpu.review.quotable.line import HIDDEN, is_secret_line, shown_line
from talos_gpu.review.telling.lines import LineDifference, is_binary, line_difference
from talos_gpu.review.telling.page.sides import sides

__all__ = ["FileView"]

_ROW = 16
"""Bytes of a line beside its text, at the least."""
_KINDS = {"file": "a file", "executable": "an executable file", "link": "a link", "other": "a submodule or a device"}


@dataclass(frozen=True)
class FileView:
    """A file that changed, and where on the page that is told."""

    change: FileChange
    anchor: str
    schematics: Schematics

    @cached_property
    def lines(self) -> LineDifference | None:
        """Its lines on both sides; None where they cannot be compared."""
        before, after = (side.content or b"" for side in (self.change.before, self.change.after))
        if self.change.is_unread or before == after or is_binary(before) or is_binary(after):
            return None
        return line_difference(*(content.decode(errors="backslashreplace") for content in (before, after)))

    @property
    def added(self) -> int:
        """How many lines came."""
        return self.lines.added if self.lines else 0

    @property
    def removed(self) -> int:
        """How many lines went."""
        return self.lines.removed if self.lines else 0

    def notes(self) -> Iterator[str]:
        """What the lines do not tell."""
        change = self.change
        if change.kinds:
            yield f"It was {_KINDS[change.kinds[0]]}, and is {_KINDS[change.kinds[1]]}."
        for side, word in ((change.before, "was"), (change.after, "is")):
            if side.entry is not None and side.entry.kind == "link":
                yield f"It {word} a link to {shown_line(side.target)}."
        if change.is_unread:
            yield "It is too large to be compared: its content changed."
        elif self.lines is None and change.before.content != change.after.content:
            yield f"It is binary: {_size(change.before)} before, {_size(change.after)} after."
        if change.form:
            beside = " beside what the lines show" if change.has_meaning else ", and nothing that any tool acts on"
            yield f"Its form changed{beside}: {', '.join(change.form)}."
        yield from (_told(item) for item in change.items if item.status != "changed")
        yield from (f"{item.item.identity} stands in {item.item.file} now." for item in change.left)
        yield from self._ids()

    def long(self) -> Markup:
        """Every line, those that did not change folded."""
        return sides(self.change.file, self.lines) if self.lines else Markup("")

    def short(self, most: int) -> Markup:
        """The first lines that changed, up to `most` of a side, and how many there are beside."""
        return sides(self.change.file, self.lines, folds=False, most=most) if self.lines else Markup("")

    @property
    def least_bytes(self) -> int:
        """What the long form takes at the least: so much can be told without making it."""
        if self.lines is None:
            return 0
        return sum(_ROW + len(line) for side in (self.lines.old, self.lines.new) for line in side)

    def _ids(self) -> Iterator[str]:
        """What became of schematic ids, which say nothing to a person."""
        if self.change.status != "changed" or self.lines is None:
            return
        before, after = (
            (side.content or b"").decode(errors="replace") for side in (self.change.before, self.change.after)
        )
        for told in self.schematics.told(before, after):
            yield HIDDEN if any(map(is_secret_line, told.parts)) else f"{told}."


def _told(item: ItemChange) -> str:
    before, after = item.before, item.after
    if item.status == "renamed" and before and after:
        return f"{before.identity} is {after.identity} now."
    moved = f", stood in {before.file}" if before and after and before.file != after.file else ""
    word = "stands here now" if item.status == "moved" else item.status
    return f"{item.item.identity} {word}{moved}."


def _size(side: Side) -> str:
    return f"{len(side.content or b''):,} bytes"
