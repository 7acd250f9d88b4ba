"""From events to causes: each event gets the first row that fits, and what one row says of one thing is said once."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from talos_gpu.review.difference import path_text
from talos_gpu.review.impact.event import Event
from talos_gpu.review.impact.rule import Rule, rules, secret_keys
from talos_gpu.review.impact.verdict import VERDICTS, Cause
from talos_gpu.review.quotable.line import HIDDEN
from talos_gpu.review.quotable.value import is_secret_value

__all__ = ["NO_RULE", "Judged", "causes", "judged"]

NO_RULE = "no-rule"
"""Stands for the row of a change that no row tells of."""
_EXAMPLES = 3
_PLACEHOLDER = re.compile(r"\{(nodes|address|name|before|after)\}")


@dataclass(frozen=True, slots=True)
class Judged:
    """An event and the row that decides; None where no row does, and `lacking` says what is not known then."""

    event: Event
    rule: Rule | None
    lacking: str = ""

    @property
    def id(self) -> str:
        """The row's id."""
        return self.rule.id if self.rule else NO_RULE


def judged(events: Iterable[Event]) -> Iterator[Judged]:
    """Each event with its row, taken apart where rows tell its parts from one another."""
    for event in events:
        yield from _judged(event)


def _judged(event: Event) -> Iterator[Judged]:
    for rule in rules():
        if rule.about != event.about:
            continue
        fit = rule.fit(event)
        if fit == "fits":
            yield Judged(event, rule)
            return
        if fit == "cannot tell":
            yield Judged(event, None, "which Talos release the nodes run, on which it depends")
            return
        if fit == "in parts" and not event.is_whole and (parts := tuple(event.parts())):
            yield from judged(parts)
            return
    yield Judged(event, None, f"what a change at this place costs ({event.about})")


def causes(found: Iterable[Judged]) -> Mapping[Cause, frozenset[str]]:
    """One cause for all that one row says of one thing, with the pools it concerns; the worst first."""
    groups: dict[object, list[Judged]] = {}
    for one in found:
        context = one.event.context
        unlike = one.event.path if one.rule is None or _names(one.rule) else ()
        groups.setdefault((one.id, one.lacking, one.event.subject, context.pools, unlike), []).append(one)
    told: dict[Cause, frozenset[str]] = {}
    for group in groups.values():
        cause = _cause(group)
        told[cause] = told.get(cause, frozenset()).union(group[0].event.context.pools)
    return dict(sorted(told.items(), key=lambda item: -VERDICTS.index(item[0].verdict)))


def _names(rule: Rule) -> bool:
    """Whether what is to be done names the very thing, so that two of them are two causes."""
    return any(word in rule.do + rule.back for word in ("{name}", "{before}", "{after}"))


def _cause(group: Sequence[Judged]) -> Cause:
    first = group[0]
    event, rule = first.event, first.rule
    kinds = {one.event.kind for one in group}
    kind: Literal["added", "removed", "changed", "reordered"] = "changed"
    if len(kinds) == 1 and event.kind != "renamed":
        kind = event.kind
    common = event.path if len(group) == 1 else _common([one.event.path for one in group])
    return Cause(
        verdict=rule.verdict if rule else "unknown",
        subject=event.subject,
        path=path_text(common),
        kind=kind,
        before=_examples(_told(one.event)[0] for one in group),
        after=_examples(_told(one.event)[1] for one in group),
        place=event.place,
        rule=first.id,
        why=rule.why if rule else f"Nobody has written down {first.lacking}.",
        source=f"{rule.source} (checked {rule.checked})" if rule else "",
        do=_filled(rule.do, group) if rule else "Find out before you merge: read the diff of this place.",
        back=_filled(rule.back, group) if rule else "",
        nodes=_nodes(group),
        gone=tuple(dict.fromkeys(_place(one.event) for one in group if one.event.kind == "removed")),
    )


def _place(event: Event) -> str:
    return path_text(event.path) or event.subject


def _nodes(group: Sequence[Judged]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(node for one in group for node in one.event.context.nodes))


def _common(paths: Sequence[tuple[object, ...]]) -> tuple:  # type: ignore[type-arg]
    columns = takewhile(lambda steps: len(set(map(str, steps))) == 1, zip(*paths, strict=False))
    return tuple(steps[0] for steps in columns)


def _told(event: Event) -> tuple[str, str]:
    """Both sides as they are told; of what may be a secret only that something stands there."""
    before, after = event.told
    if secret_keys().isdisjoint(event.steps) and not _is_secret(event):
        return before, after
    return HIDDEN if before else "", HIDDEN if after else ""


def _is_secret(event: Event) -> bool:
    """Whether a side is one; of a map only the keys are told."""
    sides = [side for side in (event.before, event.after) if not side.is_map]
    return event.texts is None and any(is_secret_value(side, event.path, event.root) for side in sides)


def _examples(texts: Iterable[str]) -> str:
    found = list(dict.fromkeys(text for text in texts if text))
    more = len(found) - _EXAMPLES
    return ", ".join(found[:_EXAMPLES]) + (f" and {more} more" if more > 0 else "")


def _filled(text: str, group: Sequence[Judged]) -> str:
    """The text with what it names, each a word of a shell."""
    event = group[0].event
    nodes = _nodes(group)
    before, after = _told(event)
    words = {
        "nodes": " ".join(map(shlex.quote, nodes)) or "NODE",
        "address": shlex.quote(dict(event.context.addresses).get(min(nodes), "ADDRESS"))
        if len(nodes) == 1
        else "ADDRESS",
        "name": shlex.quote(event.steps[-1]) if event.path else "",
        "before": shlex.quote(before),
        "after": shlex.quote(after),
    }
    return _PLACEHOLDER.sub(lambda match: words[match[1]], text)
