"""The smoke test: a Job that proves that a GPU can be allocated, seen and used."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.pod import scheduling
from talos_gpu.kubernetes.props import SmokeTestProps

__all__ = ["SmokeTest"]

_NAME = "gpu-smoke-test"
_LABELS = (("app.kubernetes.io/name", _NAME),)


class SmokeTest(Construct):
    """A Job of two steps: nvidia-smi lists the GPU, then a CUDA sample computes on it."""

    def __init__(self, scope: Construct, construct_id: str, props: SmokeTestProps) -> None:
        super().__init__(scope, construct_id)
        add_object(
            self,
            "job",
            "batch/v1",
            "Job",
            _NAME,
            namespace=props.namespace,
            labels=_LABELS,
            annotations=props.annotations,
            spec={"backoffLimit": 3, "template": {"metadata": {"labels": dict(_LABELS)}, "spec": _pod(props)}},
        )


def _pod(props: SmokeTestProps) -> dict[str, Any]:
    steps = []
    if props.smi_image:
        steps.append(_step(props, "nvidia-smi", props.smi_image, command=["nvidia-smi"]))
    if props.sample_image:
        steps.append(_step(props, "cuda-sample", props.sample_image))
    return {
        "restartPolicy": "Never",
        **({"runtimeClassName": props.runtime_class} if props.runtime_class else {}),
        "automountServiceAccountToken": False,
        **scheduling(props.node_selector, props.tolerations),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 65534,
            "runAsGroup": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **({"initContainers": steps[:-1]} if steps[:-1] else {}),
        "containers": steps[-1:],
    }


def _step(props: SmokeTestProps, name: str, image: str, **further: Any) -> dict[str, Any]:
    """A container with one GPU. Its root stays writable: the runtime's hook runs ldconfig inside it."""
    return {
        "name": name,
        "image": image,
        **further,
        # A limit on each step: without one the pod tests the runtime, but not the allocation.
        "resources": {"limits": {props.resource: 1}},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
