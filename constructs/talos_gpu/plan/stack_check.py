"""Settings that the chosen stack cannot honour, and ways of sharing that exclude each other."""

from __future__ import annotations

from collections.abc import Mapping

from talos_gpu.catalog import StackSupport
from talos_gpu.plan.patch_fault import KEEP_SECRETS, secret_texts
from talos_gpu.plan.problems import Problems
from talos_gpu.profile import Profile
from talos_gpu.profile.pool import Pool

__all__ = ["check_settings", "check_sharing"]

_OPERATOR = "Remove it, or write stack: {kind: gpu-operator}."


def check_settings(profile: Profile, kind: str, problems: Problems) -> None:
    """Refuses what the profile sets and the stack does not read: nothing is dropped in silence."""
    stack = profile.stack
    for path in secret_texts(stack.values):
        problems.refuse(("stack", "values", *path), "found what looks like a secret", KEEP_SECRETS)
    if kind != "gpu-operator":
        if stack.driver:
            problems.refuse(("stack", "driver"), f"found {stack.driver}, which only the GPU operator reads", _OPERATOR)
        if stack.metrics.service_monitor:
            at = ("stack", "metrics", "serviceMonitor")
            problems.refuse(at, "found true, but only the GPU operator exports metrics", _OPERATOR)
    if kind != "none":
        return
    chart = [key for key in ("version", "repository") if getattr(stack.chart, key)]
    for path in [("stack", "chart", key) for key in chart] + ([("stack", "values")] if stack.values else []):
        problems.refuse(
            path, "found a setting for a chart in a profile without a stack", "Remove it, or choose a stack."
        )


def check_sharing(pools: Mapping[str, Pool], support: StackSupport | None, problems: Problems) -> None:
    """Refuses MIG and sharing where the stack or the plugin cannot do it."""
    strategies = {pool.mig.strategy for pool in pools.values() if pool.mig}
    for name, pool in pools.items():
        path = ("pools", name)
        if pool.mig and len(strategies) > 1:
            problems.refuse(
                (*path, "mig", "strategy"),
                "found both strategies in one cluster; the chart takes one",
                "Use the same strategy in every pool.",
            )
        if pool.mig and pool.sharing and pool.sharing.mps:
            problems.refuse(
                (*path, "sharing", "mps"),
                "found MPS on GPUs that are partitioned by MIG, which the plugin refuses",
                "Keep one of the two.",
            )
        for key in ("mig", "sharing"):
            if support is None and getattr(pool, key):
                problems.refuse(
                    (*path, key),
                    f"found {key}, but no stack that does it",
                    "Write stack: {kind: gpu-operator}, or remove it.",
                )
