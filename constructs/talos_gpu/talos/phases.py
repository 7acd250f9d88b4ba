"""Steps that several layouts share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.talos.shell import command, folder_of, in_upgrade_order, named, register_schematic, upgrade
from talos_gpu.talos.step import Part, Phase, Step

__all__ = ["enter", "others", "parted", "registration", "upgrade_step", "upgrades"]

_REGISTER_NOTE = (
    "The factory answers with the id. An id works only after somebody has posted its schematic; posting it again "
    "changes nothing."
)
_UPGRADE_NOTE = (
    "The node is drained, writes the new image beside the old one and reboots. Wait until it is Ready again before "
    "the next one."
)


def enter(plan: ClusterPlan, phase: Phase) -> Step:
    """Goes to the folder of the layout's files, to which the commands after it are relative."""
    return Step(phase, "Go to the layout's folder", command("cd", folder_of(plan)))


def parted(part: Part, steps: Iterable[Step]) -> Iterator[Step]:
    """The steps as a part of the first installation."""
    return (step.of(part) for step in steps)


def others(plan: ClusterPlan) -> tuple[PoolPlan, ...]:
    """The pools without GPU, which the first installation touches only where they differ."""
    return tuple(pool for pool in plan.pools if not pool.gpu)


def registration(pools: Iterable[PoolPlan], phase: Phase, folder: str = "") -> Iterator[Step]:
    """One step a distinct schematic; `folder` is where the layout's files are, seen from where the command runs."""
    seen: set[str] = set()
    for pool in pools:
        if pool.schematic.text not in seen:
            title = f"Register the schematic of pool {pool.name} at the Image Factory"
            yield Step(phase, title, register_schematic(pool, folder), _REGISTER_NOTE, pool=pool.name)
        seen.add(pool.schematic.text)


def upgrades(pools: Iterable[PoolPlan], phase: Phase) -> Iterator[Step]:
    """One step a node, control planes first."""
    return (upgrade_step(pool, node, phase) for pool, node in in_upgrade_order(pools))


def upgrade_step(pool: PoolPlan, node: NodePlan, phase: Phase) -> Step:
    """Brings the pool's image to a node."""
    title = f"Upgrade {named(pool, node)} to the image of pool {pool.name}"
    return Step(phase, title, upgrade(pool, node), _UPGRADE_NOTE, pool=pool.name, node=node.name)
