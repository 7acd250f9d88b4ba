"""A review as a comment on a pull request, for who knows nothing of Talos: what it costs, what is dangerous, what to do.

The table of verdicts and the dangers are always in it. What does not fit is left out, the least important first, and
the last line says what that was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from talos_gpu.review.review import Review
from talos_gpu.review.telling.comment.changes import MORE
from talos_gpu.review.telling.comment.clusters import Wrappers, beside_parts, cluster_parts
from talos_gpu.review.telling.comment.dangers import blocked, dangers
from talos_gpu.review.telling.comment.findings import findings, title
from talos_gpu.review.telling.comment.fitting import Part, fit, length
from talos_gpu.review.telling.comment.quoting import listed, span, words
from talos_gpu.review.telling.comment.table import table
from talos_gpu.review.telling.words import WORDS, counted, totals, verdict_of

__all__ = ["LONGEST", "markdown"]

LONGEST = 65_000
"""Characters. GitHub takes 65,536 in one comment, and whoever posts it puts a marker before it."""
_FOOT = 3_600
"""Kept free for the line that says what was left out."""
_WHOLE = "the output of `talos-gpu diff`"
_NAMES = 160


def markdown(review: Review, whole: str = "") -> str:
    """The comment. `whole` says where all of the report is, for what did not fit here."""
    head = "".join((_headline(review), table(review), "\n", blocked(review), dangers(review)))
    wrappers: Wrappers = {}
    parts = [*cluster_parts(review, wrappers), *beside_parts(review, wrappers), *_findings(review, wrappers)]
    fitted = fit(parts, wrappers, LONGEST - _FOOT - length(head))
    return f"{head}{fitted.text}{_foot(fitted.cut, MORE in fitted.text, whole)}"


def _headline(review: Review) -> str:
    """What it costs in one line; then between what it was compared, and what the worst verdict means."""
    told = review.difference
    between = f"Compared {span(told.before.tree.name)} with {span(told.after.tree.name)}."
    if told.is_empty:
        return f"## talos-gpu: nothing changed\n\n{between}\n\n"
    worst = WORDS[verdict_of(review)]
    return (
        f"## {worst.mark} talos-gpu: {worst.name}; {'; '.join(_numbers(review))}\n\n"
        f"At worst it is **{worst.name}**: {worst.meaning}. {between}{_unchanged(review)}\n\n"
    )


def _numbers(review: Review) -> Iterator[str]:
    sums = totals(review)
    yield f"{counted(sums.clusters, 'cluster')} changed" if sums.clusters else "no cluster changed"
    if sums.nodes or sums.unlisted:
        unlisted = f" and {counted(sums.unlisted, 'pool')} of unlisted nodes" if sums.unlisted else ""
        yield f"{counted(sums.nodes, 'node')}{unlisted} concerned"
    if sums.reboots or sums.open:
        yield f"{'at least ' if sums.open else ''}{counted(sums.reboots, 'reboot')}"
    elif sums.clusters:
        yield "no reboot"


def _unchanged(review: Review) -> str:
    number = review.difference.unchanged
    return f" {counted(number, 'cluster')} did not change." if number else ""


def _findings(review: Review, wrappers: Wrappers) -> Iterator[Part]:
    if review.findings:
        wrappers["findings"] = (f"<details><summary>{title(review.findings)}</summary>\n\n", "</details>\n\n")
        form = partial(findings, review.findings)
        yield Part((0, 0), (2, -1), "findings", "the rules", (form,), ("findings",))


def _foot(cut: Sequence[Part], shortened: bool, whole: str) -> str:
    """What was left out or made shorter, and where it is; empty where all of it is here."""
    where = words(whole, 120) if whole else _WHOLE
    if not cut:
        return f"Long differences are shortened. All of it is in {where}.\n" if shortened else ""
    by_what: dict[str, dict[str, None]] = {}
    for part in cut:
        by_what.setdefault(part.what, {})[part.whose] = None
    told = [f"{what} of {listed((span(name, 60) for name in names), _NAMES)}" for what, names in by_what.items()]
    return f"**Shortened to fit into a comment:** {'; '.join(told)}. All of it is in {where}.\n"
