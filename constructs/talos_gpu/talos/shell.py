"""Shell lines that a person copies: every word quoted. And the nodes that they name."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable

from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan

__all__ = [
    "PLACEHOLDER",
    "command",
    "folder_of",
    "in_upgrade_order",
    "local_folder",
    "named",
    "nodes_of",
    "quote",
    "register_schematic",
    "upgrade",
]

PLACEHOLDER = NodePlan(name="NODE", address="NODE_ADDRESS", install_disk=None)
"""Stands for the nodes of a pool that lists none."""

_COPIED_SOURCES = frozenset({"OCIRepository", "Bucket"})
_OUTPUT = "dist"
_CONTROL = re.compile("[\x00-\x1f\x7f]")


def quote(word: object) -> str:
    """One word of a command on one line; control characters, which no name may hold, become `?`.

    A line break inside quotes could end the fence that the command is printed in.
    """
    return shlex.quote(_CONTROL.sub("?", str(word)))


def command(*words: str) -> str:
    """One shell line out of `words`."""
    return " ".join(quote(word) for word in words)


def local_folder(plan: ClusterPlan) -> str:
    """The cluster's folder, seen from the repository's root; `delivery.path` is the folder inside the engine's source.

    A Git source is the repository itself; into an artifact or a bucket somebody has copied what synth wrote to dist.
    """
    copied = plan.delivery.source_kind in _COPIED_SOURCES
    return f"{_OUTPUT}/{plan.cluster}" if copied else plan.delivery.path


def folder_of(plan: ClusterPlan) -> str:
    """The folder of the layout's files, seen from the repository's root."""
    return f"{local_folder(plan)}/{plan.layout_path}"


def register_schematic(pool: PoolPlan, folder: str = "") -> str:
    """Posts the pool's schematic, below `folder`, to the Image Factory, which serves an id only after that."""
    host = pool.schematic.installer.value.partition("/")[0]
    body = f"@{folder}{'/' if folder else ''}schematics/{pool.name}.yaml"
    return command(
        "curl", "--fail", "--silent", "--show-error", "-X", "POST", "--data-binary", body, f"https://{host}/schematics"
    )


def upgrade(pool: PoolPlan, node: NodePlan) -> str:
    """Writes the pool's image to the node and reboots it."""
    return command("talosctl", "--nodes", node.address, "upgrade", "--image", pool.schematic.installer.value)


def nodes_of(pool: PoolPlan) -> tuple[NodePlan, ...]:
    """The pool's nodes, or the placeholder."""
    return pool.nodes or (PLACEHOLDER,)


def named(pool: PoolPlan, node: NodePlan) -> str:
    """The node in a sentence."""
    return f"each node of pool {pool.name}" if node is PLACEHOLDER else node.name


def in_upgrade_order(pools: Iterable[PoolPlan]) -> tuple[tuple[PoolPlan, NodePlan], ...]:
    """Every node with its pool: control planes first, else in the profile's order."""
    ordered = sorted(pools, key=lambda pool: pool.role != "control-plane")
    return tuple((pool, node) for pool in ordered for node in nodes_of(pool))
