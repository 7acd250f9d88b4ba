"""What the runbook's texts may depend on: the named facts of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from talos_gpu.plan.decision import Decision, Known
from talos_gpu.plan.model import ClusterPlan, GpuPlan
from talos_gpu.runbook.condition import Fact, Facts

__all__ = ["chart_value", "driver_daemonset", "facts", "shared", "text_of"]


def facts(plan: ClusterPlan) -> Facts:
    """Returns every fact that a row of the data files may name."""
    return {**_cluster(plan), **_stack(plan), **_nodes(plan)}


def chart_value(plan: ClusterPlan, *path: str) -> Any:
    """Returns the chart value at `path` as this plan sets it, None where it leaves the chart's default."""
    value: Any = plan.stack.chart.values.value if plan.stack.chart else None
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def driver_daemonset(plan: ClusterPlan) -> bool:
    """Whether the operator makes a driver DaemonSet: it does unless driver.enabled is false."""
    return plan.stack.kind.value == "gpu-operator" and chart_value(plan, "driver", "enabled") is not False


def shared(gpu: GpuPlan) -> bool:
    """Whether several pods share one GPU."""
    return text_of(gpu.sharing) not in {"none", "unknown"}


def text_of(decision: Decision[Any]) -> str:
    """Returns the decided value as text, or `unknown`."""
    if not isinstance(decision, Known):
        return "unknown"
    return _word(decision.value)


def _cluster(plan: ClusterPlan) -> Facts:
    return {
        "era": _of(plan.era.value),
        "talos": _of(plan.talos.value),
        "preview": _of(plan.preview),
        "dialect": _of(plan.dialect.value),
        "layout": _of(plan.layout.value),
        "engine": _of(plan.delivery.engine),
        "toolkit-mode": _of(text_of(plan.toolkit_mode)),
        "smoke-test-delivered": _of(plan.smoke_test.deliver),
        "pod-runtime-class": _of(plan.workload.runtime_class.value is not None),
    }


def _stack(plan: ClusterPlan) -> Facts:
    stack = plan.stack
    return {
        "stack": _of(stack.kind.value),
        "chart": _of(stack.chart.version.value if stack.chart else "unknown"),
        "bridge": _of(stack.bridge.value),
        "runtime-class": _of(stack.runtime_class.value),
        "namespace-rendered": _of(stack.render_namespace.value),
        "driver-daemonset": _of(driver_daemonset(plan)),
        "node-feature-discovery": _of(_discovers(plan)),
        "waits": _of(stack.chart.wait.value if stack.chart else False),
    }


def _discovers(plan: ClusterPlan) -> bool:
    """The operator brings Node Feature Discovery; the device plugin's chart only when asked."""
    if plan.stack.kind.value == "gpu-operator":
        return chart_value(plan, "nfd", "enabled") is not False
    return bool(chart_value(plan, "nfd", "enabled") or chart_value(plan, "gfd", "enabled"))


def _nodes(plan: ClusterPlan) -> Facts:
    pools = plan.gpu_pools
    gpus = [pool.gpu for pool in pools if pool.gpu]
    taints = [taint for pool in pools for taint in pool.machine.taints.value]
    return {
        "flavour": _all(gpu.flavour.value for gpu in gpus),
        "track": _all(gpu.track.value for gpu in gpus),
        "branch": _all(gpu.branch.value for gpu in gpus),
        "architecture": _all(gpu.architecture.value.lower() for gpu in gpus),
        "geforce": _all("GeForce" in gpu.model.value or "TITAN" in gpu.model.value for gpu in gpus),
        "fabric-manager": _all(text_of(gpu.fabric_manager) for gpu in gpus),
        "mig": _all(text_of(gpu.mig) for gpu in gpus),
        "sharing": _all(text_of(gpu.sharing) for gpu in gpus),
        "several-consumers": _all(gpu.count > 1 or shared(gpu) for gpu in gpus),
        "sysctl": _of(any(pool.machine.sysctls.value for pool in pools)),
        "runtime-injects": _of(
            plan.workload.runtime_class.value is not None or any(pool.machine.default_runtime.value for pool in pools)
        ),
        "default-runtime": _of(any(pool.machine.default_runtime.value for pool in pools)),
        "tainted": _of(bool(taints)),
        "taint-unlike-default": _of(any((taint.key, taint.value) != ("nvidia.com/gpu", "present") for taint in taints)),
        "taint-method": _all(pool.machine.taint_method.value for pool in pools if pool.machine.taints.value),
        "arm64": _of(any(pool.arch == "arm64" for pool in pools)),
        "secure-boot": _of(any(pool.secure_boot for pool in pools)),
        "user-patches": _of(any(pool.machine.user_patches for pool in plan.pools)),
        "schedulable-control-plane": _of(any(pool.machine.schedulable for pool in plan.pools)),
    }


def _of(value: object) -> Fact:
    return frozenset({_word(value)})


def _all(values: Iterable[object]) -> Fact:
    return frozenset[str]().union(*(_of(value) for value in values))


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
