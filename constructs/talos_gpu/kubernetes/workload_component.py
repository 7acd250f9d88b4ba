"""A kustomize Component that makes every workload of a kustomization a GPU workload of this cluster.

Patches merge the runtime class and the selector. Tolerations and limits go through replacements, because a patch
replaces a list of tolerations and must know a container's name. A replacement copies from an object, so the Component
brings one and removes it again at its end: an object that stayed would clash where two applications of one build use
the Component. Tried with kustomize v5.8.2 (2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from talos_gpu.document import KeyPath, YamlDocument
from talos_gpu.kubernetes.pod import tolerations_of
from talos_gpu.plan.model import ClusterPlan

__all__ = ["COMPONENT", "workload_component"]

COMPONENT = "components/gpu-workload"

_SOURCE = {"apiVersion": "talos-gpu.local/v1", "kind": "GpuWorkload", "metadata": {"name": "gpu-workload"}}
"""Never reaches a cluster; what the replacements copy lies in its spec."""


class _Kinds(NamedTuple):
    """Kinds whose pod lies at the same place. `file` holds their patch, written for the first of them."""

    kinds: str
    pod: tuple[str, ...]
    api_version: str
    file: str


_WORKLOADS = (
    _Kinds("Deployment|StatefulSet|DaemonSet|Job", ("spec", "template", "spec"), "apps/v1", "workload.yaml"),
    _Kinds("CronJob", ("spec", "jobTemplate", "spec", "template", "spec"), "batch/v1", "cron-job.yaml"),
    _Kinds("Pod", ("spec",), "v1", "pod.yaml"),
)

_USAGE = "\n".join(
    (
        "Makes every workload of a kustomization a GPU workload of this cluster: it adds {parts}.",
        "Works on Deployment, StatefulSet, DaemonSet, Job, CronJob and Pod. In the application's kustomization.yaml, "
        "with the way to this folder:",
        "  components:",
        "    - ../components/gpu-workload",
        "Keep workloads without a GPU in another kustomization. A GPU count of the workload's own is replaced by 1: "
        "for more, or for another container, add a patch beside `components`; it is applied after them.",
        "NVIDIA_VISIBLE_DEVICES stays unset: the device plugin sets it to the allocated GPU, and a pod's own value "
        "would win over that.",
    )
)


def workload_component(plan: ClusterPlan) -> Iterator[YamlDocument]:
    """The Component's folder."""
    pod = _pod(plan)
    tolerations = tolerations_of(plan.stack.tolerations.value)
    usage = _USAGE.format(parts=_parts(pod, has_tolerations=bool(tolerations)))
    yield YamlDocument(f"{COMPONENT}/kustomization.yaml", [_component(plan, pod, len(tolerations))], {(0,): usage})
    if pod:
        for workload in _WORKLOADS:
            yield YamlDocument(f"{COMPONENT}/{workload.file}", [_patch(workload, pod)])
    spec: dict[str, Any] = {"gpus": 1}
    if tolerations:
        spec["tolerations"] = tolerations
    why: dict[KeyPath, str] = {
        (0,): "What the replacements copy. Removed again at the end: no cluster ever sees this object."
    }
    yield YamlDocument(f"{COMPONENT}/gpu-workload.yaml", [{**_SOURCE, "spec": spec}], why)
    yield YamlDocument(f"{COMPONENT}/remove-source.yaml", [_removal()])


def _parts(pod: Mapping[str, Any], *, has_tolerations: bool) -> str:
    """What this plan's Component adds, in words."""
    words = [
        name for key, name in (("runtimeClassName", "runtime class"), ("nodeSelector", "node selector")) if key in pod
    ]
    if has_tolerations:
        words.append("tolerations beside the workload's own")
    return ", ".join([*words, "and one GPU for the first container"])


def _pod(plan: ClusterPlan) -> dict[str, Any]:
    """The fields of the pod that a patch can merge."""
    runtime_class, selector = plan.workload.runtime_class.value, dict(plan.stack.node_selector.value)
    return {
        **({"runtimeClassName": runtime_class} if runtime_class else {}),
        **({"nodeSelector": selector} if selector else {}),
    }


def _component(plan: ClusterPlan, pod: dict[str, Any], tolerations: int) -> dict[str, Any]:
    patches = [{"path": workload.file, "target": {"kind": workload.kinds}} for workload in _WORKLOADS]
    # Both: a request of the workload's own that differed from the limit would be refused by the API server.
    counts = [f"containers.0.resources.{key}.[{plan.workload.resource}]" for key in ("limits", "requests")]
    # No toleration has such a field, so nothing matches, and an element is appended: the workload's own ones stay.
    appended = ((f"spec.tolerations.{n}", f"tolerations.[talos-gpu={n}]") for n in range(tolerations))
    return {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "resources": ["gpu-workload.yaml"],
        **({"patches": patches} if pod else {}),
        "replacements": [_replacement("spec.gpus", *counts), *(_replacement(*pair) for pair in appended)],
        "transformers": ["remove-source.yaml"],
    }


def _replacement(source: str, *fields: str) -> dict[str, Any]:
    """Copies a field of the source into the pods, making the way to it where it is missing."""
    targets = [
        {
            "select": {"kind": workload.kinds},
            "fieldPaths": [".".join((*workload.pod, field)) for field in fields],
            "options": {"create": True},
        }
        for workload in _WORKLOADS
    ]
    return {"source": {"kind": "GpuWorkload", "fieldPath": source}, "targets": targets}


def _patch(workload: _Kinds, pod: dict[str, Any]) -> dict[str, Any]:
    content: dict[str, Any] = pod
    for key in reversed(workload.pod):
        content = {key: content}
    # kustomize wants a name in every patch; the target in kustomization.yaml decides.
    head = {"apiVersion": workload.api_version, "kind": workload.kinds.partition("|")[0], "metadata": {"name": "any"}}
    return {**head, **content}


def _removal() -> dict[str, Any]:
    return {
        "apiVersion": "builtin",
        "kind": "PatchTransformer",
        "metadata": {"name": "remove-source"},
        "target": {"kind": "GpuWorkload"},
        "patch": "$patch: delete\napiVersion: talos-gpu.local/v1\nkind: GpuWorkload\nmetadata:\n  name: gpu-workload\n",
    }
