"""Taints, and what tolerates them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from talos_gpu.profile.pool import Pool, Taint
from talos_gpu.profile.stack import Toleration

__all__ = [
    "CONTROL_PLANE",
    "for_pools",
    "merged",
    "pool_taints",
    "taint_tolerated",
    "tolerated",
    "tolerating",
    "toleration_data",
]

CONTROL_PLANE = Taint(key="node-role.kubernetes.io/control-plane", effect="NoSchedule")
"""What Talos puts on control planes that run no workloads."""


def pool_taints(pool: Pool) -> tuple[Taint, ...]:
    """The taints that pods on this pool's nodes meet."""
    implied = (CONTROL_PLANE,) if pool.role == "control-plane" and not pool.schedulable else ()
    return (*implied, *pool.taints)


def for_pools(pools: Iterable[Pool], own: Iterable[Toleration]) -> tuple[Toleration, ...]:
    """Tolerations for the taints of these pools, then the profile's own; each once."""
    from_taints = [tolerating(taint) for pool in pools for taint in pool_taints(pool)]
    return tuple(dict.fromkeys([*from_taints, *own]))


def tolerating(taint: Taint) -> Toleration:
    """The toleration of exactly this taint."""
    if not taint.value:
        return Toleration(key=taint.key, operator="Exists", effect=taint.effect)
    return Toleration(key=taint.key, operator="Equal", value=taint.value, effect=taint.effect)


def toleration_data(toleration: Toleration) -> dict[str, Any]:
    """The toleration as a manifest holds it."""
    data: dict[str, Any] = {}
    if toleration.key:
        data["key"] = toleration.key
    data["operator"] = toleration.operator
    if toleration.value is not None:
        data["value"] = toleration.value
    if toleration.effect:
        data["effect"] = toleration.effect
    if toleration.toleration_seconds is not None:
        data["tolerationSeconds"] = toleration.toleration_seconds
    return data


def taint_tolerated(taint: Taint, present: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a pod with these tolerations may run on a node with this taint."""
    exactly = {"key": taint.key, "operator": "Equal", "value": taint.value, "effect": taint.effect}
    return tolerated(exactly, present)


def tolerated(wanted: Mapping[str, Any], present: Iterable[Mapping[str, Any]]) -> bool:
    """Whether what `wanted` tolerates is tolerated by one of `present` already."""
    return any(_covers(item, wanted) for item in present)


def _covers(item: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    if item.get("effect") and item.get("effect") != wanted.get("effect"):
        return False
    if item.get("tolerationSeconds") is not None:
        return False
    if item.get("operator") == "Exists":
        return not item.get("key") or item.get("key") == wanted.get("key")
    return (
        wanted.get("operator", "Equal") == "Equal"
        and item.get("key") == wanted.get("key")
        and (item.get("value") or "") == (wanted.get("value") or "")
    )


def merged(defaults: Iterable[Mapping[str, Any]], wanted: Iterable[Toleration]) -> list[dict[str, Any]] | None:
    """The chart's default tolerations with those added that they do not cover; None when nothing is to add."""
    result = [dict(item) for item in defaults]
    before = len(result)
    for toleration in wanted:
        data = toleration_data(toleration)
        if not tolerated(data, result):
            result.append(data)
    return result if len(result) > before else None
