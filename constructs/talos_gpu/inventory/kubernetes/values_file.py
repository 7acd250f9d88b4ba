"""Values of a GPU chart, or of app-template, in a file that nothing names: somebody gives it to helm by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from talos_gpu.catalog import Missing, NotListed, load_catalogue
from talos_gpu.inventory.kubernetes.release import APP_TEMPLATE, Release
from talos_gpu.inventory.kubernetes.tree import absent
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.value import Value

__all__ = ["values_files"]

_HINTS = {
    "gpu-operator": re.compile(r"gpu-operator"),
    "nvidia-device-plugin": re.compile(r"nvidia-device-plugin|nvidia-plugin|nvdp|/(?:k8s-)?device-plugin"),
}
_OTHER_VENDORS = re.compile(r"amd|intel|rocm|habana|generic-device")
_OPERATOR = frozenset(
    {"cdi", "dcgm", "dcgmExporter", "devicePlugin", "driver", "gfd", "hostPaths", "migManager", "toolkit", "validator"}
)
_OPERATOR_ONLY = frozenset({"dcgmExporter", "devicePlugin", "migManager", "toolkit"})
"""Three of the operator's keys, of which one is hers alone, are her values whatever the file is called."""

_MISTAKEN = frozenset({"flags", "manager", "sharing", "version"})
"""Keys of the plugin's own configuration, and of no chart, that are found among values."""


def values_files(files: Files, taken: frozenset[str], beside: Mapping[str, str]) -> Iterator[Release]:
    """A release for every such file that is not `taken`; several for one chart in a folder may be meant together.

    `beside` says which chart is released from a folder.
    """
    unread = [file for file in files if file.path not in taken]
    found = [(file, chart) for file in unread if (chart := _chart_of(file, files, beside))]
    for file, chart in found:
        root = file.documents[0]
        same = sum(other.folder == file.folder and name == chart for other, name in found)
        # What a release beside it does not read may be a part of something, or a leftover: it lacks nothing.
        alone = chart == APP_TEMPLATE or (same == 1 and beside.get(file.folder) != chart)
        yield Release(
            chart, "helm", root, absent(root.place), "", (root,), whole=alone, file=file.path, start=file.path
        )


def _chart_of(file: SourceFile, files: Files, beside: Mapping[str, str]) -> str:
    if len(file.documents) != 1 or not _may_be_values(file.documents[0]) or files.near(file.path, "Chart.yaml"):
        return ""
    if file.documents[0].get("controllers").exists:
        return APP_TEMPLATE if _has_controllers(file.documents[0]) else ""
    keys = {key for key, _ in file.documents[0].pairs()}
    if len(keys & _OPERATOR) > 2 and keys & _OPERATOR_ONLY and 2 * len(keys & _OPERATOR) >= len(keys):
        return "gpu-operator"
    path = f"/{file.path}".lower().replace("_", "-")
    hinted = [chart for chart, hint in _HINTS.items() if hint.search(path) and not _OTHER_VENDORS.search(path)]
    likely = hinted[:1] or [chart for chart in _HINTS if beside.get(file.folder) == chart]
    return likely[0] if likely and _fits(keys, likely[0], path) else ""


def _may_be_values(root: Value) -> bool:
    foreign = ("apiVersion", "kind", "machine", "cluster", "customization", "releases")
    return root.is_map and not any(root.get(key).exists for key in foreign)


def _has_controllers(root: Value) -> bool:
    return any(controller.get("containers").is_map for _, controller in root.get("controllers").pairs())


def _fits(keys: set[str], chart: str, path: str) -> bool:
    """Whether at least half of the keys are the chart's, and two of them, or all in a file that is called values.

    There those count too that people take for the chart's.
    """
    known = keys & _top_level(chart)
    several = len(known) > 1 or (keys - known <= _MISTAKEN and "values" in path.rpartition("/")[2])
    return bool(known) and several and 2 * len(known) >= len(keys)


@cache
def _top_level(chart: str) -> frozenset[str]:
    """The first words of all paths in the newest value table of a chart."""
    catalogue = load_catalogue()
    found = catalogue.chart(chart)
    for version in reversed(() if isinstance(found, NotListed) else found.versions):
        listed = catalogue.chart_version(chart, version)
        if not isinstance(listed, NotListed) and not isinstance(listed.values, Missing):
            return frozenset(path.partition(".")[0] for path in listed.values.value.paths)
    return frozenset()
