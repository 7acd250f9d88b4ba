"""What the data say must be done by hand around a change: rows with conditions on the plan before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from talos_gpu.plan.model import ClusterPlan
from talos_gpu.review.rollout.plan import RolloutStep
from talos_gpu.runbook.condition import holds
from talos_gpu.runbook.facts import facts
from talos_gpu.talos.shell import quote

__all__ = ["Row", "row_steps", "rows"]


@dataclass(frozen=True, slots=True)
class Row:
    """`before` and `after` are conditions on the facts of both plans. `commands` has one line a delivery engine.

    `control_planes`: only where the image of a control plane changes.
    """

    id: str
    phase: Literal["before", "after"]
    title: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    control_planes: bool
    commands: Mapping[str, str]
    note: str
    back: str
    source: str


@cache
def rows() -> tuple[Row, ...]:
    """Every row, in the order in which the steps are taken."""
    text = (files("talos_gpu.review") / "data" / "rollout.yaml").read_text(encoding="utf-8")
    return tuple(_row(row) for row in yaml.load(text, Loader=yaml.CSafeLoader)["rows"])


def row_steps(
    phase: Literal["before", "after"], before: ClusterPlan, after: ClusterPlan, *, control_planes: bool
) -> Iterator[RolloutStep]:
    """The steps of the rows that hold for a change of `before` into `after`."""
    old, new = facts(before), facts(after)
    for row in rows():
        fits = row.phase == phase and holds(row.before, old) and holds(row.after, new)
        if fits and (control_planes or not row.control_planes):
            line = row.commands[before.delivery.engine].format(**_words(before))
            yield RolloutStep(phase, row.title, line, row.note, back=row.back, source=row.source)


def _row(data: Mapping[str, Any]) -> Row:
    command = data["command"]
    commands = command if isinstance(command, dict) else dict.fromkeys(("flux", "argocd", "plain"), command)
    return Row(
        id=data["id"],
        phase=data["phase"],
        title=data["title"],
        before=data["from"],
        after=data["to"],
        control_planes=data.get("only") == "control-planes",
        commands=commands,
        note=data["note"],
        back=data.get("back", ""),
        source=data["source"],
    )


def _words(plan: ClusterPlan) -> Mapping[str, str]:
    """What a command may name, quoted."""
    chart = plan.stack.chart
    control = [node.address for pool in plan.pools if pool.role == "control-plane" for node in pool.nodes]
    return {
        "cluster": quote(plan.cluster),
        "control_plane": quote(control[0] if control else "CONTROL_PLANE"),
        "release": quote(chart.release if chart else ""),
        "namespace": quote(plan.stack.namespace.value),
        "engine_namespace": quote(plan.delivery.namespace),
        "chart_application": quote(f"{plan.cluster}-gpu-chart"),
    }
