"""The numbered steps of a change, in their order: what the layout does to the nodes, then Kubernetes, then proof."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from talos_gpu import markdown, talos
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.runbook.decisions import taint_text
from talos_gpu.talos.shell import nodes_of

__all__ = ["Numbered", "Section", "first_installation", "late_taints", "procedures"]

_WITH_KUBERNETES = frozenset({"first-installation", "driver-change", "talos-upgrade"})
_PROOF = "Prove it: every command under [Verification](#verification)."
_HEADINGS: Mapping[talos.Part, str] = {
    "exists": "The cluster exists",
    "others": "Its other pools",
    "new": "The cluster is new",
}


@dataclass(frozen=True, slots=True)
class Numbered:
    """One step of a procedure: what to do and what to expect as finished Markdown, and commands to run."""

    text: str
    commands: str = ""
    expect: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the first installation."""

    part: talos.Part
    heading: str
    steps: tuple[Numbered, ...]


def first_installation(plan: ClusterPlan, steps: Sequence[talos.Step]) -> tuple[Section, ...]:
    """Returns the parts of the first installation; one without steps stands only where the runbook must say why.

    `steps` are all steps of the plan's layout.
    """
    found = [step for step in steps if step.phase == "first-installation"]
    sections = []
    for part, heading in _HEADINGS.items():
        own = tuple(_numbered(step for step in found if step.part == part))
        if own:
            last = _back(own) if part == "others" else _after(plan, "first-installation", own)
            sections.append(Section(part, heading, (*own, *last)))
        elif part == "new":
            sections.append(Section(part, heading, ()))
    return tuple(sections)


def procedures(plan: ClusterPlan, steps: Sequence[talos.Step]) -> Mapping[str, tuple[Numbered, ...]]:
    """Returns the steps of every other kind of change, by the phase's name with underscores."""
    return {
        phase.replace("-", "_"): _whole(plan, phase, tuple(_numbered(step for step in steps if step.phase == phase)))
        for phase in talos.PHASES
        if phase != "first-installation"
    }


def late_taints(plan: ClusterPlan) -> tuple[tuple[str, str], ...]:
    """Returns node and taint for every taint that a worker gets at registration only."""
    return tuple(
        (node.name, taint_text(taint))
        for pool in plan.pools
        if pool.role == "worker" and pool.machine.taint_method.value != "node-taints"
        for node in nodes_of(pool)
        for taint in pool.machine.taints.value
    )


def _numbered(steps: Iterable[talos.Step]) -> Iterator[Numbered]:
    """Yields the steps; a note that several share is said once, at the first."""
    said: set[str] = set()
    for step in steps:
        note = "" if step.note in said else step.note
        said.add(step.note)
        yield Numbered(f"{markdown.prose(step.title.rstrip('.'))}.", step.command, markdown.prose(note))


def _whole(plan: ClusterPlan, phase: str, steps: tuple[Numbered, ...]) -> tuple[Numbered, ...]:
    return (*steps, *_after(plan, phase, steps))


def _back(steps: tuple[Numbered, ...]) -> tuple[Numbered, ...]:
    moved = any(step.commands.startswith("cd ") for step in steps)
    return (Numbered("Go back to the repository's root.", "cd -"),) if moved else ()


def _after(plan: ClusterPlan, phase: str, steps: tuple[Numbered, ...]) -> tuple[Numbered, ...]:
    proof = Numbered(_PROOF)
    if phase not in _WITH_KUBERNETES or plan.stack.kind.value == "none":
        return (*_back(steps), proof)
    return (*_back(steps), Numbered("When the nodes are well: the [Kubernetes side](#kubernetes-side)."), proof)
