"""talosctl: patch files, and the exact commands that bring them to each node."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from functools import lru_cache

from talos_gpu.document import Document, TextDocument
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.layouts import talosctl_new
from talos_gpu.talos.patch import Patch, PoolPatches, patch_documents, patches
from talos_gpu.talos.phases import enter, others, parted, registration, upgrade_step
from talos_gpu.talos.shell import command, in_upgrade_order, named
from talos_gpu.talos.step import Part, Phase, Step

__all__ = ["check", "render", "steps"]

_HEAD = """\
# shellcheck shell=bash
# The first installation. Copy line by line, in this folder; nothing here is
# meant to run unattended. Every list of a machine config grows when the same
# patch is applied twice: patch each node once.
"""
_PARTS: dict[Part, str] = {
    "exists": """\
# == The cluster exists ==
# Your own talosconfig, where it is not in the usual place.
export TALOSCONFIG="${TALOSCONFIG:-$HOME/.talos/config}"
""",
    "others": "# == Its other pools, only if their image or configuration differs ==\n",
    "new": "# == The cluster is new: this in place of all of the above ==\n",
}
_WIDTH = 80
_STAGED = (
    "It waits for the reboot of the upgrade that follows, so it must be the last patch before it: applied at once, the "
    "node would reboot now, without a drain."
)
_AGAIN = "Only what changed has an effect: maps and single values may come twice."
_LISTS = "Lists append: patched again, the node would hold every entry twice. Change it by hand, as the patch has it."
_TWO_FILES = " With two entries of one path in machine.files the boot of this release fails, again and again."


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Nothing: talosctl reads patches as they are."""
    return ()


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """The patches of every pool, and commands.sh."""
    found = patches(plan)
    files = [item for pool in plan.pools for item in patch_documents(pool, found[pool.name], plan.layout_path)]
    return (*files, TextDocument(f"{plan.layout_path}/commands.sh", _commands(plan, found)))


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """Configuration and image in such an order that one reboot brings both; after an upgrade, what keeps them in step."""
    found = patches(plan)
    first = ((part, own) for part, own in _first_installation(plan, found).items() if own)
    return (
        *(step for part, own in first for step in parted(part, (enter(plan, "first-installation"), *own))),
        *_configuration_change(plan, found),
        *_image_change(plan, plan.gpu_pools, "driver-change", found),
        *_image_change(plan, plan.pools, "talos-upgrade", found),
    )


def _first_installation(plan: ClusterPlan, found: PoolPatches) -> dict[Part, tuple[Step, ...]]:
    return {
        "exists": tuple(_installation(plan.gpu_pools, found)),
        "others": tuple(_installation(others(plan), found)),
        "new": talosctl_new.steps(plan, found),
    }


def _installation(pools: tuple[PoolPlan, ...], patched: PoolPatches) -> Iterator[Step]:
    """Node by node: what counts at once, what waits for the reboot, the image, and what needs the image."""
    phase: Phase = "first-installation"
    yield from registration(pools, phase)
    for pool, node in in_upgrade_order(pools):
        found = _of_node(patched, pool, node)
        yield from (_once(phase, pool, node, patch) for patch in found if not (patch.reboots or patch.after_upgrade))
        if staged := [patch for patch in found if patch.reboots]:
            title = f"Stage {', '.join(patch.label for patch in staged)} on {named(pool, node)}"
            yield Step(
                phase, title, _patched(pool, node, staged, "--mode=staged"), _STAGED, pool=pool.name, node=node.name
            )
        yield upgrade_step(pool, node, phase)
        yield from (_once(phase, pool, node, patch) for patch in found if patch.after_upgrade and not patch.reboots)


