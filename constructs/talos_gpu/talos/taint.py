"""Taints in the two notations of a machine configuration."""

from __future__ import annotations

from collections.abc import Iterable

from talos_gpu.profile.pool import Taint

__all__ = ["as_map", "as_registration"]


def as_map(taints: Iterable[Taint]) -> dict[str, str]:
    """Key to `value:Effect`, or to `Effect` where the taint has no value. Holds one taint a key."""
    return {taint.key: f"{taint.value}:{taint.effect}" if taint.value else taint.effect for taint in taints}


def as_registration(taints: Iterable[Taint]) -> list[dict[str, str]]:
    """Entries of the kubelet's registerWithTaints."""
    return [
        {"key": taint.key} | ({"value": taint.value} if taint.value else {}) | {"effect": taint.effect}
        for taint in taints
    ]
