"""What people have: files recognised by content, read into subjects, and joined into clusters."""

from __future__ import annotations

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
