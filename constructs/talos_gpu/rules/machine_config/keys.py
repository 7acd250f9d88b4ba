"""TAL: keys that Talos or talhelper does not know."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from talos_gpu.catalog import KeyTree, Version, machine_config, talconfig
from talos_gpu.finding import Edit
from talos_gpu.inventory import MachineConfig, TalhelperEntry, Value
from talos_gpu.plan.machine_config import IGNORED_KEYS
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_PLAIN = re.compile(r"[A-Za-z][\w.-]*")
"""What a person wrote as a key, rather than a template's words."""
_CLEAR = 0.8
"""How much a key must resemble a known one to count as misspelt where not all keys are known."""
_VERSIONS = frozenset({"v1alpha1", ""})


def _strange(value: Value, known: KeyTree) -> Iterator[tuple[Value, str, KeyTree, KeyTree | None]]:
    """Keys that are not listed, and those that are younger than their place: with their place in the tree."""
    for item in value.items():
        yield from _strange(item, known)
    if known.entries is None or value.opaque:
        return
    for key, inner in value.pairs():
        below = known.below(key)
        if below is None:
            if key not in IGNORED_KEYS and _PLAIN.fullmatch(key):
                yield inner, key, known, None
            continue
        if below.first:
            yield inner, key, known, below
        yield from _strange(inner, below)


def _unknown(config: MachineConfig, facts: Facts) -> Iterator[Offence]:
    younger = []
    for document in config.documents:
        tree = _tree_of(document)
        for place, key, above, below in _strange(document, tree) if tree else ():
            if below is None:
                yield from _not_listed(place, key, above, facts)
            else:
                younger.append((place, key, below.first))
    for place, key, first in younger:
        minor = facts.minor.name
        if Version.parse(minor) < Version.parse(first):
            message = f"found {key}, a key that came with Talos {first}; expected keys of {minor} because it refuses"
            yield Offence(_at_key(place), f"{message} the whole text otherwise", f"Remove it, or take Talos {first}.")


def _tree_of(document: Value) -> KeyTree | None:
    if document.get("apiVersion").raw not in _VERSIONS:
        return None
    kind = document.get("kind")
    if not kind.exists:
        return machine_config().legacy
    return machine_config().documents.get(kind.raw)


def _not_listed(place: Value, key: str, known: KeyTree, facts: Facts) -> Iterator[Offence]:
    near, instead = known.nearest(key, _CLEAR), machine_config().instead.get(".".join((*known.path, key)), "")
    if not near and not instead and not _all_known(facts):
        return
    where = f" below {'.'.join(known.path)}" if known.path else ""
    message = (
        f"found {excerpt(key)}; expected a key that Talos knows{where} because it refuses the whole text otherwise"
    )
    guess = near or known.nearest(key, 0.5)
    remedy = f"Did you mean {guess}?" if guess else f"Talos knows here: {', '.join(known.names)}."
    remedy = f"Write {instead}." if instead else remedy
    yield Offence(_at_key(place), message, remedy, _fix(place, key, near))


def _all_known(facts: Facts) -> bool:
    minor, known = facts.known_minor, machine_config()
    if minor is None:
        return False
    return Version.parse(known.keys_oldest) <= Version.parse(minor.name) <= Version.parse(known.complete_to)


def _fix(place: Value, key: str, near: str) -> tuple[Edit, ...]:
    """Only where nothing but the size of letters differs."""
    if place.key is None or key.casefold() != near.casefold():
        return ()
    return (Edit(place.key, key, near),)


def _at_key(value: Value) -> Value:
    """The place of the key, which is what is wrong."""
    return Value(None, value.key or value.place, value.path)


def _ignored(entry: TalhelperEntry, _: Facts) -> Iterator[Offence]:
    facts = talconfig()
    for place, key, known, _below in _strange(entry.root, facts.keys):
        near, instead = known.nearest(key, _CLEAR), facts.instead.get(key, "")
        if not known.path and not near and not instead:
            continue  # people keep anchors there
        where = f" below {'.'.join(known.path)}" if known.path else ""
        message = f"found {excerpt(key)}; expected a key that talhelper knows{where} because it ignores all others"
        remedy = f"Write {instead}." if instead else f"Did you mean {near}?" if near else "Write it in a patch."
        yield Offence(_at_key(place), f"{message} without a word", remedy, _fix(place, key, near))


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="TAL019",
        name="unknown key of a machine config",
        severity="error",
        since="0.1.0",
        looks_at=MachineConfig,
        check=_unknown,
        remedy="Correct the key, or remove it.",
        source=machine_config().sources["keys"],
        waivable=True,
    ),
    Rule(
        id="TAL020",
        name="unknown key of talhelper",
        severity="warning",
        since="0.1.0",
        looks_at=TalhelperEntry,
        check=_ignored,
        remedy="Correct the key, or write what it shall do in a patch.",
        source=talconfig().source,
    ),
)
