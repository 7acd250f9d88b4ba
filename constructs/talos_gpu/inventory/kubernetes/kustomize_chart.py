"""Charts that kustomize inflates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from talos_gpu.inventory.kubernetes.kustomization import Kustomization
from talos_gpu.inventory.kubernetes.layer import values_of
from talos_gpu.inventory.kubernetes.patching import may_mean
from talos_gpu.inventory.kubernetes.release import Release, chart_name
from talos_gpu.inventory.kubernetes.strategic_patch import patched
from talos_gpu.inventory.source_file import Files
from talos_gpu.inventory.value import Value

__all__ = ["inflated_charts"]


_RENDERED = ("ClusterPolicy", "DaemonSet", "Deployment", "NVIDIADriver")
"""What the charts make out of the values that are judged."""


def inflated_charts(top: Kustomization, above: Iterable[Kustomization], files: Files) -> Iterator[Release]:
    """A release for every entry of helmCharts, and of its older spelling; `above` are those that include it."""
    whole = all(_leaves_charts_alone(item, files) for item in (top, *above))
    for key, name_key, version_key in (
        ("helmCharts", "name", "version"),
        ("helmChartInflationGenerator", "chartName", "chartVersion"),
    ):
        for entry in top.root.get(key).items():
            name = entry.get(name_key).text
            if name is None:
                continue
            repository = entry.get("repo") if key == "helmCharts" else entry.get("chartRepo")
            yield Release(
                chart_name(name),
                "kustomize",
                entry,
                entry.get(version_key),
                (entry.get("namespace").text or entry.get("releaseNamespace").text or _namespace(top)),
                tuple(_layers(entry, top, files)),
                None,
                repository,
                whole,
                top.file.path,
                top.file.path,
            )


def _leaves_charts_alone(top: Kustomization, files: Files) -> bool:
    """Whether the objects stay as the chart renders them."""
    return top.followed and not may_mean(_RENDERED, top.patches(), top.file.path, files)


def _namespace(top: Kustomization) -> str:
    return top.root.get("namespace").text or ""


def _layers(entry: Value, top: Kustomization, files: Files) -> Iterator[Value | None]:
    reference = entry.get("valuesFile") or entry.get("values")
    file = values_of(files.near(top.file.path, reference.text)) if reference and reference.text else None
    inline = entry.get("valuesInline")
    if reference and file is None:
        yield None
    elif file is not None and inline.is_map and entry.get("valuesMerge").text == "merge":
        yield inline
        yield file
    elif file is not None and entry.get("valuesMerge").text != "replace":
        yield _overridden(file, inline)
    if inline.is_map and (file is None or entry.get("valuesMerge").text == "replace"):
        yield inline
    for extra in entry.get("additionalValuesFiles").items():
        yield values_of(files.near(top.file.path, extra.text)) if extra.text else None


def _overridden(file: Value, inline: Value) -> Value:
    """The file with the inline values over it: to kustomize a null deletes what the file says."""
    if file.node is None or inline.node is None:
        return file if inline.node is None else inline
    return replace(inline, node=patched(file.node, inline.node, built_in=False))
