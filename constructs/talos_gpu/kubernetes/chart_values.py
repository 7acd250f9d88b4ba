"""The chart's values as a file of their own, in which a null stays a null."""

from __future__ import annotations

from talos_gpu.document import YamlDocument
from talos_gpu.plan.model import ChartPlan, StackPlan

__all__ = ["VALUES", "chart_values", "stack_folder"]

VALUES = "values.yaml"


def stack_folder(stack: StackPlan) -> str:
    """Where the chart's files lie, below the cluster's folder."""
    return f"kubernetes/{stack.kind.value}"


def chart_values(stack: StackPlan, chart: ChartPlan) -> YamlDocument:
    """values.yaml: only what differs from the chart's defaults, each with its why."""
    comments = {(0, *path): text for path, text in chart.comments.items()}
    return YamlDocument(f"{stack_folder(stack)}/{VALUES}", [chart.values.value], comments)
