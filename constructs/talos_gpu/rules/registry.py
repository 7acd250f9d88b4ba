"""Every rule, sorted by id."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules import (
    cuda_images,
    delivery,
    device_plugin,
    drivers,
    extensions,
    gpu_operator,
    kubernetes_objects,
    machine_config,
    upgrades,
)
from talos_gpu.rules.own import OWN, Entry
from talos_gpu.rules.rule import Rule

__all__ = ["ENTRIES", "RULES"]

_FAMILIES = (
    cuda_images,
    delivery,
    device_plugin,
    drivers,
    extensions,
    gpu_operator,
    kubernetes_objects,
    machine_config,
    upgrades,
)
RULES: tuple[Rule[Any], ...] = tuple(
    sorted((rule for family in _FAMILIES for rule in family.RULES), key=lambda rule: rule.id)
)
ENTRIES: tuple[Entry, ...] = tuple(sorted((*RULES, *OWN), key=lambda entry: entry.id))
"""The rules, and the ids under which talos-gpu reports without a rule's check."""
