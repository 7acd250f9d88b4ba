"""Flux's HelmRelease, of every version of its API."""

from __future__ import annotations

from talos_gpu.inventory.kubernetes.layer import set_value, unknown_at
from talos_gpu.inventory.kubernetes.manifest import Manifest, Manifests
from talos_gpu.inventory.kubernetes.objects import object_of
from talos_gpu.inventory.kubernetes.release import Release, chart_name
from talos_gpu.inventory.kubernetes.tree import absent
from talos_gpu.inventory.value import Value

__all__ = ["chart_path", "helm_release"]


def helm_release(manifest: Manifest, manifests: Manifests) -> Release | None:
    """The release, or None where its chart cannot be told."""
    spec = manifest.root.get("spec")
    source = _chart_reference(manifest, manifests) if spec.get("chartRef") else _chart_template(manifest, manifests)
    if source is None:
        return None
    chart, version, repository = source
    layers: list[Value | None] = [None] if spec.get("chart", "spec", "valuesFiles") else []
    layers += [_values_from(entry, manifest, manifests) for entry in spec.get("valuesFrom").items()]
    if spec.get("values").exists:
        layers.append(spec.get("values"))
    return Release(
        chart,
        "flux",
        manifest.root,
        version,
        _namespace(spec.get("targetNamespace"), manifest),
        layers,
        object_of(manifest),
        repository,
        manifest.whole and _is_rendered_as_told(spec),
        manifest.file,
        manifest.start,
    )


def chart_path(manifest: Manifest) -> str:
    """The folder of its chart in a Git repository; empty where it comes from elsewhere."""
    template = manifest.root.get("spec", "chart", "spec")
    in_git = template.get("sourceRef", "kind").text == "GitRepository"
    return (template.get("chart").text or "") if in_git else ""


def _namespace(target: Value, manifest: Manifest) -> str:
    return target.text or "" if target else manifest.namespace


def _chart_template(manifest: Manifest, manifests: Manifests) -> tuple[str, Value, Value] | None:
    return _chart_of(manifest.root.get("spec", "chart", "spec"), manifest, manifests)


def _chart_of(template: Value, manifest: Manifest, manifests: Manifests) -> tuple[str, Value, Value] | None:
    name = template.get("chart").text
    if name is None:
        return None
    reference = template.get("sourceRef")
    source = _referred(reference, manifest, manifests)
    url = source.root.get("spec", "url") if source else reference.get("name")
    version = template.get("version")
    if source and source.kind == "GitRepository" and not version:
        version = _git_reference(source.root)
    return chart_name(name), version, url or reference.get("name")


def _git_reference(root: Value) -> Value:
    reference = root.get("spec", "ref")
    return next((reference.get(key) for key in ("tag", "semver") if reference.get(key)), reference.get("tag"))


def _chart_reference(manifest: Manifest, manifests: Manifests) -> tuple[str, Value, Value] | None:
    reference = manifest.root.get("spec", "chartRef")
    source = _referred(reference, manifest, manifests)
    if source is None:
        # Without its source, the name of the reference is the only thing that tells the chart.
        name = reference.get("name").text
        return (name, absent(reference.place), reference.get("name")) if name else None
    if source.kind == "HelmChart":
        return _chart_of(source.root.get("spec"), source, manifests)
    url = source.root.get("spec", "url")
    if url.text is None:
        return None
    tag = source.root.get("spec", "ref")
    version = next((tag.get(key) for key in ("tag", "semver") if tag.get(key)), tag.get("tag"))
    return chart_name(url.text), version, url


def _referred(reference: Value, manifest: Manifest, manifests: Manifests) -> Manifest | None:
    namespace = reference.get("namespace").text or manifest.namespace
    return manifests.find(manifest, reference.get("kind").text or "", reference.get("name").text or "", namespace)


def _values_from(entry: Value, manifest: Manifest, manifests: Manifests) -> Value | None:
    value, target = _told_by(entry, manifest, manifests), entry.get("targetPath")
    if target:
        # One that is somewhere else, such as a Secret, overrides nothing but what stands at its path.
        name = target.text or ""
        return unknown_at(name, target.place) if value is None else set_value(name, value.place, value, forced=False)
    # What a generator took from a file is a map already.
    return value if value is None or value.is_map else manifests.inside(value)


def _told_by(entry: Value, manifest: Manifest, manifests: Manifests) -> Value | None:
    """What stands under the key of a ConfigMap; None where nobody here says it."""
    if entry.get("kind").text != "ConfigMap":
        return None
    found = manifests.find(manifest, "ConfigMap", entry.get("name").text or "", manifest.namespace)
    if found is None or not found.whole:
        return None
    return found.root.get("data", entry.get("valuesKey").text or "values.yaml")


def _is_rendered_as_told(spec: Value) -> bool:
    """Whether nothing changes the chart's objects after the values had their say; other images change nothing here."""
    return not any(
        key != "images"
        for renderer in spec.get("postRenderers").items()
        for part in (renderer.get("kustomize"),)
        for key, value in part.pairs()
        if value
    )
