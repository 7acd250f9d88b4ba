"""The device plugin, installed and upgraded by Flux."""

from __future__ import annotations

from constructs import Construct

from talos_gpu.kubernetes.noun.helm_release import HelmRelease
from talos_gpu.kubernetes.props import DevicePluginReleaseProps, HelmReleaseProps

__all__ = ["DevicePluginRelease"]

_CHART = "nvidia-device-plugin"


class DevicePluginRelease(HelmRelease):
    """A HelmRelease of the plugin's chart. What it creates becomes ready, so Flux may always wait for it."""

    def __init__(self, scope: Construct, construct_id: str, props: DevicePluginReleaseProps) -> None:
        release = HelmReleaseProps(
            _CHART, props.namespace, props.source_name, props.values_config_map, props.version, crds=props.crds
        )
        super().__init__(scope, construct_id, release)
