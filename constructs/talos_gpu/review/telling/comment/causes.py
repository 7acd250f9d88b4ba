"""What changed in a cluster and what each change costs, the worst first, with the lines that made it change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from talos_gpu.review.impact.verdict import DANGERS, VERDICTS, Cause, ClusterImpact
from talos_gpu.review.telling.comment.dangers import changed
from talos_gpu.review.telling.comment.quoting import listed, origin, place, sentence, span, words
from talos_gpu.review.telling.words import WORDS, counted

__all__ = ["by_verdict", "causes"]

_MOST = 40
_ROOM = 12_000
_LINES = 600


def causes(impact: ClusterImpact) -> str:
    """Each cause with its reason and source."""
    telling = [cause for cause in impact.causes if cause.verdict != "none"]
    free = [cause for cause in impact.causes if cause.verdict == "none"]
    told = [_cause(cause, impact) for cause in telling[:_MOST]]
    lines = [_because(impact), listed(told, _ROOM, "", "causes did not fit here.\n"), _notes(impact)]
    if len(telling) > _MOST:
        lines.insert(2, f"- and {counted(len(telling) - _MOST, 'more cause')}, none of them worse\n")
    if free:
        subjects = listed(dict.fromkeys(words(cause.subject, 120) for cause in free), 400)
        lines.insert(-1, f"- {WORDS['none'].mark} {counted(len(free), 'change')} without effect: {subjects}\n")
    return "".join(lines) + "\n"


def by_verdict(impact: ClusterImpact) -> str:
    """How many causes there are of each verdict."""
    counts = Counter(cause.verdict for cause in impact.causes)
    told = [
        f"{WORDS[verdict].mark} {counted(counts[verdict], 'cause')} of **{WORDS[verdict].name}**"
        for verdict in reversed(VERDICTS)
        if counts[verdict]
    ]
    return f"{_because(impact)}{', '.join(told)}\n\n" if told else ""


def _because(impact: ClusterImpact) -> str:
    """The lines of profiles behind everything."""
    lines = dict.fromkeys(line for cause in impact.causes for line in cause.lines)
    return f"**Caused by** {listed(map(place, lines), _LINES, word='more lines')}\n\n" if lines else ""


def _cause(cause: Cause, impact: ClusterImpact) -> str:
    told = WORDS[cause.verdict]
    pools = listed((span(scope.name) for scope in impact.pools if cause in scope.causes), 200)
    where = f" ({pools})" if pools else ""
    head = f"- {told.mark} **{told.name}**{where}: {words(cause.subject, 200)}: {changed(cause)}{_lines(cause.lines)}."
    if cause.verdict in DANGERS:
        return f"{head} See the dangers.\n"
    more = "".join(
        f" **{title}:** {sentence(text)}"
        for title, text in (("What to do", cause.do), ("The way back", cause.back))
        if text
    )
    return f"{head} {_ended(sentence(cause.why))} ({span(cause.rule)}; source: {origin(cause.source)}){more}\n"


def _lines(lines: Iterable[object]) -> str:
    shown = [span(str(line), 300) for line in lines]
    return f", because of {listed(shown, 300)}" if shown else ""


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _notes(impact: ClusterImpact) -> str:
    told = [f"- {sentence(note)}\n" for note in impact.notes]
    return f"\nNot read, or not planned:\n\n{listed(told, 3000, '', 'more.')}" if told else ""
