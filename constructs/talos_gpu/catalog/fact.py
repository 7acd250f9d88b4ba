"""What somebody states, and what nobody does: a fact is never a silent default."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Literal, TypeVar, Union

__all__ = ["Answer", "Fact", "Missing", "NotListed", "Source", "Stated", "Verdict"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """Who says so and when that was read (ISO date, or empty). `declared`: by the user, not by our catalogue."""

    text: str
    checked: str = ""
    declared: bool = False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Stated(Generic[T]):
    """A value that a source states. `note` says how it was derived where the source does not write it out."""

    value: T
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """A value that no source states.

    `note` says why, `last_known` is the newest value known for a neighbour ("" if none), and `declare` is the
    key path below a profile's `catalogue:` that would supply it (("talos", "v1.14.6", "containerToolkit")).
    """

    what: str
    note: str
    last_known: str = ""
    declare: tuple[str, ...] = ()


Fact = Union[Stated[T], Missing]  # noqa: UP007 - a subscriptable alias
"""Either stated or missing; `isinstance(fact, Missing)` tells them apart."""

Answer = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the facts say about a combination, and why."""

    answer: Answer
    reason: str
    source: Source


@dataclass(frozen=True, slots=True)
class NotListed:
    """The catalogue does not know `text`.

    `nearest` are known ones that resemble it, best first; `declare` are the YAML lines of a profile that would
    declare it (several lines, starting with `catalogue:`), empty where declaring is not possible.
    """

    kind: str
    text: str
    nearest: tuple[str, ...]
    declare: str = ""

    @property
    def message(self) -> str:
        """One sentence: what is not known, and the nearest that is."""
        known = f"; the nearest known: {', '.join(self.nearest)}" if self.nearest else ""
        return f"the catalogue knows no {self.kind} {self.text!r}{known}"
