"""What people have: files recognised by content, read into subjects, and joined into clusters.

Each name is imported when it is asked for: whoever only compares values pays for no catalogue and no model.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talos_gpu.inventory.cluster import Cluster, Said
    from talos_gpu.inventory.source_file import SourceFile
    from talos_gpu.inventory.subject import (
        Chart,
        ImageReference,
        JsonPatch,
        MachineConfig,
        Node,
        Object,
        Origin,
        Pod,
        Role,
        Schematic,
        Subject,
        TalhelperEntry,
        place_of,
    )
    from talos_gpu.inventory.taking import Given, Inventory, take
    from talos_gpu.inventory.value import UNKNOWN, Step, Value, merged
else:

    def __getattr__(name: str) -> object:
        home = next((module for module, names in _HOMES.items() if name in names), None)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
        return found


__all__ = [
    "UNKNOWN",
    "Chart",
    "Cluster",
    "Given",
    "ImageReference",
    "Inventory",
    "JsonPatch",
    "MachineConfig",
    "Node",
    "Object",
    "Origin",
    "Pod",
    "Role",
    "Said",
    "Schematic",
    "SourceFile",
    "Step",
    "Subject",
    "TalhelperEntry",
    "Value",
    "merged",
    "place_of",
    "take",
]

_HOMES = {
    "cluster": ("Cluster", "Said"),
    "source_file": ("SourceFile",),
    "taking": ("Given", "Inventory", "take"),
    "value": ("UNKNOWN", "Step", "Value", "merged"),
    "subject": (
        "Chart", "ImageReference", "JsonPatch", "MachineConfig", "Node", "Object", "Origin", "Pod", "Role", "Schematic",
        "Subject", "TalhelperEntry", "place_of",
    ),
}  # fmt: skip
