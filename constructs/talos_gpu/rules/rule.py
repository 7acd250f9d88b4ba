"""A rule: one way to break a GPU on Talos, and how it is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from talos_gpu.finding import Edit, Severity
from talos_gpu.inventory import Value
from talos_gpu.rules.facts import Facts

__all__ = ["Offence", "Rule"]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Offence:
    """What a rule saw at a place: what was found and what is expected, in one sentence without a full stop.

    `remedy` replaces the rule's own where this place has a better one; `severity` likewise, never to a worse one.
    """

    value: Value
    message: str
    remedy: str = ""
    fix: tuple[Edit, ...] = ()
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """A small unit of the catalogue.

    `id` is never used again, `name` reads after "allow", `since` is the version of talos-gpu that brought it.
    `check` is pure: it yields what it sees in one subject of the type `looks_at`, or raises `Lacking` by way of the
    facts that it asks for. `remedy` says in a sentence what to write instead; `source` is who says that it is wrong.
    Only a `waivable` error can be allowed; warnings and infos always can.
    """

    id: str
    name: str
    severity: Severity
    since: str
    looks_at: type[S]
    check: Callable[[S, Facts], Iterable[Offence]]
    remedy: str
    source: str
    waivable: bool = False
