"""When a row of the data files applies to a plan: named facts, compared with what the row asks for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from talos_gpu.catalog.version import Version
from talos_gpu.errors import InternalError

__all__ = ["Fact", "Facts", "holds"]

Fact = frozenset[str]
"""The values that a fact has in a cluster: one of them, or one a pool. Booleans are `true` and `false`."""

Facts = Mapping[str, Fact]


def holds(when: Mapping[str, Any], facts: Facts) -> bool:
    """Whether every named fact has a value that `when` asks for.

    A condition is one value, a list of which one suffices, or `{from: v1, before: v2}` for versions (either alone).
    An unknown version satisfies every range: a row too many is better than one that is missed.
    """
    return all(_one(_fact(name, facts), wanted) for name, wanted in when.items())


def _fact(name: str, facts: Facts) -> Fact:
    try:
        return facts[name]
    except KeyError:
        message = f"the runbook's data ask for a fact {name!r} that no plan has"
        raise InternalError(message) from None


def _one(fact: Fact, wanted: Any) -> bool:
    if isinstance(wanted, Mapping):
        return any(_within(value, wanted) for value in fact)
    accepted = wanted if isinstance(wanted, list) else [wanted]
    return not fact.isdisjoint(_word(value) for value in accepted)


def _within(value: str, bounds: Mapping[str, str]) -> bool:
    if value == "unknown":
        return True
    version = _version(value)
    return not (
        ("from" in bounds and version < _version(bounds["from"]))
        or ("before" in bounds and version >= _version(bounds["before"]))
    )


@lru_cache(maxsize=256)
def _version(text: str) -> Version:
    """The same few versions are compared for every row of every cluster."""
    return Version.parse(text)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
