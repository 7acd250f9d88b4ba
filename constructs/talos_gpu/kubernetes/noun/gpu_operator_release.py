"""The GPU operator, installed and upgraded by Flux."""

from __future__ import annotations

from constructs import Construct

from talos_gpu.kubernetes.noun.helm_release import HelmRelease
from talos_gpu.kubernetes.props import GpuOperatorReleaseProps, HelmReleaseProps

__all__ = ["GpuOperatorRelease"]

_CHART = "gpu-operator"


class GpuOperatorRelease(HelmRelease):
    """A HelmRelease of the operator's chart; it carries CRDs, which Helm by itself would never upgrade."""

    def __init__(self, scope: Construct, construct_id: str, props: GpuOperatorReleaseProps) -> None:
        release = HelmReleaseProps(
            _CHART,
            props.namespace,
            props.source_name,
            props.values_config_map,
            props.version,
            crds=True,
            wait=props.wait,
        )
        super().__init__(scope, construct_id, release)
