"""All releases of charts in a repository, by whatever tool they are delivered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from talos_gpu.inventory.kubernetes.application import (
    application_releases,
    application_spec,
    cluster_of,
    helm_layers,
    sources_of,
)
from talos_gpu.inventory.kubernetes.applied import Delivery
from talos_gpu.inventory.kubernetes.helm_chart import helm_chart_release
from talos_gpu.inventory.kubernetes.helm_release import chart_path, helm_release
from talos_gpu.inventory.kubernetes.helmfile import helmfile_releases, is_helmfile
from talos_gpu.inventory.kubernetes.kustomize_chart import inflated_charts
from talos_gpu.inventory.kubernetes.manifest import Manifest, Manifests
from talos_gpu.inventory.kubernetes.objects import object_of
from talos_gpu.inventory.kubernetes.release import Release
from talos_gpu.inventory.kubernetes.umbrella import ChartUser, is_umbrella, umbrella_releases
from talos_gpu.inventory.kubernetes.values_file import values_files
from talos_gpu.inventory.source_file import Files

__all__ = ["releases"]


def releases(delivery: Delivery, manifests: Manifests, files: Files, claimed: frozenset[str]) -> Iterator[Release]:
    """Every release that is applied, then values files that no release reads."""
    found = [*_of_objects(manifests), *_of_files(delivery, manifests, files, claimed)]
    yield from found
    read = {layer.place.file for release in found for layer in release.layers if layer is not None}
    # Beside a kustomization lies what it names, or what is not in use.
    own = {file.path for file in files if delivery.kustomizations.at(file.folder) or delivery.is_left_out(file.path)}
    taken = claimed.union(delivery.used_files, read, own, (item.file for item in manifests))
    yield from values_files(files, taken, {item.file.rpartition("/")[0]: item.chart for item in found})


def _of_objects(manifests: Manifests) -> Iterator[Release]:
    for manifest in manifests:
        if not manifest.live:
            continue
        if manifest.kind == "HelmRelease":
            release = helm_release(manifest, manifests)
        elif manifest.kind == "HelmChart" and manifest.group == "helm.cattle.io":
            release = helm_chart_release(manifest, manifests)
        else:
            release = None
        found = [release] if release is not None else []
        if manifest.kind in ("Application", "ApplicationSet"):
            found += application_releases(manifest, manifests)
        yield from (replace(release, cluster=cluster_of(manifest)) for release in found)


def _of_files(delivery: Delivery, manifests: Manifests, files: Files, claimed: frozenset[str]) -> Iterator[Release]:
    for top in delivery.kustomizations:
        if top.inflates and top.file.path not in delivery.dead:
            yield from inflated_charts(top, delivery.around(top), files)
    for file in files:
        if file.path in claimed or delivery.is_left_out(file.path):
            continue
        if is_helmfile(file):
            yield from helmfile_releases(file, files)
        elif is_umbrella(file):
            yield from umbrella_releases(file, _users(file.folder, delivery, manifests), files)


def _users(folder: str, delivery: Delivery, manifests: Manifests) -> Iterator[ChartUser]:
    """The Applications and HelmReleases that install the chart of a folder."""
    for manifest in manifests:
        if not manifest.live:
            continue
        if manifest.kind in ("Application", "ApplicationSet") and folder in delivery.folders_of(manifest):
            yield _application(manifest, folder, manifests)
        elif manifest.kind == "HelmRelease" and delivery.is_folder(chart_path(manifest), folder):
            release = helm_release(manifest, manifests)
            if release is not None:
                yield ChartUser(
                    "flux",
                    release.namespace,
                    release.layers,
                    release.object,
                    manifest.whole,
                    manifest.start,
                    manifest.cluster,
                )


def _application(manifest: Manifest, folder: str, manifests: Manifests) -> ChartUser:
    sources = sources_of(manifest)
    references = {name for source in sources if (name := source.get("ref").text)}
    layers = [
        layer
        for source in sources
        if source.get("path")
        for layer in helm_layers(source.get("helm"), references, manifests, folder)
    ]
    namespace = application_spec(manifest).get("destination", "namespace").text or ""
    cluster = cluster_of(manifest)
    return ChartUser("argocd", namespace, layers, object_of(manifest), manifest.whole, manifest.start, cluster)
