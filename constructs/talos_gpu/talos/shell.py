"""Shell lines that a person copies: every word quoted."""

from __future__ import annotations

import shlex

from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan

__all__ = ["command", "nodes_in_upgrade_order", "register_schematic", "upgrade"]


def command(*words: str) -> str:
    """One shell line out of `words`."""
    return shlex.join(words)


def register_schematic(pool: PoolPlan) -> str:
    """Posts the pool's schematic to the Image Factory, which serves an id only after that."""
    host = pool.schematic.installer.value.partition("/")[0]
    body = f"@schematics/{pool.name}.yaml"
    return command(
        "curl", "--fail", "--silent", "--show-error", "-X", "POST", "--data-binary", body, f"https://{host}/schematics"
    )


def upgrade(pool: PoolPlan, node: NodePlan) -> str:
    """Writes the pool's image to the node and reboots it."""
    return command("talosctl", "--nodes", node.address, "upgrade", "--image", pool.schematic.installer.value)


def nodes_in_upgrade_order(plan: ClusterPlan) -> tuple[tuple[PoolPlan, NodePlan], ...]:
    """Every node with its pool: control planes first, else in the profile's order."""
    pools = sorted(plan.pools, key=lambda pool: pool.role != "control-plane")
    return tuple((pool, node) for pool in pools for node in pool.nodes if node.address)
