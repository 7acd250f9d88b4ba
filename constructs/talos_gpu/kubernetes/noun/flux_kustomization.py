"""A folder of Git, applied by Flux."""

from __future__ import annotations

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.props import FluxKustomizationProps

__all__ = ["FluxKustomization"]


class FluxKustomization(Construct):
    """A Kustomization that applies what lies at its path, and removes what no longer does."""

    def __init__(self, scope: Construct, construct_id: str, props: FluxKustomizationProps) -> None:
        super().__init__(scope, construct_id)
        spec = {
            **({"dependsOn": [{"name": name} for name in props.depends_on]} if props.depends_on else {}),
            "interval": "1h",
            "retryInterval": "2m",
            "timeout": "20m",
            "path": props.path,
            "prune": True,
            "wait": props.wait,
            **({"force": True} if props.force else {}),
            "sourceRef": {
                "kind": props.source_kind,
                "name": props.source_name,
                "namespace": props.source_namespace,
            },
        }
        add_object(
            self,
            "kustomization",
            "kustomize.toolkit.fluxcd.io/v1",
            "Kustomization",
            props.name,
            namespace=props.namespace,
            spec=spec,
        )
