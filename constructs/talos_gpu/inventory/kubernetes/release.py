"""A release of a chart as every tool of delivery describes it: name, version, and layers of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from talos_gpu.inventory.kubernetes.tree import absent
from talos_gpu.inventory.subject import Chart, Object, Origin
from talos_gpu.inventory.value import Value, merged

__all__ = ["APP_TEMPLATE", "CHARTS", "Release", "chart_name"]

CHARTS = (
    "gpu-operator",
    "nvidia-device-plugin",
    "node-feature-discovery",
    "nvidia-dra-driver-gpu",
    "dra-driver-nvidia-gpu",
)
"""The charts that matter to a GPU."""
APP_TEMPLATE = "app-template"
"""The chart of bjw-s that many people use for every workload."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release of any chart. `layers` are in the order in which they count; None is one that could not be read."""

    chart: str
    origin: Origin
    place: Value
    version: Value
    namespace: str
    layers: Sequence[Value | None] = ()
    object: Object | None = None
    repository: Value | None = None
    whole: bool = True
    file: str = ""
    start: str = ""
    cluster: str = ""
    """As a manifest has it."""

    @property
    def values(self) -> Value:
        """The layers merged; what an unread one may have overridden is left out."""
        known = self.layers[_after_last_unread(self.layers) :]
        result = absent(self.place.place)
        for layer in known:
            if layer is not None:
                result = merged(result, layer)
        return result

    @property
    def complete(self) -> bool:
        """Whether every layer could be read and nothing unknown changes it."""
        return self.whole and all(layer is not None and not layer.opaque for layer in self.layers)

    @property
    def subject(self) -> Chart | None:
        """The chart, where it matters to a GPU."""
        if self.chart not in CHARTS:
            return None
        return Chart(
            name=self.chart,
            origin=self.origin,
            place=self.place,
            version=self.version,
            namespace=self.namespace,
            values=self.values,
            layers=tuple(layer for layer in self.layers if layer),
            complete=self.complete,
            object=self.object,
            repository=self.repository,
        )


def chart_name(reference: str) -> str:
    """The chart's own name behind `repo/name`, an OCI address or a path."""
    last = reference.rstrip("/").rpartition("/")[2]
    name, separator, _ = last.rpartition(":")
    return name if separator and "://" in reference else last


def _after_last_unread(layers: Sequence[Value | None]) -> int:
    return max((index + 1 for index, layer in enumerate(layers) if layer is None), default=0)
