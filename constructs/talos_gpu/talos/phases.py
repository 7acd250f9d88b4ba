"""Steps that several layouts share."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.plan.model import ClusterPlan
from talos_gpu.talos.shell import nodes_in_upgrade_order, register_schematic, upgrade
from talos_gpu.talos.step import Phase, Step

__all__ = ["registration", "upgrades"]

_REGISTER_NOTE = (
    "The factory answers with the id. An id works only after somebody has posted its schematic; posting it again "
    "changes nothing."
)
_UPGRADE_NOTE = (
    "The node is drained, writes the new image beside the old one and reboots. Wait until it is Ready again before "
    "the next one."
)


def registration(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    """One step a distinct schematic."""
    first = {pool.schematic.text: pool for pool in reversed(plan.pools)}
    for pool in plan.pools:
        if first[pool.schematic.text] is pool:
            title = f"Register the schematic of pool {pool.name} at the Image Factory"
            yield Step(phase, title, register_schematic(pool), _REGISTER_NOTE)


def upgrades(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    """One step a node, control planes first."""
    for pool, node in nodes_in_upgrade_order(plan):
        yield Step(phase, f"Upgrade {node.name} to the image of pool {pool.name}", upgrade(pool, node), _UPGRADE_NOTE)
