"""Argo CD's Application and ApplicationSet: the charts that their sources name."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory.kubernetes.layer import set_value, unknown_at, values_of
from talos_gpu.inventory.kubernetes.manifest import Manifest, Manifests
from talos_gpu.inventory.kubernetes.objects import object_of
from talos_gpu.inventory.kubernetes.release import Release, chart_name
from talos_gpu.inventory.value import Value

__all__ = ["application_releases", "application_spec", "cluster_of", "helm_layers", "sources_of"]

_OWN = frozenset({"in-cluster", "https://kubernetes.default.svc", "https://kubernetes.default.svc.cluster.local"})


def application_spec(manifest: Manifest) -> Value:
    """The spec of the Application, or of those that the ApplicationSet makes."""
    spec = manifest.root.get("spec")
    return spec.get("template", "spec") if manifest.kind == "ApplicationSet" else spec


def cluster_of(manifest: Manifest) -> str:
    """What Argo CD calls the cluster that the object speaks of; empty for its own, and where nobody says it."""
    if manifest.kind not in ("Application", "ApplicationSet"):
        return manifest.cluster
    destination = application_spec(manifest).get("destination")
    word = (destination.get("name").text or destination.get("server").text or "").rstrip("/")
    return "" if word in _OWN else word


def sources_of(manifest: Manifest) -> tuple[Value, ...]:
    """All sources of the Application."""
    spec = application_spec(manifest)
    return tuple(spec.get("sources").items()) or ((spec.get("source"),) if spec.get("source") else ())


def application_releases(manifest: Manifest, manifests: Manifests) -> Iterator[Release]:
    """A release for every source that is a chart of a repository of charts, or a chart's folder in NVIDIA's Git."""
    patched = bool(manifest.root.get("spec", "templatePatch"))
    sources = sources_of(manifest)
    references = {name for name in (source.get("ref").text for source in sources) if name}
    for source in sources:
        chart = source.get("chart").text or _chart_in_git(source)
        if chart is None:
            continue
        yield Release(
            chart_name(chart),
            "argocd",
            manifest.root,
            source.get("targetRevision"),
            application_spec(manifest).get("destination", "namespace").text or "",
            tuple(helm_layers(source.get("helm"), references, manifests)),
            object_of(manifest),
            source.get("repoURL"),
            manifest.whole and not patched,
            manifest.file,
            manifest.start,
        )


def helm_layers(
    helm: Value, references: set[str], manifests: Manifests, folder: str | None = None
) -> Iterator[Value | None]:
    """The layers of values that the `helm` part of a source adds, in the order of Argo CD; `folder` is the chart's."""
    optional = helm.get("ignoreMissingValueFiles").boolean is True and folder is not None
    for entry in helm.get("valueFiles").items():
        layer = _values_file(entry, references, manifests, folder)
        if layer is not None or entry.text is None or not optional:
            yield layer
    if helm.get("valuesObject"):
        yield helm.get("valuesObject")
    elif helm.get("values"):
        yield manifests.inside(helm.get("values"))
    for entry in helm.get("parameters").items():
        name = entry.get("name")
        yield set_value(name.text or "", name.place, entry.get("value"), entry.get("forceString").boolean is True)
    for entry in helm.get("fileParameters").items():
        name = entry.get("name")
        yield unknown_at(name.text or "", name.place)


def _chart_in_git(source: Value) -> str | None:
    url, path = source.get("repoURL").text or "", source.get("path").text
    return path if path and "github.com/nvidia/" in url.lower() else None


def _values_file(entry: Value, references: set[str], manifests: Manifests, folder: str | None) -> Value | None:
    path = entry.text or ""
    if path.startswith("$"):
        name, _, path = path[1:].partition("/")
        return values_of(manifests.file_at(path, entry.place.file)) if name in references else None
    if path.startswith("/"):
        return values_of(manifests.file_at(path, entry.place.file)) if folder is not None else None
    return values_of(manifests.files.near(f"{folder}/Chart.yaml".lstrip("/"), path)) if folder is not None else None
