"""The picture of a runbook: from the GPU to the workload, pool by pool, with the version of everything between."""

from __future__ import annotations

from collections.abc import Iterable

from talos_gpu.markdown import Finished
from talos_gpu.mermaid import Chain, flowchart
from talos_gpu.plan.decision import Decision, Known
from talos_gpu.plan.model import ClusterPlan, GpuPlan, PoolPlan
from talos_gpu.runbook.facts import text_of

__all__ = ["picture"]

_MOST = 40
"""Pools of a picture. Mermaid draws no more than 500 arrows, and says an error instead."""


def picture(plan: ClusterPlan) -> Finished:
    """Returns the flowchart as a fenced block; what the plan does not know is said to be unknown.

    Nothing for more pools than anybody would look at.
    """
    if len(plan.gpu_pools) > _MOST:
        return Finished("")
    chains = {pool.name: _chain(plan, pool, pool.gpu) for pool in plan.gpu_pools if pool.gpu}
    return Finished(flowchart({"": chains}))


def _chain(plan: ClusterPlan, pool: PoolPlan, gpu: GpuPlan) -> Chain:
    return (
        (f"pool {pool.name}", f"{gpu.count} x {gpu.model.value}"),
        (f"driver {_version(gpu.driver)}", f"track {gpu.track.value}, {gpu.flavour.value} modules"),
        (f"container toolkit {_version(plan.toolkit)}", f"mode {text_of(plan.toolkit_mode)}"),
        tuple(_runtime(plan, pool)),
        tuple(_stack(plan)),
        tuple(_workload(plan, gpu)),
    )


def _version(decision: Decision[str]) -> str:
    return text_of(decision) if isinstance(decision, Known) else "of unknown version"


def _runtime(plan: ClusterPlan, pool: PoolPlan) -> Iterable[str]:
    yield f"containerd {_version(plan.containerd)}"
    default, wanted = pool.machine.default_runtime.value, plan.workload.runtime_class.value
    if default:
        yield f"default runtime {default}"
    elif wanted:
        yield f"RuntimeClass {wanted}"


def _stack(plan: ClusterPlan) -> Iterable[str]:
    chart = plan.stack.chart
    if plan.stack.kind.value == "none":
        yield "no stack in Kubernetes"
    else:
        yield plan.stack.kind.value
    if chart:
        yield f"chart {chart.version.value}"


def _workload(plan: ClusterPlan, gpu: GpuPlan) -> Iterable[str]:
    yield "workload"
    if plan.stack.kind.value != "none":
        yield ", ".join(gpu.resources.value) if isinstance(gpu.resources, Known) else "resource unknown"
    yield f"CUDA up to {text_of(gpu.cuda)}" if isinstance(gpu.cuda, Known) else "CUDA unknown"
