"""In which order a change is brought to a cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Expected", "Phase", "Rollout", "RolloutStep"]

Phase = Literal["before", "node", "after"]
"""before: while the old release still runs. node: node after node, control planes first. after: when all are well."""


@dataclass(frozen=True, slots=True)
class RolloutStep:
    """One thing to do. `command` is one shell line (empty: nothing to type); those of a rollout follow each other in one
    shell that starts in the repository's root.

    `node` is the name of the node that it is about, in the phase `node`; `note` says what to expect; `back` how it is
    undone, empty where it cannot be; `source` who says so.
    """

    phase: Phase
    title: str
    command: str = ""
    note: str = ""
    node: str = ""
    back: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a pool shows afterwards. A text is empty where nobody knows, and `unknown` says why then."""

    pool: str
    kernel: str
    driver: str
    cuda: str
    toolkit: str
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Rollout:
    """The steps of one cluster, in their order. `releases` are those that nodes run one after the other, the first the
    one that runs, when more than one minor lies between. `reboots` counts those of all nodes together; None where the
    number of nodes is not known. `blocked` says why it cannot be done as it is; then there
    may be no steps.
    """

    cluster: str
    steps: tuple[RolloutStep, ...]
    expected: tuple[Expected, ...]
    releases: tuple[str, ...]
    reboots: int | None
    blocked: tuple[str, ...] = ()
