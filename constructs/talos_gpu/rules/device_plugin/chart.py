"""Which subject is the device plugin's own chart."""

from __future__ import annotations

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.upstream import is_upstream

__all__ = ["PLUGIN", "STACK", "is_plugin"]

PLUGIN = "nvidia-device-plugin"
STACK = "device-plugin"
"""Its name among the stacks of an era."""


def is_plugin(chart: Chart) -> bool:
    """Whether the release is of NVIDIA's chart of the device plugin."""
    return is_upstream(chart, PLUGIN)
