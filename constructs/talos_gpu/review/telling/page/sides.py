"""The lines of a file before and after, side by side, with what changed inside a line marked and the rest folded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

from markupsafe import Markup, escape

from talos_gpu.review.difference.runs import Run
from talos_gpu.review.quotable.line import HIDDEN
from talos_gpu.review.telling.lines import LineDifference
from talos_gpu.review.telling.page.colours import Token, tokens
from talos_gpu.review.telling.page.visible import visible

__all__ = ["sides"]

_CONTEXT = 3
_LONGEST = 1000
_MOST_PAIRS = 1600
"""Lines that came times lines that went, up to which each looks for the one that it is most like."""
_MOST_WORDS = 20_000
"""Pairs of equal words in two lines, up to which they are compared word by word."""
_ALIKE = 0.4
_WORD = re.compile(r"\w+|\s+|.")
_HEAD = {
    2: Markup('<colgroup><col class="at"><col><col class="at"><col></colgroup>'),
    1: Markup('<colgroup><col class="at"><col></colgroup>'),
}

Mark = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a side: its tokens, which joined are its text."""

    number: int
    words: tuple[Token, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Row:
    old: _Line | None
    new: _Line | None
    same: bool = False


def sides(file: str, difference: LineDifference, *, folds: bool = True, most: int = 4000) -> Markup:
    """Tables with the lines of both sides; without `folds` unchanged lines are only counted. Of more than `most` rows
    that changed the rest is counted. A file that only came, or only went, has one side.
    """
    told = difference.beginning(most)
    old, new = _lines(file, told.old), _lines(file, told.new)
    columns = 2 if old and new else 1
    parts: list[Markup] = []
    hunk: list[_Row] = []
    for place, run in enumerate(told.runs):
        if run[0] == "equal":
            first, last = place == 0, place == len(told.runs) - 1
            hunk, shown = _around(_equal(old, new, run), hunk, first=first, last=last, columns=columns, folds=folds)
            parts += shown
        else:
            hunk += _changed(old, new, run)
    parts.append(_table(hunk, columns))
    left = difference.added + difference.removed - told.added - told.removed
    if left:
        parts.append(Markup('<p class="cut">{} more lines that changed are left out here.</p>').format(f"{left:,}"))
    return Markup("").join(parts)


def _lines(file: str, lines: Sequence[str]) -> list[_Line]:
    return [
        _Line(number, (("c", text),) if text == HIDDEN else words, text)
        for number, (words, text) in enumerate(zip(tokens(file, lines), lines, strict=True), 1)
    ]


def _around(
    rows: list[_Row], hunk: list[_Row], *, first: bool, last: bool, columns: int, folds: bool
) -> tuple[list[_Row], list[Markup]]:
    """What is shown before the next hunk: the one that ends here, and a fold. Returns the beginning of the next one."""
    head, tail = (0 if first else _CONTEXT), (0 if last else _CONTEXT)
    if len(rows) <= head + tail + 1:
        return [*hunk, *rows], []
    folded = rows[head : len(rows) - tail]
    told = [_table([*hunk, *rows[:head]], columns), _fold(folded, columns, folds)]
    return rows[len(rows) - tail :] if tail else [], told


def _fold(rows: list[_Row], columns: int, folds: bool) -> Markup:
    words = f"{len(rows):,} unchanged line{'s' * (len(rows) != 1)}"
    if not folds:
        return Markup('<p class="fold">{}</p>').format(words)
    return Markup('<details class="fold"><summary>{}</summary>{}</details>').format(words, _table(rows, columns))


def _equal(old: list[_Line], new: list[_Line], run: Run) -> list[_Row]:
    _, start, end, at, until = run
    return [_Row(one, other, True) for one, other in zip(old[start:end], new[at:until], strict=True)]


def _changed(old: list[_Line], new: list[_Line], run: Run) -> list[_Row]:
    _, start, end, at, until = run
    return list(_paired(old[start:end], new[at:until]))


def _paired(old: Sequence[_Line], new: Sequence[_Line]) -> Iterator[_Row]:
    """Lines that are alike beside each other, in their order."""
    if len(old) * len(new) > _MOST_PAIRS:
        for place in range(max(len(old), len(new))):
            yield _Row(old[place] if place < len(old) else None, new[place] if place < len(new) else None)
        return
    i = j = 0
    for one, other in [*_matches(old, new), (len(old), len(new))]:
        yield from (_Row(line, None) for line in old[i:one])
        yield from (_Row(None, line) for line in new[j:other])
        if one < len(old):
            yield _Row(old[one], new[other])
        i, j = one + 1, other + 1


def _matches(old: Sequence[_Line], new: Sequence[_Line]) -> list[tuple[int, int]]:
    """The pairs, in order, with the most likeness in all."""
    words = [[set(_WORD.findall(line.text[:_LONGEST])) for line in side] for side in (old, new)]
    best: list[list[tuple[float, tuple[int, int] | None]]] = [
        [(0.0, None)] * (len(new) + 1) for _ in range(len(old) + 1)
    ]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            likeness = _likeness(words[0][i], words[1][j])
            pair = best[i + 1][j + 1][0] + likeness if likeness >= _ALIKE else -1.0
            skips = (best[i + 1][j][0], (1, 0)), (best[i][j + 1][0], (0, 1))
            best[i][j] = max((pair, (1, 1)), *skips, key=lambda found: found[0])
    found: list[tuple[int, int]] = []
    i = j = 0
    while i < len(old) and j < len(new):
        step = best[i][j][1]
        assert step is not None
        if step == (1, 1):
            found.append((i, j))
        i, j = i + step[0], j + step[1]
    return found


def _likeness(one: set[str], other: set[str]) -> float:
    every = len(one | other)
    return len(one & other) / every if every else 1.0


def _table(rows: Sequence[_Row], columns: int) -> Markup:
    if not rows:
        return Markup("")
    body = "".join(_two(row) if columns == 2 else _one(row) for row in rows)
    return Markup('<table class="lines {}">{}<tbody>{}</tbody></table>').format(
        "both" if columns == 2 else "one",
        _HEAD[columns],
        Markup(body),  # noqa: S704 (made of escaped parts below)
    )


def _one(row: _Row) -> str:
    if row.old is not None:
        return f'<tr class="went">{_cell(row.old, (), "del")}</tr>'
    return f'<tr class="came">{_cell(row.new, (), "ins")}</tr>'


def _two(row: _Row) -> str:
    if row.same:
        return f"<tr>{_cell(row.old, ())}{_cell(row.new, ())}</tr>"
    old, new = _marks(row)
    kind = "both" if row.old and row.new else "went" if row.old else "came"
    return f'<tr class="{kind}">{_cell(row.old, old, "del")}{_cell(row.new, new, "ins")}</tr>'


def _cell(line: _Line | None, marks: Sequence[Mark], element: str = "") -> str:
    """A number and a line; `element` says that it came or went."""
    if line is None:
        return "<td></td><td></td>"
    text = _painted(line, marks)
    return f"<td>{line.number}</td><td>{f'<{element}>{text}</{element}>' if element else text}</td>"


def _painted(line: _Line, marks: Sequence[Mark]) -> str:
    """The tokens as spans, cut where a mark begins or ends, and no more than `_LONGEST` characters of them."""
    start = max(0, marks[0][0] - 100) if marks and len(line.text) > _LONGEST else 0
    end = start + _LONGEST
    parts = ["..."] if start else []
    at = 0
    for kind, text in line.words:
        for piece, marked in _pieces(text, at, marks, (start, end)):
            shown = str(escape(visible(piece)))
            shown = f'<span class="{kind}">{shown}</span>' if kind else shown
            parts.append(f"<mark>{shown}</mark>" if marked else shown)
        at += len(text)
    if at > end:
        parts.append(f"... ({at - end:,} more characters)")
    return "".join(parts)


def _pieces(text: str, at: int, marks: Sequence[Mark], window: Mark) -> Iterator[tuple[str, bool]]:
    if not marks and window[0] <= at and at + len(text) <= window[1]:
        yield text, False
        return
    first, last = max(at, window[0]), min(at + len(text), window[1])
    cuts = sorted({first, last, *(edge for mark in marks for edge in mark if first < edge < last)})
    for start, end in pairwise(cuts) if first < last else ():
        yield text[start - at : end - at], any(mark[0] <= start < mark[1] for mark in marks)


def _marks(row: _Row) -> tuple[list[Mark], list[Mark]]:
    """Where two lines that stand beside each other differ, word by word; nothing where hardly a word is the same."""
    if row.old is None or row.new is None or max(len(row.old.text), len(row.new.text)) > _LONGEST:
        return _first_difference(row)
    one, other = _WORD.findall(row.old.text), _WORD.findall(row.new.text)
    counts = Counter(other)
    if sum(counts[word] for word in one) > _MOST_WORDS:
        return _first_difference(row)
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return [], []
    old: list[Mark] = []
    new: list[Mark] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            old += _span(one, i1, i2)
            new += _span(other, j1, j2)
    return old, new


def _first_difference(row: _Row) -> tuple[list[Mark], list[Mark]]:
    """Of lines that are too much for that, from where they begin to differ: this is what is shown of them."""
    if row.old is None or row.new is None:
        return [], []
    one, other = row.old.text, row.new.text
    same = next((at for at, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    return [(same, len(one))], [(same, len(other))]


def _span(words: Sequence[str], start: int, end: int) -> list[Mark]:
    at = sum(map(len, words[:start]))
    until = at + sum(map(len, words[start:end]))
    return [(at, until)] if at < until else []
