"""The objects that stand beside the chart: namespace, RuntimeClass, validation bridge; and the smoke test."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.kubernetes.draft import Draft, ObjectsDraft, sentence
from talos_gpu.kubernetes.kustomization import kustomization
from talos_gpu.kubernetes.props import (
    NamespaceProps,
    Pairs,
    RuntimeClassProps,
    SmokeTestProps,
    ValidationBridgeProps,
    pairs,
)
from talos_gpu.plan.decision import Decision, Known
from talos_gpu.plan.model import ClusterPlan, Image

__all__ = ["SMOKE_TEST", "smoke_test", "stack_objects"]

SMOKE_TEST = "smoke-test"
"""Folder of the smoke test: outside the engine's path, so that a pending test blocks no sync."""

_POD = ("spec", "template", "spec")


def stack_objects(plan: ClusterPlan) -> Iterator[ObjectsDraft]:
    """The objects below kubernetes/ in the order in which they are applied."""
    stack = plan.stack
    if stack.render_namespace.value:
        namespace = NamespaceProps(stack.namespace.value, _wave(plan, -2))
        why = sentence(stack.render_namespace.reason)
        yield ObjectsDraft("kubernetes/namespace.yaml", (namespace,), {(0, "metadata", "labels"): why})
    if stack.runtime_class.value:
        runtime_class = RuntimeClassProps(annotations=_wave(plan, -1))
        why = sentence(stack.runtime_class.reason)
        yield ObjectsDraft("kubernetes/runtime-class.yaml", (runtime_class,), {(0,): why})
    if stack.bridge.value and stack.bridge_plan:
        yield ObjectsDraft("kubernetes/validation-bridge.yaml", (_bridge(plan),), _bridge_comments(plan))


def smoke_test(plan: ClusterPlan) -> Iterator[Draft]:
    """The smoke test's folder, where at least one of its images is known."""
    smi, sample = _reference(plan.smoke_test.smi_image), _reference(plan.smoke_test.sample_image)
    if not (smi or sample):
        return
    props = SmokeTestProps(
        namespace=plan.stack.namespace.value,
        resource=plan.workload.resource,
        smi_image=smi,
        sample_image=sample,
        runtime_class=plan.workload.runtime_class.value,
        node_selector=pairs(plan.stack.node_selector.value),
        tolerations=plan.stack.tolerations.value,
        annotations=_replaced(plan),
    )
    comments = {
        (0,): "To run it again, delete it first: a Job cannot be changed in place.",
        (0, *_POD, "containers", 0, "resources"): "Without a limit the pod would not test the allocation.",
    }
    yield kustomization(SMOKE_TEST, ["job.yaml"])
    yield ObjectsDraft(f"{SMOKE_TEST}/job.yaml", (props,), comments)


def _wave(plan: ClusterPlan, number: int) -> Pairs:
    """Argo CD's order inside an Application; its own order of kinds does not know the RuntimeClass."""
    return (("argocd.argoproj.io/sync-wave", str(number)),) if plan.delivery.engine == "argocd" else ()


def _replaced(plan: ClusterPlan) -> Pairs:
    """Lets Argo CD replace the Job when its images change; Flux is told by its Kustomization."""
    delivered = plan.smoke_test.deliver and plan.delivery.engine == "argocd"
    return (("argocd.argoproj.io/sync-options", "Force=true,Replace=true"),) if delivered else ()


def _bridge(plan: ClusterPlan) -> ValidationBridgeProps:
    stack, bridge = plan.stack, plan.stack.bridge_plan
    assert bridge is not None
    return ValidationBridgeProps(
        namespace=stack.namespace.value,
        image=bridge.image.reference,
        content=pairs(bridge.content),
        node_selector=pairs(stack.node_selector.value),
        tolerations=stack.tolerations.value,
        interval_seconds=bridge.interval_seconds,
        annotations=_wave(plan, 1),
    )


def _bridge_comments(plan: ClusterPlan) -> dict[tuple[str | int, ...], str]:
    container = (1, *_POD, "containers", 0)
    return {
        (0,): sentence(plan.stack.bridge.reason),
        (0, "metadata", "name"): "Named after its content: a changed script rolls the pods.",
        (1, *_POD, "priorityClassName"): "As the operator's own pods, which never start without the bridge.",
        (1, *_POD, "securityContext"): "Root, because the folder belongs to root; without a capability or privilege.",
        (1, *_POD, "volumes", 1): "The only thing of the host that the pod can write to.",
        (*container, "livenessProbe"): "The loop touches the file after each round that succeeded.",
    }


def _reference(image: Decision[Image]) -> str | None:
    """What is pulled; an image that is unknown is left out, and explain says why."""
    return image.value.reference if isinstance(image, Known) else None
