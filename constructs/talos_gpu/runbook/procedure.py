"""The numbered steps of a change, in their order: what the layout does to the nodes, then Kubernetes, then proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from talos_gpu import markdown, talos
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.runbook import shell
from talos_gpu.runbook.decisions import taint_text
from talos_gpu.runbook.node import nodes

__all__ = ["Numbered", "late_taints", "procedures"]

_WITH_KUBERNETES = frozenset({"first-installation", "driver-change", "talos-upgrade"})
_PROOF = "Prove it: every command under [Verification](#verification)."


@dataclass(frozen=True, slots=True)
class Numbered:
    """One step of a procedure: what to do and what to expect as finished Markdown, and commands to run."""

    text: str
    commands: str = ""
    expect: str = ""


def procedures(plan: ClusterPlan) -> Mapping[str, tuple[Numbered, ...]]:
    """Returns the steps of every kind of change, by the phase's name with underscores."""
    of_layout = talos.steps(plan)
    return {
        phase.replace("-", "_"): (
            *_in_folder(plan, [step for step in of_layout if step.phase == phase]),
            *_after(plan, phase),
        )
        for phase in talos.PHASES
    }


def late_taints(plan: ClusterPlan) -> tuple[tuple[str, str], ...]:
    """Returns node and taint for every taint that a worker gets at registration only."""
    return tuple(
        (node.name, taint_text(taint))
        for pool in plan.pools
        if pool.role == "worker" and pool.machine.taint_method.value != "node-taints"
        for node in nodes(pool)
        for taint in pool.machine.taints.value
    )


def _in_folder(plan: ClusterPlan, steps: list[talos.Step]) -> tuple[Numbered, ...]:
    """The layout's commands are relative to its folder, so the first step goes there."""
    if not any(step.command for step in steps):
        return tuple(_numbered(steps))
    folder = f"{plan.delivery.path}/{plan.layout_path}"
    return (Numbered("Go to the layout's folder.", f"cd {shell.quote(folder)}"), *_numbered(steps))


def _numbered(steps: Iterable[talos.Step]) -> Iterator[Numbered]:
    """Yields the steps; a note that several share is said once, at the first."""
    said: set[str] = set()
    for step in steps:
        note = "" if step.note in said else step.note
        said.add(step.note)
        yield Numbered(f"{markdown.prose(step.title.rstrip('.'))}.", step.command, markdown.prose(note))


def _after(plan: ClusterPlan, phase: str) -> tuple[Numbered, ...]:
    if phase not in _WITH_KUBERNETES or plan.stack.kind.value == "none":
        return (Numbered(f"Go back to the repository's root. {_PROOF}", "cd -"),)
    kubernetes = "Go back to the repository's root. When the nodes are well: the [Kubernetes side](#kubernetes-side)."
    return (Numbered(kubernetes, "cd -"), Numbered(_PROOF))
