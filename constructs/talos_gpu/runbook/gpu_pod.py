"""A throw-away pod that runs nvidia-smi, as `kubectl run` overrides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.profile.stack import Toleration

__all__ = ["image", "overrides", "requested"]


def overrides(plan: ClusterPlan, image: str, *, limit: bool) -> Mapping[str, Any]:
    """Returns the pod's overrides; with `limit` it requests one GPU, and so tests that a GPU can be allocated.

    `kubectl run --overrides` replaces the list of containers, hence the whole container, with its terminal.
    """
    spec: dict[str, Any] = {}
    if plan.workload.runtime_class.value:
        spec["runtimeClassName"] = plan.workload.runtime_class.value
    if plan.stack.node_selector.value:
        spec["nodeSelector"] = dict(plan.stack.node_selector.value)
    if plan.stack.tolerations.value:
        spec["tolerations"] = [_toleration(toleration) for toleration in plan.stack.tolerations.value]
    if limit:
        container = {"name": "nvidia-smi", "image": image, "command": ["nvidia-smi"], "stdin": True, "tty": True}
        spec["containers"] = [{**container, "resources": {"limits": {requested(plan): "1"}}}]
    return {"spec": spec}


def requested(plan: ClusterPlan) -> str:
    """Returns the resource that a GPU pod requests."""
    return plan.workload.resource


def _toleration(toleration: Toleration) -> dict[str, Any]:
    fields = toleration.model_dump(exclude_none=True)
    seconds = fields.pop("toleration_seconds", None)
    return fields if seconds is None else {**fields, "tolerationSeconds": seconds}


def image(plan: ClusterPlan) -> str | None:
    """Returns the image of the test pod, None where it is unknown."""
    decision = plan.smoke_test.smi_image
    return decision.value.reference if isinstance(decision, Known) else None
