"""OPR: chart versions that cannot run on the Talos release, or that nobody runs there."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.versions import refused, too_old
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import STACK, is_operator
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]


def _refused(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if is_operator(chart):
        yield from refused(chart, STACK, facts)


def _too_old(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if is_operator(chart):
        yield from too_old(chart, STACK, facts)


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR002",
        name="operator that cannot run on this Talos",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_refused,
        remedy="Write another version of the chart.",
        source="NVIDIA/gpu-operator#2239; NVIDIA/gpu-operator#2382",
        waivable=True,
    ),
    Rule(
        id="OPR003",
        name="operator too old for this Talos",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_too_old,
        remedy="Write a newer version of the chart.",
        source="docs.siderolabs.com/talos/v1.13 nvidia-gpu; NVIDIA/gpu-operator:validator/main.go",
    ),
)