def _configuration_change(plan: ClusterPlan, patched: PoolPatches) -> Iterator[Step]:
    phase: Phase = "configuration-change"
    yield enter(plan, phase)
    for pool, node in in_upgrade_order(plan.pools):
        found = _of_node(patched, pool, node)
        if again := [patch for patch in found if patch.repeatable]:
            look = _patched(pool, node, again, "--dry-run")
            yield Step(phase, f"See what would change on {named(pool, node)}", look, pool=pool.name, node=node.name)
            yield Step(
                phase, f"Patch {named(pool, node)}", _patched(pool, node, again), _AGAIN, pool=pool.name, node=node.name
            )
        if growing := [patch for patch in found if not (patch.repeatable or patch.once)]:
            yield _edit(phase, pool, node, growing)


def _edit(phase: Phase, pool: PoolPlan, node: NodePlan, growing: list[Patch]) -> Step:
    files = ", ".join(_path(pool, patch) for patch in growing)
    harm = _TWO_FILES if any(patch.reboots for patch in growing) else ""
    title = f"Edit on {named(pool, node)} what changed in {files}"
    line = command("talosctl", "--nodes", node.address, "edit", "mc")
    return Step(phase, title, line, _LISTS + harm, pool=pool.name, node=node.name)


def _image_change(plan: ClusterPlan, pools: tuple[PoolPlan, ...], phase: Phase, patched: PoolPatches) -> Iterator[Step]:
    """The image node by node; an upgrade leaves the configuration as it is, which still names the image before."""
    yield enter(plan, phase)
    yield from registration(pools, phase)
    for pool, node in in_upgrade_order(pools):
        yield upgrade_step(pool, node, phase)
        if image := [patch for patch in _of_node(patched, pool, node) if patch.label.startswith("install-image")]:
            note = (
                "The upgrade leaves the machine config as it was: without this it would name the old image. Other "
                "patches that differ: see Configuration change."
            )
            title = f"Name the image in the machine config of {named(pool, node)}"
            yield Step(phase, title, _patched(pool, node, image), note, pool=pool.name, node=node.name)


def _of_node(patched: PoolPatches, pool: PoolPlan, node: NodePlan) -> list[Patch]:
    return [patch for patch in patched[pool.name] if patch.for_node(node.name)]


def _once(phase: Phase, pool: PoolPlan, node: NodePlan, patch: Patch) -> Step:
    title = f"Patch {named(pool, node)}: {patch.label}"
    return Step(phase, title, _patched(pool, node, [patch]), _note(patch), pool=pool.name, node=node.name)


def _patched(pool: PoolPlan, node: NodePlan, found: Iterable[Patch], *flags: str) -> str:
    files = [word for patch in found for word in ("--patch", f"@{_path(pool, patch)}")]
    return command("talosctl", "--nodes", node.address, "patch", "mc", *flags, *files)


def _path(pool: PoolPlan, patch: Patch) -> str:
    return f"patches/{pool.name}/{patch.file_name()}"


def _note(patch: Patch) -> str:
    if patch.once:
        return "Once a node: a second time Talos answers lookup failed, and nothing changes."
    if patch.after_upgrade:
        return "After the upgrade, for the image brings the runtime. Containers of the node restart, so drain it first."
    if patch.label == "kernel-modules":
        return "Once a node, for lists append. Until the image with the extensions runs, Talos logs that it does not find the modules. That passes."
    return "" if patch.repeatable else "Once a node, for lists append."


def _commands(plan: ClusterPlan, patched: PoolPatches) -> str:
    """The first installation as a listing; each note stands once a part, above the first command that it is about."""
    blocks = [_HEAD]
    for part, found in _first_installation(plan, patched).items():
        said = {""}
        blocks += [_PARTS[part]] if found else []
        for step in found:
            lines = [f"# {step.title}"]
            if step.note not in said:
                lines += _comment(step.note)
            said.add(step.note)
            blocks.append("\n".join((*lines, step.command)) + "\n")
    return "\n".join(blocks)


@lru_cache(maxsize=256)
def _comment(note: str) -> tuple[str, ...]:
    """A note as comment lines; most notes are the same in every cluster."""
    return tuple(textwrap.wrap(note, _WIDTH, initial_indent="# ", subsequent_indent="# "))
