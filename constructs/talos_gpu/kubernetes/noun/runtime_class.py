"""The RuntimeClass by which pods ask for NVIDIA's container runtime."""

from __future__ import annotations

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.props import RuntimeClassProps

__all__ = ["RuntimeClass"]


class RuntimeClass(Construct):
    """A RuntimeClass whose handler Talos's toolkit extension registers with containerd."""

    def __init__(self, scope: Construct, construct_id: str, props: RuntimeClassProps) -> None:
        super().__init__(scope, construct_id)
        add_object(
            self,
            "runtime-class",
            "node.k8s.io/v1",
            "RuntimeClass",
            props.name,
            annotations=props.annotations,
            handler=props.handler,
        )
