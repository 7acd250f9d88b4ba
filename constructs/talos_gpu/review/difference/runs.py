"""Which runs of two sequences are the same, in bounded time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from difflib import SequenceMatcher

__all__ = ["Run", "runs"]

Run = tuple[str, int, int, int, int]
"""equal, replace, delete or insert; then where it starts and ends in the one, and in the other."""

_MOST = 4_000_000
"""Pairs of equal elements. A stranger's file of a hundred thousand equal lines would keep the matcher busy for hours."""


def runs(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Run]:
    """How the one becomes the other. Beyond `_MOST` all that is not a common start or end counts as replaced."""
    start = _common(old, new)
    end = _common(old[start:][::-1], new[start:][::-1])
    one, other = old[start : len(old) - end], new[start : len(new) - end]
    inner = _inner(one, other)
    found: list[Run] = [("equal", 0, start, 0, start)] if start else []
    found += [(tag, i1 + start, i2 + start, j1 + start, j2 + start) for tag, i1, i2, j1, j2 in inner]
    if end:
        found.append(("equal", len(old) - end, len(old), len(new) - end, len(new)))
    return found


def _inner(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Run]:
    if not old or not new:
        tag = "delete" if old else "insert"
        return [(tag, 0, len(old), 0, len(new))] if old or new else []
    counts = Counter(new)
    if sum(counts[element] for element in old) * 20 + len(old) + len(new) > _MOST:
        return [("replace", 0, len(old), 0, len(new))]
    return list(SequenceMatcher(None, old, new, autojunk=False).get_opcodes())


def _common(old: Sequence[Hashable], new: Sequence[Hashable]) -> int:
    """How many elements they begin with that are the same."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count
