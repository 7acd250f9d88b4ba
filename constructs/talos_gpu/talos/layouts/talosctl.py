"""talosctl: patch files, and the exact commands that bring them to each node."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from talos_gpu.document import Document, TextDocument
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.patch import Patch, patch_documents, patches
from talos_gpu.talos.phases import registration, upgrades
from talos_gpu.talos.shell import command, nodes_in_upgrade_order
from talos_gpu.talos.step import Phase, Step

__all__ = ["check", "render", "steps"]

_HEAD = """\
# shellcheck shell=bash
# Copy line by line, in this folder; nothing here is meant to run unattended.
# Every list of a machine config grows when the same patch is applied twice: patch each node once.

# Your own talosconfig, where it is not in the usual place.
export TALOSCONFIG="${TALOSCONFIG:-$HOME/.talos/config}"
"""
_CHANGE_NOTE = (
    "Only where the file changed. Maps take the new value; lists append, so take the old entries out first with "
    "talosctl edit mc."
)


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Nothing: talosctl reads patches as they are."""
    return ()


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """The patches of every pool, and commands.sh."""
    found = [item for pool in plan.pools for item in patch_documents(pool, patches(plan, pool), plan.layout_path)]
    return (*found, TextDocument(f"{plan.layout_path}/commands.sh", _commands(plan)))


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """Configuration first, then the image, so that one reboot brings both; a default runtime after the image."""
    return (
        *_first_installation(plan),
        *_patch_steps(plan, "configuration-change"),
        *registration(plan, "driver-change"),
        *upgrades(plan, "driver-change"),
        *registration(plan, "talos-upgrade"),
        *upgrades(plan, "talos-upgrade"),
    )


def _first_installation(plan: ClusterPlan) -> Iterator[Step]:
    phase: Phase = "first-installation"
    yield from registration(plan, phase)
    yield from _patch_steps(plan, phase, after_upgrade=False)
    yield from upgrades(plan, phase)
    yield from _patch_steps(plan, phase, after_upgrade=True)


def _patch_steps(plan: ClusterPlan, phase: Phase, *, after_upgrade: bool | None = None) -> Iterator[Step]:
    found = {pool.name: patches(plan, pool) for pool in plan.pools}
    for pool, node in nodes_in_upgrade_order(plan):
        for patch in found[pool.name]:
            if patch.for_node(node.name) and after_upgrade in {None, patch.after_upgrade}:
                path = f"patches/{pool.name}/{patch.file_name()}"
                line = command("talosctl", "--nodes", node.address, "patch", "mc", "--patch", f"@{path}")
                note = _CHANGE_NOTE if phase == "configuration-change" else _note(patch)
                yield Step(phase, f"Patch {node.name}: {patch.label}", line, note)


def _note(patch: Patch) -> str:
    if patch.once:
        return "Once a node: a second time Talos answers lookup failed, and nothing changes."
    if patch.after_upgrade:
        return "After the upgrade, for the image brings the runtime. Once a node: twice in a configuration it may not stand."
    if patch.label == "kernel-modules":
        return "Until the image with the extensions runs, Talos logs that it does not find the modules. That passes."
    return ""


def _commands(plan: ClusterPlan) -> str:
    """The first installation as a listing; each note stands once, above the first command that it is about."""
    blocks, said = [_HEAD], {""}
    for step in _first_installation(plan):
        lines = [f"# {step.title}"]
        if step.note not in said:
            lines += textwrap.wrap(step.note, 100, initial_indent="# ", subsequent_indent="# ")
        said.add(step.note)
        blocks.append("\n".join((*lines, step.command)) + "\n")
    return "\n".join(blocks)
