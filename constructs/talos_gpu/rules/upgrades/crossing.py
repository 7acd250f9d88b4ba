"""What an upgrade to the target crosses: asked by the rules before they look at anything."""

from __future__ import annotations

from dataclasses import dataclass

from talos_gpu.catalog import Era, Version
from talos_gpu.finding import Position
from talos_gpu.inventory import Said, Value
from talos_gpu.rules.facts import Facts

__all__ = ["Crossing", "crossing", "place_of"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """From one era into another, with the minors as people write them."""

    old: Era
    new: Era
    minors: str


def crossing(facts: Facts) -> Crossing | None:
    """The change of eras on the way to the target, or None where there is no target, or no change."""
    if facts.cluster.target is None or facts.cluster.is_talos is False:
        return None
    old, new = facts.minor, facts.target_minor
    if old.era.name == new.era.name or Version.parse(new.name) < Version.parse(old.name):
        return None
    return Crossing(old.era, new.era, f"{old.name} to {new.name}")


def place_of(said: Said | None, facts: Facts) -> Value:
    """Where a fact about the whole cluster is said, or else its first file."""
    place = said.by if said and said.by else Position(min(facts.cluster.files, default=facts.cluster.name))
    return Value(None, place)
