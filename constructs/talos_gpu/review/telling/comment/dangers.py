"""What must be read before anything else: what cannot go on as it is, and every danger with what to do about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from talos_gpu.finding import Position
from talos_gpu.review.impact.verdict import DANGERS, VERDICTS, Cause, Verdict
from talos_gpu.review.review import Review
from talos_gpu.review.telling.comment.fitting import length
from talos_gpu.review.telling.comment.quoting import listed, origin, place, sentence, span, value, words
from talos_gpu.review.telling.words import WORDS, counted, unjudged, unrendered

__all__ = ["blocked", "changed", "dangers"]

_NOWHERE = Position("")
_FULL, _BRIEF = 21_000, 27_000
"""Characters. Up to the first the dangers are told in full, up to the second in one line; the rest is counted."""
_JUST_APPLY = "see that this is what you want; nothing more than applying it."
_DO: Mapping[Verdict, str] = {
    "source-changed": "see that whoever provides it now is whom you trust.",
    "unknown": "find out what it does before it is merged.",
}
_RENDER = "run `talos-gpu synth`. What the change costs is unknown until then."
_ROOM = 3_000
_NAMES = 400


@dataclass(slots=True)
class _Danger:
    """The same cause, and in which clusters it is."""

    cause: Cause
    scopes: dict[str, list[str]] = field(default_factory=dict)
    places: list[Position] = field(default_factory=list)
    lines: list[Position] = field(default_factory=list)


def blocked(review: Review) -> str:
    """Why something cannot be rolled out as it is; empty where everything can."""
    told = [
        f"- ⛔ {span(rollout.cluster)}: {sentence(why)}.\n" for rollout in review.rollouts for why in rollout.blocked
    ]
    missing, stale = unjudged(review), unrendered(review.difference)
    if stale:
        names = listed(map(span, stale), _NAMES)
        told.insert(0, f"- ⛔ {names} changed, and the output was not rendered since: {_RENDER}\n")
    if missing:
        names = listed(map(span, missing), _NAMES)
        told.insert(0, f"- ⛔ Nobody judged what this costs {names}: expect the worst.\n")
    return f"### Not as it is\n\n{listed(told, _ROOM, '', 'more.')}\n\n" if told else ""


def dangers(review: Review) -> str:
    """The section of dangers, sources first; empty where there is none."""
    every = _dangers(review)
    if not every:
        return ""
    text, brief = "", ""
    left: list[Verdict] = []
    for danger in every:
        block = _full(danger) if not brief and not left else ""
        line = _line(danger) if not left else ""
        if block and length(text + block) <= _FULL:
            text += block
        elif line and length(text + brief + line) <= _BRIEF:
            brief += line
        else:
            left.append(danger.cause.verdict)
    more = [f"- {WORDS[verdict].mark} **{WORDS[verdict].name}**: {number:,} more\n" for verdict, number in Counter(left).items()]  # fmt: skip
    rest = f"{brief}{''.join(more)}\n" if brief or more else ""
    return f"### Dangers\n\n{text}{rest}"


def _dangers(review: Review) -> list[_Danger]:
    found: dict[Cause, _Danger] = {}
    for impact in review.impacts:
        for scope in impact.scopes:
            for cause in scope.causes:
                if cause.verdict in DANGERS:
                    key = replace(cause, place=_NOWHERE, lines=())
                    danger = found.setdefault(key, _Danger(cause))
                    danger.scopes.setdefault(impact.name, []).append(scope.name)
                    danger.places.append(cause.place)
                    danger.lines += cause.lines
    return sorted(found.values(), key=lambda danger: (-_order(danger.cause), -len(danger.scopes)))


def _order(cause: Cause) -> int:
    """What comes from somewhere else is no cost, but the first thing to look at."""
    return len(VERDICTS) if cause.verdict == "source-changed" else VERDICTS.index(cause.verdict)


def _full(danger: _Danger) -> str:
    cause, told = danger.cause, WORDS[danger.cause.verdict]
    lines = [
        f"#### {told.mark} {told.name}: {words(cause.subject, 200)}\n",
        f"In {_where(danger)}: {changed(cause)}, at {_places(danger.places)}{_because(danger.lines)}.\n",
        f"- **Why:** {sentence(cause.why)} ({span(cause.rule)}; source: {origin(cause.source)})",
        f"- **What to do:** {sentence(cause.do, 1000) or _DO.get(cause.verdict, _JUST_APPLY)}",
        f"- **The way back:** {sentence(cause.back, 1000) or _no_way(cause)}\n\n",
    ]
    return "\n".join(lines)


def _line(danger: _Danger) -> str:
    cause, told = danger.cause, WORDS[danger.cause.verdict]
    subject = words(cause.subject, 120)
    return f"- {told.mark} **{told.name}**: {subject} in {_where(danger)}: {sentence(cause.why, 200)} ({span(cause.rule)})\n"


def _no_way(cause: Cause) -> str:
    if cause.verdict == "data-loss":
        return "none for what is lost."
    if cause.verdict == "unknown":
        return "not known beyond taking this change back."
    return "take this change back, and apply again."


def changed(cause: Cause) -> str:
    """What changed: from which value to which."""
    name = span(cause.path) if cause.path else "it"
    if cause.kind == "added":
        return f"{name} was added{_of(cause.after, cause.path)}"
    if cause.kind == "removed":
        return f"{name} was removed{_of(cause.before, cause.path)}"
    if cause.kind == "reordered":
        return f"{name} has the same items in another order"
    before, after = cause.before, cause.after
    return f"{name} changed: {value(before, cause.path, after)} → {value(after, cause.path, before)}"


def _of(text: str, path: str) -> str:
    return f": {value(text, path)}" if text else ""


def _where(danger: _Danger) -> str:
    return listed(_clusters(danger), _NAMES, word="more clusters")


def _clusters(danger: _Danger) -> Iterator[str]:
    for name, scopes in danger.scopes.items():
        pools = [span(scope) for scope in scopes if scope]
        yield span(name) + (f" ({counted(len(pools), 'pool').partition(' ')[2]} {listed(pools, 200)})" if pools else "")


def _places(places: list[Position]) -> str:
    return listed(map(place, dict.fromkeys(places)), _NAMES, word="more places")


def _because(lines: list[Position]) -> str:
    return f", because of {listed(map(place, dict.fromkeys(lines)), _NAMES, word='more lines')}" if lines else ""
