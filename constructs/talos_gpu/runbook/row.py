"""The facts of a cluster that its ledger keeps for the fleet's page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.runbook.facts import text_of

__all__ = ["row"]


def row(plan: ClusterPlan) -> Mapping[str, str]:
    """Returns the facts of one cluster, as plain text, by column of the fleet's page, and those of its picture."""
    return {
        "talos": plan.talos.value,
        "era": f"{plan.era.value} (preview)" if plan.preview else plan.era.value,
        "gpus": _each(_gpus(pool) for pool in plan.gpu_pools),
        "driver": _each(_driver(pool) for pool in plan.gpu_pools),
        "cuda": _each(text_of(pool.gpu.cuda) for pool in plan.gpu_pools if pool.gpu),
        "stack": _stack(plan),
        "layout": plan.layout.value,
        "delivery": plan.delivery.engine,
        "notices": str(len(plan.notices)),
        "toolkit": text_of(plan.toolkit),
        "containerd": text_of(plan.containerd),
    }


def _gpus(pool: PoolPlan) -> str:
    if pool.gpu is None:
        return ""
    return f"{len(pool.nodes) or '?'} x {pool.gpu.count} {pool.gpu.model.value}"


def _driver(pool: PoolPlan) -> str:
    if pool.gpu is None:
        return ""
    return f"{text_of(pool.gpu.driver)} {pool.gpu.track.value} {pool.gpu.flavour.value}"


def _stack(plan: ClusterPlan) -> str:
    chart = plan.stack.chart
    return f"{plan.stack.kind.value} {chart.version.value}" if chart else plan.stack.kind.value


def _each(items: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(items)) or "none"
