"""How much of a page may be said: what is told first has room first, and what is left out is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from markupsafe import Markup

__all__ = ["Form", "Room"]

Form = Callable[[], Markup]
"""A way to tell something, made only where there may be room for it."""

_LEAST = 200
"""Nothing that is worth telling fits into less."""


@dataclass(slots=True)
class Room:
    """`left` is in bytes. `cut` counts what found no room and `shorter` what is not told in full, each by its name."""

    left: int
    cut: Counter[str] = field(default_factory=Counter)
    shorter: Counter[str] = field(default_factory=Counter)

    def take(self, what: str, *forms: Form, most: int | None = None) -> Markup | None:
        """The first of `forms` that fits, the longest is given first; None where none does. `most` is its share."""
        share = self.left if most is None else min(self.left, most)
        for number, form in enumerate(forms if share >= _LEAST else ()):
            told = form()
            size = len(told.encode())
            if size <= share:
                self.left -= size
                self.shorter[what] += bool(number)
                return told
        self.cut[what] += 1
        return None

    @contextmanager
    def part(self, share: float) -> Iterator[Room]:
        """A part of what is left, to spend apart; what it leaves comes back."""
        lent = int(self.left * share)
        part = Room(lent, self.cut, self.shorter)
        yield part
        self.left -= lent - part.left
