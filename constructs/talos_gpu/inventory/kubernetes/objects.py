"""The kinds of objects that matter to a GPU."""

from __future__ import annotations

from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.subject import Object

__all__ = ["GROUPS", "matters", "object_of"]

GROUPS = {
    "": {"ConfigMap", "Namespace", "Pod"},
    "apps": {"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"},
    "argoproj.io": {"Application", "ApplicationSet"},
    "batch": {"CronJob", "Job"},
    "helm.cattle.io": {"HelmChart", "HelmChartConfig"},
    "helm.toolkit.fluxcd.io": {"HelmRelease"},
    "kustomize.toolkit.fluxcd.io": {"Kustomization"},
    "nfd.k8s-sigs.io": {"NodeFeature", "NodeFeatureRule"},
    "node.k8s.io": {"RuntimeClass"},
    "nvidia.com": {"ClusterPolicy", "NVIDIADriver"},
    "resource.k8s.io": {"DeviceClass", "ResourceClaim", "ResourceClaimTemplate"},
    "source.toolkit.fluxcd.io": {"GitRepository", "HelmChart", "HelmRepository", "OCIRepository"},
}
"""Kinds by API group."""
_SIGNS = {
    "kubeadm.k8s.io": {"ClusterConfiguration", "InitConfiguration", "JoinConfiguration"},
    "k3s.cattle.io": {"Addon", "ETCDSnapshotFile"},
    "tuppr.home-operations.com": {"KubernetesUpgrade", "TalosUpgrade"},
    "upgrade.cattle.io": {"Plan"},
}
"""Kinds that tell what a cluster is made of."""


def matters(manifest: Manifest) -> bool:
    """Whether its kind says something about a GPU or about the cluster."""
    return any(manifest.kind in kinds.get(manifest.group, ()) for kinds in (GROUPS, _SIGNS))


def object_of(manifest: Manifest) -> Object | None:
    """The object, or None where its kind says nothing about a GPU."""
    if manifest.kind not in GROUPS.get(manifest.group, ()):
        return None
    return Object(manifest.root, manifest.api_version, manifest.kind, manifest.name, manifest.namespace, manifest.live)
