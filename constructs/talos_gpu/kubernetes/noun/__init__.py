"""The cdk8s constructs, one Kubernetes noun a module. Importing any of them starts a Node process.

As a library: `PrivilegedNamespace(chart, "namespace", NamespaceProps(name="gpu-operator"))`.
"""

from __future__ import annotations

from talos_gpu.kubernetes.node import choose_node

choose_node()  # Importing cdk8s starts Node, so this comes before every import that does.

from talos_gpu.kubernetes.noun.application import Application  # noqa: E402
from talos_gpu.kubernetes.noun.device_plugin_release import DevicePluginRelease  # noqa: E402
from talos_gpu.kubernetes.noun.flux_kustomization import FluxKustomization  # noqa: E402
from talos_gpu.kubernetes.noun.gpu_operator_release import GpuOperatorRelease  # noqa: E402
from talos_gpu.kubernetes.noun.helm_release import HelmRelease  # noqa: E402
from talos_gpu.kubernetes.noun.helm_source import HelmRepository, OciRepository  # noqa: E402
from talos_gpu.kubernetes.noun.namespace import PrivilegedNamespace  # noqa: E402
from talos_gpu.kubernetes.noun.runtime_class import RuntimeClass  # noqa: E402
from talos_gpu.kubernetes.noun.smoke_test import SmokeTest  # noqa: E402
from talos_gpu.kubernetes.noun.validation_bridge import ValidationBridge  # noqa: E402

__all__ = [
    "Application",
    "DevicePluginRelease",
    "FluxKustomization",
    "GpuOperatorRelease",
    "HelmRelease",
    "HelmRepository",
    "OciRepository",
    "PrivilegedNamespace",
    "RuntimeClass",
    "SmokeTest",
    "ValidationBridge",
]
