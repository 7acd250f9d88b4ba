"""What a file says of one machine, and machines of the same facts as one pool."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from talos_gpu.finding import Finding
from talos_gpu.profile.adopt.reading import Value
from talos_gpu.profile.draft import Draft, DraftNode, DraftPool

__all__ = ["Adopted", "Machine", "pools_of"]

_ORDER = [
    "arch",
    "platform",
    "secureBoot",
    "extensions",
    "schematicId",
    "kernelArgs",
    "overlay",
    "meta",
    "modules",
    "labels",
    "taints",
]


@dataclass(slots=True)
class Machine:
    """One machine as it is being read. `facts` are further keys of a pool, in the profile's spelling."""

    name: str = ""
    address: str = ""
    disk: str = ""
    control_plane: bool = False
    schedulable: bool = False
    nvidia: bool = False
    track: str = ""
    flavour: str = ""
    told_image: bool = False
    """Whether the file says what is in the boot image, rather than only its id."""
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, key: str, entry: Any, same: Callable[[Any], bool] = lambda _: False) -> bool:
        """Puts the entry into the list `key`, once; False where another one stands for the `same` thing there."""
        entries = self.facts.setdefault(key, [])
        if entry not in entries:
            if any(same(other) for other in entries):
                return False
            entries.append(entry)
        return True

    def report_if_unreachable(self, where: Value) -> None:
        """Reports the entry of a machine that cannot stand among a pool's nodes; its facts make a pool all the same."""
        if not (self.name and self.address):
            where.leave("is not among the nodes of its pool, for want of a name or an address")

    def kind(self) -> str:
        """The same text for machines that belong into one pool."""
        told = [self.control_plane, self.schedulable, self.nvidia, self.track, self.flavour, self.facts]
        return json.dumps(told, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a file told: a draft, what of the file is not in it, and its dialect."""

    draft: Draft
    left: tuple[Finding, ...] = ()
    """Place, key path and why: none of it is in the draft."""
    dialects: frozenset[str] = frozenset()
    """`legacy`, `documents` or both, as far as the files show which dialect of machine config they speak."""


def pools_of(machines: Iterable[Machine]) -> tuple[DraftPool, ...]:
    """One pool for all machines of the same role, driver and facts, in the order of the file."""
    groups: dict[str, list[Machine]] = {}
    for machine in machines:
        groups.setdefault(machine.kind(), []).append(machine)
    taken: dict[str, int] = {}
    return tuple(_pool(_name(group[0], taken), group) for group in groups.values())


def _name(machine: Machine, taken: dict[str, int]) -> str:
    name = "gpu" if machine.nvidia else "control-plane" if machine.control_plane else "workers"
    taken[name] = taken.get(name, 0) + 1
    return name if taken[name] == 1 else f"{name}-{taken[name]}"


def _pool(name: str, machines: list[Machine]) -> DraftPool:
    first = machines[0]
    return DraftPool(
        name=name,
        role="control-plane" if first.control_plane else "worker",
        schedulable=first.control_plane and first.schedulable,
        nvidia=first.nvidia,
        track=first.track,
        flavour=first.flavour,
        facts={key: first.facts[key] for key in _ORDER if first.facts.get(key) not in (None, [], {}, "")},
        nodes=tuple(
            DraftNode(machine.name, machine.address, machine.disk)
            for machine in machines
            if machine.name and machine.address
        ),
    )
