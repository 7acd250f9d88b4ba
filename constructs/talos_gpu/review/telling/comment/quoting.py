"""Strangers' text inside a comment on GitHub: shown as it is written, and nothing of it comes to life there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from talos_gpu.finding import Position
from talos_gpu.markdown import Finished, code, fence, plain
from talos_gpu.report.untrusted import quiet
from talos_gpu.review.quotable.line import HIDDEN, shown_value

__all__ = ["block", "clipped", "in_cell", "listed", "origin", "place", "sentence", "span", "summary", "value", "words"]

_INVISIBLE = re.compile("[\u200b-\u200d\u2060-\u2064\u00ad\u180e\ufe00-\ufe0f\U000e0000-\U000e007f]")
"""What no reader sees, and what makes two texts different all the same."""
_LONGEST = 500
"""Of one line in a fence."""
_SPAN = re.compile(r"`([^`]+)`")
_CALLS = re.compile(r"(?:^\\)?([@#$])")
_LINKS = re.compile(r"(?<=:)(?=//)|(?<=www)(?=\.)|(?<=GH)(?=-\d)", re.IGNORECASE)
_NO_LINK = "&#8203;"
"""A space without width: GitHub takes entities for what they stand for before it looks for names to call."""
_ADDRESS = re.compile(r"https://[A-Za-z0-9._~/%+=&?:-]+")
_REFERENCE = re.compile(r"/(issues|pull|discussions|commit)/")


def clipped(text: str, longest: int) -> str:
    """The text, its end cut off where it is longer."""
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def words(text: str, longest: int = 600) -> Finished:
    """Words in a sentence: no Markdown or HTML of theirs counts; they call nobody, link and refer to nothing."""
    shown = plain(_visible(text, longest))
    return Finished(_LINKS.sub(_NO_LINK, _CALLS.sub(lambda match: f"&#{ord(match[1])};{_NO_LINK}", shown)))


def sentence(text: str, longest: int = 600) -> Finished:
    """The same, but what stands between backquotes is code."""
    parts = _SPAN.split(_visible(text, longest))
    return Finished("".join(span(part) if number % 2 else _kept(part) for number, part in enumerate(parts)))


def span(text: str, longest: int = 200) -> Finished:
    """A code span, for wherever no table is. GitHub looks for nothing in it."""
    return Finished(in_cell(text, longest).replace("\\|", "|"))


def in_cell(text: str, longest: int = 200) -> Finished:
    """A code span for the cell of a table."""
    return code(_visible(text, longest))


def value(text: str, path: str = "", *beside: str) -> Finished:
    """What stands or stood somewhere, as code; a secret is not quoted, a missing one is said to be nothing."""
    shown = shown_value(text, path, *beside)
    if shown == HIDDEN:
        return words(HIDDEN)
    return span(shown) if shown else Finished("nothing")


def place(position: Position) -> Finished:
    """Where it is: `file:line:column`."""
    return span(str(position), 300)


def origin(source: str) -> Finished:
    """Who says so. Addresses are links, but for those that would show up as a reference at the other end."""
    if _ADDRESS.fullmatch(source) and len(source) < 400 and not _REFERENCE.search(source):
        return Finished(f"<{source}>")
    return span(source, 400) if source else Finished("nobody")


def summary(text: str, longest: int = 200) -> Finished:
    """Text for the inside of `<summary>`, in a line of raw HTML: as code, where GitHub looks for nothing."""
    shown = html.escape(" ".join(_visible(text, longest).split()))
    return Finished(f"<code>{shown}</code>")


def block(lines: Iterable[str], language: str, indent: int = 0, longest: int = _LONGEST) -> Finished:
    """Lines in a fence that none of them closes; what cannot be seen is shown escaped."""
    shown = (_visible(line, longest).replace("\n", "\\n") for line in lines)
    # Printed in a job's log, the comment must not hold what GitHub reads as a command.
    quieted = (f"| {line}" if line.lstrip("+- ").startswith("::") else line for line in shown)
    return fence("\n".join(quieted), language, indent)


def listed(items: Iterable[str], room: int, between: str = ", ", word: str = "more") -> str:
    """The first of some finished texts, as many more as the room has place for, and how many there are beside."""
    every = list(items)
    shown: list[str] = []
    for item in every:
        room -= len(item) + len(between)
        if room < 0 and shown:
            break
        shown.append(item)
    left = len(every) - len(shown)
    if left:
        shown.append(f"{'and ' if shown else ''}{left:,} {word}")
    return between.join(shown)


def _visible(text: str, longest: int = _LONGEST) -> str:
    """The text with what nobody sees shown escaped, and cut: how long it gets is not a stranger's to decide."""
    shown = quiet(text[: longest + 1]).replace("\t", "\\t")
    return clipped(_INVISIBLE.sub(lambda match: match[0].encode("unicode_escape").decode(), shown), longest)


def _kept(text: str) -> str:
    """Words with the blanks around them, which `plain` takes away."""
    if not text.strip():
        return " " if text else ""
    start, end = " " * text[0].isspace(), " " * text[-1].isspace()
    return f"{start}{words(text, len(text))}{end}"
