"""Two texts line by line: how many came and went, and which."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.review.difference.runs import Run, runs
from talos_gpu.review.telling.quote import HIDDEN, is_secret_line

__all__ = ["LineChange", "LineDifference", "is_binary", "line_difference"]

_CONTEXT = 3


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line that came, went or stands around them. `number` counts from 1, on the side where it stands."""

    sign: str
    """`+`, `-`, a blank for one that is the same, `@` for a gap before the next."""
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class LineDifference:
    """`added` and `removed` count lines."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    runs: tuple[Run, ...]

    @property
    def added(self) -> int:
        """How many lines came."""
        return sum(until - at for tag, _, _, at, until in self.runs if tag != "equal")

    @property
    def removed(self) -> int:
        """How many lines went."""
        return sum(end - start for tag, start, end, _, _ in self.runs if tag != "equal")

    def shown(self, context: int = _CONTEXT) -> Iterator[LineChange]:
        """The lines that came and went, and some around them. One that looks like a secret is not quoted."""
        for place, (tag, start, end, at, until) in enumerate(self.runs):
            if tag == "equal":
                yield from self._around(at, until, context, place == 0, place == len(self.runs) - 1)
            else:
                yield from (LineChange("-", _shown(self.old[index]), index + 1) for index in range(start, end))
                yield from (LineChange("+", _shown(self.new[index]), index + 1) for index in range(at, until))

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
                yield LineChange(" ", _shown(self.new[place]), place + 1)


def line_difference(before: str, after: str) -> LineDifference:
    """What became of the lines. Lines end with a line feed alone; a carriage return before it is seen."""
    old, new = _lines(before), _lines(after)
    return LineDifference(old, new, tuple(runs(old, new)))


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


def _shown(line: str) -> str:
    return HIDDEN if is_secret_line(line) else line
