"""The values of the stack's chart: only what differs from its defaults, each with its why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from talos_gpu.catalog import ChartImage, RequiredValue, StackSupport, ValueTable
from talos_gpu.plan import toleration as tolerations
from talos_gpu.plan.chart_image import image_values
from talos_gpu.plan.merge import merge_values, value_at, with_value
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.resource import DEFAULT_CONFIG, sharing_configs
from talos_gpu.plan.stack_label import gpu_pools
from talos_gpu.plan.user_values import check_required, check_user_values
from talos_gpu.profile import Profile
from talos_gpu.profile.pool import Pool
from talos_gpu.profile.stack import Toleration

__all__ = ["Values", "plan_values"]

_ABSENT = object()
_SHARING = "How GPUs are shared. `default` counts on every node that names no other by nvidia.com/device-plugin.config."
_TOLERATIONS = "The chart's own tolerations, and the taints of the GPU pools. A list replaces the chart's default."

Entry = tuple[tuple[str, ...], Any, str]
"""Path, value, why."""


@dataclass(slots=True)
class Values:
    """Chart values while they are put together: data, and a comment by key path."""

    table: ValueTable
    data: dict[str, Any] = field(default_factory=dict)
    comments: dict[tuple[str, ...], str] = field(default_factory=dict)

    def default(self, path: tuple[str, ...]) -> Any:
        """The chart's default at `path`."""
        fact = self.table.value(".".join(path))
        return fact.default if fact and fact.has_default else _ABSENT

    def put(self, path: tuple[str, ...], value: Any, why: str) -> None:
        """Sets `value`, unless the chart has it so by default."""
        if self.default(path) == value:
            return
        self.data = with_value(self.data, path, value)
        self.comments[path] = why

    def merge(self, users: Mapping[str, Any]) -> None:
        """Lays the user's values over ours; what the user replaced loses our comment."""
        self.data = merge_values(self.data, users)
        self.comments = {path: why for path, why in self.comments.items() if self._ours(path, users)}

    def _ours(self, path: tuple[str, ...], users: Mapping[str, Any]) -> bool:
        return value_at(users, path, _ABSENT) is _ABSENT and value_at(self.data, path, _ABSENT) is not _ABSENT


def plan_values(
    profile: Profile,
    support: StackSupport,
    chart_version: str,
    table: ValueTable,
    images: Sequence[ChartImage],
    wanted: tuple[Toleration, ...],
    problems: Problems,
) -> Values:
    """Ours first, then the user's merged over them. What the user's values undo or the chart ignores is refused."""
    values = Values(table)
    required = [item for item in support.values if not _skipped(profile, item)]
    for item in required:
        values.put(item.path, _copied(item.value), f"{item.why[:1].upper()}{item.why[1:]}.")
    for path, value, why in _stack_specific(profile, support, table, wanted):
        values.put(path, value, why)
    users = profile.stack.values
    merged = merge_values(values.data, users)
    pulled = [image for image in images if _pulled(image, merged, values)]
    for path, value, why in image_values(profile.images, pulled, table):
        values.put(path, value, why)
    check_user_values(users, support, chart_version, table, problems)
    values.merge(users)
    for item in required:
        check_required(values.data, table, item, problems)
    return values


def _skipped(profile: Profile, required: RequiredValue) -> bool:
    """`stack.driver: pre-installed` leaves the operator's driver switched on, and tells it by label."""
    return profile.stack.driver == "pre-installed" and required.path == ("driver", "enabled")


def _copied(value: object) -> Any:
    return [dict(item) for item in value] if isinstance(value, list | tuple) else value


_SWITCHES = {
    "device-plugin": ("devicePlugin",),
    "gpu-feature-discovery": ("gfd",),
    "node-feature-discovery": ("nfd", "gfd"),
}
"""Component to the keys that switch it on and off, where they differ; the first that is not null decides."""


def _pulled(image: ChartImage, merged: Mapping[str, Any], values: Values) -> bool:
    """Whether the chart runs that component: nobody wants a value for an image that is never pulled."""
    first = image.component.split(".")[0]
    for key in _SWITCHES.get(first, (first,)):
        enabled = value_at(merged, (key, "enabled"), values.default((key, "enabled")))
        if enabled is not None:
            return enabled is _ABSENT or bool(enabled)
    return False


def _stack_specific(
    profile: Profile, support: StackSupport, table: ValueTable, wanted: tuple[Toleration, ...]
) -> Iterator[Entry]:
    makers = {"gpu-operator": _operator, "device-plugin": _device_plugin}
    yield from makers[support.stack](profile, gpu_pools(profile), table, wanted)


def _tolerations(table: ValueTable, paths: Sequence[str], wanted: tuple[Toleration, ...]) -> Iterator[Entry]:
    for path in paths:
        fact = table.value(path)
        if fact is None or not fact.rendered:
            continue
        defaults = fact.default if isinstance(fact.default, list) else []
        added = tolerations.merged(defaults, wanted)
        if added is not None:
            yield tuple(path.split(".")), added, _TOLERATIONS


def _operator(
    profile: Profile, pools: Mapping[str, Pool], table: ValueTable, wanted: tuple[Toleration, ...]
) -> Iterator[Entry]:
    yield from _tolerations(table, ["daemonsets.tolerations", "node-feature-discovery.worker.tolerations"], wanted)
    if profile.stack.node_selector:
        yield (
            ("node-feature-discovery", "worker", "nodeSelector"),
            dict(profile.stack.node_selector),
            "Nodes that are not discovered get no operands. The chart reads no nodeSelector of single components.",
        )
    if configs := sharing_configs(pools):
        name = {"create": True, "name": "nvidia-device-plugin-config"}
        yield ("devicePlugin", "config"), {**name, "default": DEFAULT_CONFIG, "data": configs}, _SHARING
    if strategy := _mig_strategy(pools):
        yield ("mig", "strategy"), strategy, "single: one layout for all GPUs of a node, advertised as nvidia.com/gpu."
    if "service_monitor" in profile.stack.metrics.model_fields_set:
        yield (
            ("dcgmExporter", "serviceMonitor", "enabled"),
            profile.stack.metrics.service_monitor,
            "Needs the CustomResourceDefinitions of the Prometheus operator.",
        )


def _device_plugin(
    profile: Profile, pools: Mapping[str, Pool], table: ValueTable, wanted: tuple[Toleration, ...]
) -> Iterator[Entry]:
    yield from _tolerations(table, ["tolerations"], wanted)
    if profile.stack.node_selector:
        yield ("nodeSelector",), dict(profile.stack.node_selector), "Only these nodes get the plugin."
    if configs := sharing_configs(pools):
        yield ("config", "map"), configs, _SHARING
    if strategy := _mig_strategy(pools):
        yield ("migStrategy",), strategy, "How MIG devices are advertised; the GPUs must be partitioned already."


def _mig_strategy(pools: Mapping[str, Pool]) -> str:
    return next((pool.mig.strategy for pool in pools.values() if pool.mig), "")
