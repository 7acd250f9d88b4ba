"""What may stand in a machine config of Talos, and in a talconfig.yaml: kinds of documents, and keys."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from talos_gpu.catalog._data import load
from talos_gpu.catalog.version import Version

__all__ = ["KeyTree", "MachineConfigFacts", "TalconfigFacts", "machine_config", "talconfig"]

_ANY = "*"


@dataclass(frozen=True, slots=True)
class KeyTree:
    """The keys that may stand at one place. Where nobody knows them, or they are free, nothing is judged.

    `since` maps dotted paths to the minor that brought the key, where it is younger than the place.
    """

    entries: Mapping[str, Any] | None
    path: tuple[str, ...] = ()
    since: Mapping[str, str] = field(default_factory=dict)

    @property
    def judged(self) -> bool:
        """Whether a key that is not listed is wrong here."""
        return self.entries is not None and _ANY not in self.entries

    @property
    def names(self) -> tuple[str, ...]:
        """The keys that are listed, in the order of the alphabet."""
        return tuple(sorted(self.entries or ()))

    @property
    def first(self) -> str:
        """The minor that brought this key, empty where it is as old as what holds it."""
        return self.since.get(".".join(self.path), "")

    def below(self, key: str) -> KeyTree | None:
        """What may stand below `key`; None where there is no such key here."""
        if self.entries is None:
            return KeyTree(None)
        if key not in self.entries and _ANY not in self.entries:
            return None
        return KeyTree(self.entries.get(key, self.entries.get(_ANY)), (*self.path, key), self.since)

    def nearest(self, key: str, cutoff: float = 0.6) -> str:
        """The listed key that resembles `key` most, or an empty text."""
        folded = {name.casefold(): name for name in self.names}
        near = difflib.get_close_matches(key.casefold(), folded, n=1, cutoff=cutoff)
        return folded[near[0]] if near else ""


@dataclass(frozen=True, slots=True)
class MachineConfigFacts:
    """The kinds and keys of Talos configuration.

    `kinds` maps a kind to the minor that brought it; `oldest` brought none of its own, they are at least as old.
    A kind that is not listed may exist beyond `complete_to`, and keys were read from the minor `keys_oldest` on.
    `conflicts` maps a field below machine to the document beside which it must not stand, `control_plane_conflicts` the
    dotted path of one that only control planes have.
    From the minor `deletion_skipped_from` on a deletion of a document that is not there does nothing; `generated` maps
    kinds to the minor from which on every config holds one.
    `kept` maps a kind to the names (those of folders end with a slash) that Talos keeps for itself. `instead` maps the
    dotted path of a key that there is not to where that is written which people mean by it.
    `sources` are by topic: `kinds`, `keys`, `talhelper`, `conflicts`, `customization`, `deletion`, `kept`.
    """

    kinds: Mapping[str, str]
    oldest: str
    complete_to: str
    keys_oldest: str
    legacy: KeyTree
    documents: Mapping[str, KeyTree]
    conflicts: Mapping[str, str]
    control_plane_conflicts: Mapping[str, str]
    deletion_skipped_from: str
    generated: Mapping[str, str]
    kept: Mapping[str, tuple[str, ...]]
    instead: Mapping[str, str]
    sources: Mapping[str, str]
    talhelper_newest: str
    talhelper_knows: frozenset[str]

    def younger(self, kind: str, minor: str) -> bool:
        """Whether Talos `minor` is too old for a listed kind."""
        first = self.kinds[kind]
        return first != self.oldest and Version.parse(minor) < Version.parse(first)

    def kinds_complete(self, minor: str) -> bool:
        """Whether every kind that Talos `minor` knows is listed."""
        return Version.parse(self.oldest) <= Version.parse(minor) <= Version.parse(self.complete_to)

    def beyond_talhelper(self, kind: str) -> bool:
        """Whether a listed kind came after the machinery of the last talhelper."""
        recent = Version.parse(self.kinds[kind]) >= Version.parse(self.talhelper_newest)
        return recent and kind not in self.talhelper_knows


@dataclass(frozen=True, slots=True)
class TalconfigFacts:
    """The keys of a talconfig.yaml. `instead` says where the thing is that people mean by a key which there is not."""

    keys: KeyTree
    instead: Mapping[str, str]
    source: str


@cache
def machine_config() -> MachineConfigFacts:
    """Returns the facts of machine-config.yaml."""
    data = load("machine-config.yaml")
    since, documented = data["since"], {"apiVersion": None, "kind": None}
    topics = {topic: data[topic]["source"] for topic in ("talhelper", "conflicts", "customization", "deletion", "kept")}
    return MachineConfigFacts(
        kinds={kind: minor for minor, kinds in data["kinds"].items() for kind in kinds},
        oldest=data["oldest"],
        complete_to=data["completeTo"],
        keys_oldest=data["keysOldest"],
        legacy=KeyTree(data["legacy"], (), since),
        documents={kind: KeyTree({**documented, **keys}, (kind,), since) for kind, keys in data["documents"].items()},
        conflicts=data["conflicts"]["machine"],
        control_plane_conflicts=data["conflicts"]["controlPlane"],
        deletion_skipped_from=data["deletion"]["skippedFrom"],
        generated=data["deletion"]["generated"],
        kept={kind: tuple(names) for kind, names in data["kept"].items() if kind != "source"},
        instead=data["instead"],
        sources={"kinds": data["source"], "keys": data["keysSource"], **topics},
        talhelper_newest=data["talhelper"]["newest"],
        talhelper_knows=frozenset(data["talhelper"]["knows"]),
    )


@cache
def talconfig() -> TalconfigFacts:
    """Returns the facts of talhelper-config.yaml."""
    data = load("talhelper-config.yaml")
    keys = dict(data["talconfig"])
    keys["nodes"] = {**keys["nodes"], **keys["controlPlane"]}
    return TalconfigFacts(KeyTree(keys), data["instead"], data["source"])
