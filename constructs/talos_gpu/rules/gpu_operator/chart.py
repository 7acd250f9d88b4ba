"""Which subject is the GPU operator, and on which Talos it can run."""

from __future__ import annotations

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.upstream import is_upstream

__all__ = ["OPERATOR", "STACK", "is_operator"]

OPERATOR = "gpu-operator"
STACK = "gpu-operator"
"""Its name among the stacks of an era."""


def is_operator(chart: Chart) -> bool:
    """Whether the release is of NVIDIA's chart of the GPU operator."""
    return is_upstream(chart, OPERATOR)
