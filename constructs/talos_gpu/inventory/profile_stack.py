"""The chart of a profile's stack, as a subject of rules: what the user set stands where it is written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from talos_gpu.inventory.profile_pool import Refused, is_refused, said_by
from talos_gpu.inventory.subject import Chart
from talos_gpu.inventory.tree import key_at, list_of, map_of
from talos_gpu.inventory.value import Value
from talos_gpu.plan.model import ChartPlan, StackPlan
from talos_gpu.yaml_events import Node, ScalarNode

__all__ = ["stack_chart"]

_CHARTS = {"gpu-operator": "gpu-operator", "device-plugin": "nvidia-device-plugin"}
"""Charts by the word that a profile has for the stack."""


def stack_chart(root: Value, plan: StackPlan | None, refused: Refused) -> Chart | None:
    """The chart of the stack as it will be installed, or without a plan as far as the profile says it.

    None without one, where the plan refuses something in it, and where only a plan would tell its version.
    """
    stack = root.get("stack")
    kind = plan.kind.value if plan else (stack if stack.is_scalar else stack.get("kind")).text
    if kind not in _CHARTS or any(is_refused(value, refused) for value in stack.walk()):
        return None
    place = stack if stack.exists else root
    chart = plan.chart if plan else None
    version, own = stack.get("chart", "version"), stack.get("values")
    if chart is None and not version.exists:
        return None
    return Chart(
        name=_CHARTS[kind],
        origin="profile",
        place=place,
        version=said_by(place, chart.version.value) if chart and not version.exists else version,
        namespace=stack.get("namespace").text or (plan.namespace.value if plan else ""),
        values=_planned(chart, own, place) if chart else own,
        layers=(own,) if own else (),
        complete=chart is not None,
    )


def _planned(chart: ChartPlan, own: Value, place: Value) -> Value:
    """All values of the release: those of the plan stand at the stack."""
    node = _node(chart.values.value, own, place)
    return Value(node, own.place if own.exists else place.place, ("stack", "values"), own.key)


def _node(data: Any, own: Value, place: Value) -> Node:
    if isinstance(data, Mapping):
        keys = {key: value.key for key, value in own.pairs()}
        pairs = {
            key: (key_at(key, keys.get(key) or place.place), _node(value, own.get(key), place))
            for key, value in data.items()
        }
        return map_of(pairs, own.place if own.is_map else place.place)
    if own.node is not None and own.data == data:
        return own.node
    if isinstance(data, list | tuple):
        return list_of([_node(item, Value(None, place.place), place) for item in data], place.place)
    return _scalar(data, place)


def _scalar(data: Any, place: Value) -> Node:
    if data is None or isinstance(data, bool):
        return ScalarNode({None: "null", True: "true", False: "false"}[data], True, "", place.place)
    return ScalarNode(str(data), not isinstance(data, str), "", place.place)
