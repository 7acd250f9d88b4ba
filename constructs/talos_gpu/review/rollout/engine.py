"""What the delivery engine is told around a change: to wait while nodes are upgraded, and to go on."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.plan.model import ClusterPlan
from talos_gpu.review.rollout.plan import RolloutStep
from talos_gpu.runbook import kubernetes_commands
from talos_gpu.talos.shell import command, local_folder

__all__ = ["apply", "hold"]

_SOURCES = {"GitRepository": "git", "OCIRepository": "oci", "Bucket": "bucket"}
_FLUX = "talos-gpu"
"""The name of the Flux Kustomization that is rendered."""
_OLD_NODES = "Merged, it would reach Kubernetes at once, while the nodes still run what was there before."
_OLD_STACK = "Else it makes again what the next steps delete, or brings the new stack while the old one is still there."


def hold(plan: ClusterPlan, *, nodes_change: bool) -> Iterator[RolloutStep]:
    """The engine waits: it would apply the new state to old nodes, or beside an old stack, as soon as it is merged."""
    engine, namespace = plan.delivery.engine, plan.delivery.namespace
    title = "Hold the delivery engine back, before the change is merged"
    note = _OLD_NODES if nodes_change else _OLD_STACK
    if engine == "flux":
        line = command("flux", "suspend", "kustomization", _FLUX, "-n", namespace)
        yield RolloutStep("before", title, line, note, back=_resume(plan))
    elif engine == "argocd":
        for name in _applications(plan):
            line = command("argocd", "app", "set", name, "--sync-policy", "manual")
            more = " Where another Application makes this one, switch that one to manual as well."
            yield RolloutStep("before", title, line, note + more, back=_automated(name))


def apply(plan: ClusterPlan, *, held: bool) -> Iterator[RolloutStep]:
    """The Kubernetes side as it is afterwards."""
    if plan.stack.kind.value == "none":
        return
    engine, namespace = plan.delivery.engine, plan.delivery.namespace
    if engine == "flux":
        if held:
            yield RolloutStep("after", "Let the delivery engine go on", _resume(plan))
        kind, name = _SOURCES.get(plan.delivery.source_kind, "git"), plan.delivery.source_name
        line = command("flux", "reconcile", "source", kind, name, "-n", plan.delivery.source_namespace)
        yield RolloutStep("after", "Fetch what was merged", line)
        line = command("flux", "reconcile", "kustomization", _FLUX, "-n", namespace)
        yield RolloutStep("after", "Bring it to the cluster", line)
    elif engine == "argocd":
        for name in _applications(plan):
            if held:
                yield RolloutStep("after", "Let the delivery engine go on", _automated(name))
            yield RolloutStep("after", f"Bring {name} to the cluster", command("argocd", "app", "sync", name))
    else:
        folder = f"{local_folder(plan)}/kubernetes"
        if _has_objects(plan):
            yield RolloutStep("after", "Apply the objects", command("kubectl", "apply", "-k", folder))
        for line in kubernetes_commands.helm(plan).splitlines():
            yield RolloutStep("after", "Bring the release up to date", line)


def _resume(plan: ClusterPlan) -> str:
    return command("flux", "resume", "kustomization", _FLUX, "-n", plan.delivery.namespace)


def _automated(name: str) -> str:
    return command("argocd", "app", "set", name, "--sync-policy", "automated", "--auto-prune", "--self-heal")


def _applications(plan: ClusterPlan) -> tuple[str, ...]:
    return tuple(f"{plan.cluster}-gpu-{part}" for part in (*(("objects",) if _has_objects(plan) else ()), "chart"))


def _has_objects(plan: ClusterPlan) -> bool:
    stack = plan.stack
    return stack.render_namespace.value or stack.runtime_class.value or stack.bridge.value
