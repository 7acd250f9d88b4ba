"""One thing that an operator does to bring a layout's files to the nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["PHASES", "Phase", "Step"]

Phase = Literal["first-installation", "configuration-change", "driver-change", "talos-upgrade"]
PHASES: tuple[Phase, ...] = ("first-installation", "configuration-change", "driver-change", "talos-upgrade")
"""The occasions on which nodes are touched, in the order in which they happen."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of `phase`. `command` is one shell line (empty: nothing to type), run in the layout's folder.

    `note` says what to expect or to watch for, in whole sentences.
    """

    phase: Phase
    title: str
    command: str
    note: str = ""
