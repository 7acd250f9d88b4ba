"""What fits of a text that has a longest length: the most important first, each part as long as there is room for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

__all__ = ["Fitted", "Group", "Part", "fit", "length"]

Group = str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the text. `groups` are what it stands in, the outermost first; parts stand in the order of `place`.

    `weight`: the smaller, the more important. `forms` make it, the longest first; an empty text is no form. `what` and
    `whose` name it where it is left out: the steps of homelab.
    """

    place: tuple[int, ...]
    weight: tuple[int, ...]
    what: str
    whose: str
    forms: tuple[Callable[[], str], ...]
    groups: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class Fitted:
    """`cut` are the parts that are shorter than they could be, or left out, the most important first."""

    text: str
    cut: tuple[Part, ...]


_SCANT = 60
"""With less room than this nothing is tried any more."""


def length(text: str) -> int:
    """Characters as JavaScript, and so GitHub's API, counts them: those beyond the first plane count twice."""
    return len(text) + sum(character > "\uffff" for character in text)


def fit(parts: Iterable[Part], wrappers: Mapping[Group, tuple[str, str]], room: int) -> Fitted:
    """The parts that fit, in their order. `wrappers` are what begins and ends a group; an empty group has neither."""
    kept: dict[Part, str] = {}
    open_groups: set[Group] = set()
    cut: list[Part] = []
    for part in sorted(parts, key=lambda part: part.weight):
        new = [group for group in part.groups if group not in open_groups]
        wrapped = sum(length(text) for group in new for text in wrappers[group])
        number, text = _longest(part, room - wrapped)
        if text:
            kept[part] = text
            open_groups.update(new)
            room -= wrapped + length(text)
        if number:
            cut.append(part)
    ordered = sorted(kept, key=lambda part: part.place)
    return Fitted("".join(_laid_out([(part, kept[part]) for part in ordered], wrappers)), tuple(cut))


def _longest(part: Part, room: int) -> tuple[int, str]:
    """Which form fits, and its text; the number of forms, and nothing, where none does."""
    if room >= _SCANT:
        for number, form in enumerate(part.forms):
            text = form()
            if length(text) <= room:
                return number, text
    return len(part.forms), ""


def _laid_out(parts: Iterable[tuple[Part, str]], wrappers: Mapping[Group, tuple[str, str]]) -> Iterator[str]:
    inside: tuple[Group, ...] = ()
    for part, text in parts:
        yield from _between(inside, part.groups, wrappers)
        inside = part.groups
        yield text
    yield from _between(inside, (), wrappers)


def _between(
    before: tuple[Group, ...], after: tuple[Group, ...], wrappers: Mapping[Group, tuple[str, str]]
) -> Iterator[str]:
    """What ends and begins between two parts."""
    shared = 0
    while before[shared : shared + 1] and before[shared : shared + 1] == after[shared : shared + 1]:
        shared += 1
    yield from (wrappers[group][1] for group in reversed(before[shared:]))
    yield from (wrappers[group][0] for group in after[shared:])
