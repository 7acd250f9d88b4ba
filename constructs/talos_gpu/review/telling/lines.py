"""Two texts line by line: how many came and went, and which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from talos_gpu.review.difference.runs import Run, runs
from talos_gpu.review.quotable.line import HIDDEN, hidden_lines

__all__ = ["LineChange", "LineDifference", "is_binary", "line_difference"]

_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that came, went or stands around them. `number` counts from 1, on the side where it stands."""

    sign: str
    """`+`, `-`, a blank for one that is the same, `@` for a gap before the next."""
    text: str
    number: int


@dataclass(frozen=True)
class LineDifference:
    """`raw` has the lines of both sides as they are, which nobody shows; `added` and `removed` count lines."""

    raw: tuple[tuple[str, ...], tuple[str, ...]] = field(repr=False)
    runs: tuple[Run, ...]

    @property
    def old(self) -> tuple[str, ...]:
        """The lines that were, each as it may be shown."""
        return self._shown[0]

    @property
    def new(self) -> tuple[str, ...]:
        """The lines that are, each as it may be shown."""
        return self._shown[1]

    @cached_property
    def _shown(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is the same on both sides is hidden on both where what stands around it makes it a secret on one."""
        old, new = (hidden_lines(lines) for lines in self.raw)
        for tag, start, end, at, _ in self.runs:
            if tag == "equal":
                both = [one or other for one, other in zip(old[start:end], new[at:], strict=False)]
                old[start:end] = new[at : at + len(both)] = both
        first, second = (
            tuple(HIDDEN if secret else line for line, secret in zip(lines, found, strict=True))
            for lines, found in zip(self.raw, (old, new), strict=True)
        )
        return first, second

    @property
    def added(self) -> int:
        """How many lines came."""
        return sum(until - at for tag, _, _, at, until in self.runs if tag != "equal")

    @property
    def removed(self) -> int:
        """How many lines went."""
        return sum(end - start for tag, start, end, _, _ in self.runs if tag != "equal")

    def beginning(self, most: int) -> LineDifference:
        """The difference up to where `most` lines of a side have changed; what it hides, this one hides."""
        found: list[Run] = []
        for tag, start, end, at, until in self.runs:
            if tag == "equal":
                found.append((tag, start, end, at, until))
                continue
            found.append((tag, start, min(end, start + most), at, min(until, at + most)))
            most -= max(end - start, until - at)
            if most <= 0:
                break
        end, until = (found[-1][2], found[-1][4]) if found else (0, 0)
        return LineDifference((self.old[:end], self.new[:until]), tuple(found))

    def shown(self, context: int = _CONTEXT) -> Iterator[LineChange]:
        """The lines that came and went, and some around them."""
        for place, (tag, start, end, at, until) in enumerate(self.runs):
            if tag == "equal":
                yield from self._around(at, until, context, place == 0, place == len(self.runs) - 1)
            else:
                yield from (LineChange("-", self.old[index], index + 1) for index in range(start, end))
                yield from (LineChange("+", self.new[index], index + 1) for index in range(at, until))

    def _around(self, start: int, end: int, context: int, first: bool, last: bool) -> Iterator[LineChange]:
        head, tail = (0 if first else context), (0 if last else context)
        if end - start <= head + tail:
            places: list[int | None] = [*range(start, end)]
        else:
            gap = [None] if not (first or last) else []
            places = [*range(start, start + head), *gap, *range(end - tail, end)]
        for place in places:
            if place is None:
                yield LineChange("@", "", 0)
            else:
                yield LineChange(" ", self.new[place], place + 1)


def line_difference(before: str, after: str) -> LineDifference:
    """What became of the lines. Lines end with a line feed alone; a carriage return before it is seen."""
    old, new = _lines(before), _lines(after)
    return LineDifference((old, new), tuple(runs(old, new)))


def is_binary(content: bytes) -> bool:
    """Whether it has no lines worth showing."""
    return b"\0" in content


def _lines(text: str) -> tuple[str, ...]:
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    elif text:
        lines[-1] += "\\ No newline at end of file"
    return tuple(lines)
