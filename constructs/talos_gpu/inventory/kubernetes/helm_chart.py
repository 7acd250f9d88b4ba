"""The HelmChart of k3s and RKE2: a release as an object."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory.kubernetes.layer import set_value
from talos_gpu.inventory.kubernetes.manifest import Manifest, Manifests
from talos_gpu.inventory.kubernetes.objects import object_of
from talos_gpu.inventory.kubernetes.release import Release, chart_name
from talos_gpu.inventory.value import Value

__all__ = ["helm_chart_release"]


def helm_chart_release(manifest: Manifest, manifests: Manifests) -> Release | None:
    """The release, or None where its chart cannot be told."""
    spec = manifest.root.get("spec")
    chart = spec.get("chart").text
    if chart is None:
        return None
    namespace = spec.get("targetNamespace")
    return Release(
        chart_name(chart),
        "helm",
        manifest.root,
        spec.get("version"),
        (namespace.text or "") if namespace else manifest.namespace,
        tuple(_layers(spec, manifests)),
        object_of(manifest),
        spec.get("repo") or spec.get("chart"),
        manifest.whole,
        manifest.file,
        manifest.start,
    )


def _layers(spec: Value, manifests: Manifests) -> Iterator[Value | None]:
    if spec.get("valuesContent"):
        yield manifests.inside(spec.get("valuesContent"))
    if spec.get("values"):
        yield spec.get("values")
    if spec.get("valuesSecrets"):
        yield None
    for name, value in spec.get("set").pairs():
        yield set_value(name, value.key or value.place, value, forced=False)
