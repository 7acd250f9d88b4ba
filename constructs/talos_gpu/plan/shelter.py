"""Whether what runs beside the GPU pods finds a node: helper Deployments have no toleration of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from talos_gpu.catalog import StackSupport
from talos_gpu.plan.model import Notice
from talos_gpu.plan.toleration import CONTROL_PLANE, merged, pool_taints, taint_tolerated, tolerating
from talos_gpu.profile import Profile
from talos_gpu.profile.pool import Taint

__all__ = ["finds_node", "shelter", "shelter_notices"]


def _groups(profile: Profile) -> list[tuple[Taint, ...]]:
    """The taints that keep pods away, pool by pool; every cluster has a control plane, declared or not."""
    groups = [
        tuple(taint for taint in pool_taints(pool) if taint.effect != "PreferNoSchedule")
        for pool in profile.pools.values()
    ]
    declared = any(pool.role == "control-plane" for pool in profile.pools.values())
    return groups if declared else [*groups, (CONTROL_PLANE,)]


def finds_node(profile: Profile, tolerations: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a pod with these tolerations may run on a node of some pool."""
    return any(all(taint_tolerated(taint, tolerations) for taint in group) for group in _groups(profile))


def shelter(profile: Profile, defaults: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """The default tolerations of a helper with those that give it a node; None where it has one without them."""
    if finds_node(profile, defaults):
        return None
    taints = dict.fromkeys(taint for group in _groups(profile) for taint in group)
    return merged(defaults, [tolerating(taint) for taint in taints if not taint_tolerated(taint, defaults)])


def shelter_notices(profile: Profile, support: StackSupport | None) -> Iterator[Notice]:
    """Says so where no declared pool takes pods that tolerate nothing."""
    if support is None or finds_node(profile, ()):
        return
    taints = dict.fromkeys(f"{taint.key}:{taint.effect}" for group in _groups(profile) for taint in group)
    yield Notice(
        "taints",
        f"No pool of this profile takes pods that tolerate nothing (taints: {', '.join(taints)}). What the stack "
        "runs tolerates them; other components of the cluster (delivery engine, ingress, metrics, and every Deployment "
        "of your own) need tolerations too, or stay Pending, unless the cluster has nodes that are not declared.",
    )
