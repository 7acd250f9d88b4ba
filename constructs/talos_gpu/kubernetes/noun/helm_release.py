"""A chart, installed and upgraded by Flux."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from talos_gpu.kubernetes.noun.api_object import add_object
from talos_gpu.kubernetes.props import HelmReleaseProps

__all__ = ["HelmRelease"]


class HelmRelease(Construct):
    """A HelmRelease whose values come from a ConfigMap: in place, a null would be lost on the way."""

    def __init__(self, scope: Construct, construct_id: str, props: HelmReleaseProps) -> None:
        super().__init__(scope, construct_id)
        spec = {
            "interval": "1h",
            "releaseName": props.chart,
            # Images of the stack are large: minutes on a slow line.
            "timeout": "15m",
            **_chart(props),
            "install": _action(props),
            "upgrade": _action(props),
            "valuesFrom": [{"kind": "ConfigMap", "name": props.values_config_map, "valuesKey": "values.yaml"}],
        }
        add_object(
            self,
            "release",
            "helm.toolkit.fluxcd.io/v2",
            "HelmRelease",
            props.chart,
            namespace=props.namespace,
            spec=spec,
        )


def _chart(props: HelmReleaseProps) -> dict[str, Any]:
    if props.version is None:
        return {"chartRef": {"kind": "OCIRepository", "name": props.source_name}}
    source = {"kind": "HelmRepository", "name": props.source_name}
    return {"chart": {"spec": {"chart": props.chart, "version": props.version, "sourceRef": source}}}


def _action(props: HelmReleaseProps) -> dict[str, Any]:
    return {
        **({"crds": "CreateReplace"} if props.crds else {}),
        **({} if props.wait else {"disableWait": True}),
        "remediation": {"retries": 3},
    }
