"""Facts of the catalogue, as decisions of a plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from talos_gpu.catalog import Fact, Missing, Source
from talos_gpu.plan.decision import Decision, Known, Unknown, Who

__all__ = ["cited", "decide", "declaration", "who", "why_missing"]

T = TypeVar("T")
V = TypeVar("V")


def who(source: Source) -> Who:
    """Who decided when a decision rests on this source."""
    return "declared" if source.declared else "catalogue"


def cited(source: Source) -> str:
    """The source with the date on which it was read."""
    return f"{source.text} (read {source.checked})" if source.checked else source.text


def decide(fact: Fact[T], reason: str, convert: Callable[[T], V]) -> Decision[V]:
    """The fact as a decision: what is missing becomes Unknown, with the lines that would declare it."""
    if isinstance(fact, Missing):
        return Unknown(why_missing(fact), declaration(fact.declare))
    note = f"{reason}; {fact.note}" if fact.note else reason
    return Known(convert(fact.value), note, cited(fact.source), who(fact.source))


def why_missing(missing: Missing) -> str:
    """Why nobody knows, and the last value known of a neighbour."""
    if not missing.last_known or missing.last_known in missing.note:
        return missing.note
    return f"{missing.note} (last known: {missing.last_known})"


def declaration(path: Sequence[str], value: str = "...") -> str:
    """The lines of a profile that would declare the fact at this path below `catalogue:`, or nothing."""
    if not path:
        return ""
    lines = ["catalogue:"]
    for depth, key in enumerate(path, start=1):
        lines.append("  " * depth + f"{key}:" + (f" {value}" if depth == len(path) else ""))
    return "\n".join(lines)
