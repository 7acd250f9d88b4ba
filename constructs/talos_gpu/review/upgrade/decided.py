"""Which decisions of a plan come out differently with another release."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.plan.decision import Decision, Known
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.review.upgrade.model import Decided

__all__ = ["decided"]

Row = tuple[str, str, "Decision[str]"]


def decided(before: ClusterPlan, after: ClusterPlan) -> tuple[Decided, ...]:
    """What is different: of the cluster first, then pool by pool."""
    old = {(pool, what): decision for pool, what, decision in _rows(before)}
    return tuple(
        Decided(pool, what, _text(old.get((pool, what))), _text(decision), _why(decision))
        for pool, what, decision in _rows(after)
        if _text(old.get((pool, what))) != _text(decision)
    )


def _rows(plan: ClusterPlan) -> Iterator[Row]:
    stack = plan.stack
    yield "", "era", plan.era
    yield "", "Kubernetes", plan.kubernetes
    yield "", "stack", Known(stack.kind.value, stack.kind.reason, stack.kind.source, stack.kind.by)
    if stack.chart is not None:
        yield "", f"chart {stack.chart.name}", stack.chart.version
    yield "", "RuntimeClass nvidia", _yes_no(stack.runtime_class)
    yield "", "validation bridge", _yes_no(stack.bridge)
    yield "", "container toolkit", plan.toolkit
    yield "", "toolkit mode", plan.toolkit_mode
    runtime = plan.workload.runtime_class
    yield "", "runtimeClassName of GPU pods", Known(runtime.value or "none", runtime.reason, runtime.source)
    yield "", "smoke test's CUDA", plan.smoke_test.cuda
    for pool in plan.pools:
        yield from _pool_rows(pool)


def _pool_rows(pool: PoolPlan) -> Iterator[Row]:
    yield pool.name, "schematic", pool.schematic.id
    if pool.gpu is not None:
        yield pool.name, "driver track", pool.gpu.track
        yield pool.name, "driver flavour", pool.gpu.flavour
        yield pool.name, "driver", pool.gpu.driver
        yield pool.name, "newest CUDA", pool.gpu.cuda


def _yes_no(decision: Known[bool]) -> Known[str]:
    return Known("rendered" if decision.value else "none", decision.reason, decision.source, decision.by)


def _text(decision: Decision[str] | None) -> str:
    if decision is None:
        return ""
    return str(decision.value) if isinstance(decision, Known) else "unknown"


def _why(decision: Decision[str]) -> str:
    return decision.reason if isinstance(decision, Known) else decision.why
