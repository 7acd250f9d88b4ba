"""One thing that an operator does to bring a layout's files to the nodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

__all__ = ["PARTS", "PHASES", "Part", "Phase", "Step"]

Phase = Literal["first-installation", "configuration-change", "driver-change", "talos-upgrade"]
PHASES: tuple[Phase, ...] = ("first-installation", "configuration-change", "driver-change", "talos-upgrade")
"""The occasions on which nodes are touched, in the order in which they happen."""

Part = Literal["exists", "others", "new"]
PARTS: tuple[Part, ...] = ("exists", "others", "new")
"""The first installation has three: the GPU pools of a cluster that exists, its other pools, and a cluster that is new."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of `phase`. `command` is one shell line (empty: nothing to type); `note` says what to expect, in sentences.

    The commands of one part run in one shell that starts in the repository's root; a step goes to the right folder.
    """

    phase: Phase
    title: str
    command: str
    note: str = ""
    part: Part | None = None
    """Which part of the first installation; None in every other phase."""
    pool: str = ""
    """Name of the pool that it is about; empty for what is done once for all of them."""
    node: str = ""
    """Name of the node that it is about; empty for what is done once for the pool."""

    def of(self, part: Part) -> Self:
        """The same step in a part of the first installation."""
        return replace(self, part=part)
