"""Taints of GPU nodes that the pods of a chart do not tolerate."""

from __future__ import annotations

from talos_gpu.inventory import Chart
from talos_gpu.plan.toleration import taint_tolerated
from talos_gpu.profile.pool import Taint as PoolTaint
from talos_gpu.rules.charts.settings import defaults
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.kubernetes_objects.scheduling import Taint, repelling, tolerates
from talos_gpu.yaml_events import excerpt

__all__ = ["toleration_lines", "untolerated_taint"]


def untolerated_taint(chart: Chart, path: str, facts: Facts) -> Taint | None:
    """A taint for which pods with the tolerations at a path run on no GPU node; None where none is sure."""
    return repelling(facts.cluster, lambda taint: _tolerated(taint, chart, path, facts))


def _tolerated(taint: Taint, chart: Chart, path: str, facts: Facts) -> bool:
    written = chart.value(path)
    if written.exists:
        return written.opaque or any(tolerates(item, taint) for item in written.items())
    found = defaults(chart, path, facts)
    lists = [default if isinstance(default, list) else [] for default in found]
    return not lists or any(taint_tolerated(_as_of_a_pool(taint), present) for present in lists)


def _as_of_a_pool(taint: Taint) -> PoolTaint:
    return PoolTaint.model_validate({"key": taint.key, "value": taint.value, "effect": taint.effect})


def toleration_lines(taint: Taint, path: str) -> str:
    """The lines of values that tolerate it at a path."""
    steps = path.split(".")
    above = "".join(f"{'  ' * depth}{step}:\n" for depth, step in enumerate(steps))
    key = excerpt(taint.key)
    return f"{above}{'  ' * len(steps)}- {{key: {key}, operator: Exists, effect: {taint.effect}}}"
