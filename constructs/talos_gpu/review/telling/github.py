"""A review as workflow commands, which GitHub shows as annotations beside the lines of the profile that caused a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from talos_gpu.finding import Position
from talos_gpu.report.untrusted import printable, property_value, workflow_data
from talos_gpu.review.impact.verdict import VERDICTS, Cause, Verdict
from talos_gpu.review.quotable.line import shown_value
from talos_gpu.review.review import Review
from talos_gpu.review.telling.words import WORDS, badness, counted, totals, unjudged, unrendered, verdict_of

__all__ = ["MOST", "github"]

MOST = 50
"""Annotations of one run. GitHub shows ten of each kind of one step, and fifty of one run."""
_LONGEST = 2_000
_ERRORS: frozenset[Verdict] = frozenset({"data-loss", "source-changed", "unknown"})
_WARNINGS: frozenset[Verdict] = frozenset({"reboot", "node-upgrade", "drain", "recreate"})
_NAMES = 3
_NOWHERE = Position("")


@dataclass(frozen=True, slots=True)
class _Annotation:
    verdict: Verdict
    place: Position
    message: str


@dataclass(slots=True)
class _Told:
    """A cause once, whatever the number of clusters that have it."""

    cause: Cause
    clusters: dict[str, None] = field(default_factory=dict)


def github(review: Review) -> str:
    """First one notice that sums it up, then the worst causes, each at the first line that made it change."""
    every = [*_blocked(review), *(_annotation(told) for told in _causes(review))]
    shown = every[: MOST - 1]
    lines = [_command("notice", None, "talos-gpu", _summary(review, len(every) - len(shown)))]
    lines += [
        _command(_severity(one.verdict), one.place, f"talos-gpu: {WORDS[one.verdict].name}", one.message)
        for one in shown
    ]
    return "".join(f"{line}\n" for line in lines)


def _summary(review: Review, left: int) -> str:
    if review.difference.is_empty:
        return "Nothing changed."
    sums, worst = totals(review), WORDS[verdict_of(review)]
    more = "at least " if sums.open else ""
    told = f"{counted(sums.clusters, 'cluster')} changed, {more}{counted(sums.reboots, 'reboot')}."
    rest = f" {counted(left, 'cause')} more are not shown here." if left else ""
    return f"At worst: {worst.name} ({worst.meaning}). {told}{rest}"


def _blocked(review: Review) -> Iterator[_Annotation]:
    """What cannot be rolled out as it is, at the profile of its cluster."""
    profiles = {change.name: change.ledger.profile for change in review.difference.clusters if change.ledger}
    for path in unrendered(review.difference):
        said = f"{path} changed, and the output was not rendered since: run talos-gpu synth. What it costs is unknown until then."
        yield _Annotation("unknown", Position(path), said)
    for name in unjudged(review):
        yield _Annotation("unknown", Position(profiles.get(name, "")), f"{name}: nobody judged what this costs.")
    for rollout in review.rollouts:
        for why in rollout.blocked:
            place = Position(profiles.get(rollout.cluster, ""))
            yield _Annotation("unknown", place, f"{rollout.cluster} cannot be rolled out as it is: {why}.")


def _causes(review: Review) -> list[_Told]:
    """Every cause that costs anything, the worst first; the same at the same line once."""
    found: dict[Cause, _Told] = {}
    for impact in sorted(review.impacts, key=badness):
        for cause in impact.causes:
            if cause.verdict != "none":
                key = replace(cause, place=_NOWHERE if cause.lines else cause.place)
                found.setdefault(key, _Told(cause)).clusters[impact.name] = None
    return sorted(found.values(), key=lambda told: -VERDICTS.index(told.cause.verdict))


def _annotation(told: _Told) -> _Annotation:
    cause = told.cause
    names = [*told.clusters][:_NAMES]
    more = f" and {counted(len(told.clusters) - len(names), 'more cluster')}" if len(told.clusters) > len(names) else ""
    lines = (
        f"{', '.join(names)}{more}: {cause.subject} {_changed(cause)}",
        f"{WORDS[cause.verdict].meaning}: {cause.why}",
        cause.do,
        f"{cause.rule}, source: {cause.source}",
        f"Also because of {', '.join(map(str, cause.lines[1:4]))}" if cause.lines[1:] else "",
    )
    place = cause.lines[0] if cause.lines else cause.place
    return _Annotation(cause.verdict, place, "\n".join(filter(None, lines)))


def _changed(cause: Cause) -> str:
    before, after = cause.before, cause.after
    sides = (shown_value(before, cause.path, after), shown_value(after, cause.path, before))
    values = [text for text in sides if text]
    return " ".join(filter(None, (cause.path, f"{cause.kind}:" if values else cause.kind, " -> ".join(values))))


def _severity(verdict: Verdict) -> str:
    return "error" if verdict in _ERRORS else "warning" if verdict in _WARNINGS else "notice"


def _command(kind: str, place: Position | None, title: str, message: str) -> str:
    properties: Iterable[tuple[str, str]] = [("title", title)]
    if place is not None and place.file:
        where = [("file", place.file), ("line", str(place.line or 1)), ("col", str(place.column or 1))]
        properties = [*where, ("title", title)]
    shown = ",".join(f"{key}={property_value(printable(value))}" for key, value in properties)
    return f"::{kind} {shown}::{workflow_data(printable(message[:_LONGEST]))}"
