"""The values of the stack's chart: only what differs from its defaults, each with its why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from talos_gpu.catalog import ChartImage, RequiredValue, StackSupport, ValueTable
from talos_gpu.plan import toleration as tolerations
from talos_gpu.plan.chart_component import default_value, runs, switched_on
from talos_gpu.plan.chart_image import image_values
from talos_gpu.plan.merge import merge_values, value_at, with_value
from talos_gpu.plan.model import Notice
from talos_gpu.plan.placement import check_placement
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.resource import DEFAULT_CONFIG, sharing_configs
from talos_gpu.plan.shelter import shelter
from talos_gpu.plan.stack_label import selects_nothing
from talos_gpu.plan.user_values import check_required, check_user_values
from talos_gpu.profile import Profile
from talos_gpu.profile.pool import Pool
from talos_gpu.profile.stack import Toleration

__all__ = ["Values", "plan_values"]

_ABSENT = object()
_STRATEGIES = {
    "single": "single: one layout for all GPUs of a node, advertised as nvidia.com/gpu.",
    "mixed": "mixed: each MIG device is advertised under its own name, such as nvidia.com/mig-1g.10gb.",
}
_SHARING = "How GPUs are shared. `default` counts on every node that names no other by nvidia.com/device-plugin.config."
_IMAGES = "Images of the components that run come from the profile's mirror, or by its digests; so do those below."
_SHELTER = (
    "Every node that may run this Deployment is tainted: without these it stays Pending, and the release with it."
)
_EVERY_NODE = "This chart has no affinity of its own: without a selector its pods would start on every node."
_TOLERATIONS = "The chart's own tolerations, and the taints of the GPU pools. A list replaces the chart's default."

Entry = tuple[tuple[str, ...], Any, str]
"""Path, value, why."""


@dataclass(slots=True)
class Values:
    """Chart values while they are put together: data, and a comment by key path."""

    table: ValueTable
    data: dict[str, Any] = field(default_factory=dict)
    comments: dict[tuple[str, ...], str] = field(default_factory=dict)
    notices: tuple[Notice, ...] = ()

    def put(self, path: tuple[str, ...], value: Any, why: str) -> bool:
        """Sets `value`, unless the chart has it so by default, and says whether it did; an empty `why` is no comment."""
        if default_value(self.table, path, _ABSENT) == value:
            return False
        self.data = with_value(self.data, path, value)
        if why:
            self.comments[path] = why
        return True

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
    for path, value, why in _helpers(profile, support, table, merged, wanted):
        values.put(path, value, why)
    _put_images(profile, images, merged, values)
    check_user_values(users, support, chart_version, table, problems)
    values.merge(users)
    for item in required:
        check_required(values.data, table, item, problems)
    nodes_of = _daemon_sets(support, merged, table)
    placed = check_placement(users, values.data, support, profile, nodes_of, problems)
    values.notices = (*placed, *_discovery_notices(support, values))
    return values


def _put_images(profile: Profile, images: Sequence[ChartImage], merged: Mapping[str, Any], values: Values) -> None:
    pulled = [image for image in images if runs(image.component, merged, values.table)]
    why = _IMAGES
    for path, value in image_values(profile.images, pulled, values.table):
        if values.put(path, value, why):
            why = ""


def _discovery_notices(support: StackSupport, values: Values) -> Iterator[Notice]:
    if support.stack == "gpu-operator" and not switched_on(("nfd", "enabled"), values.data, values.table):
        yield Notice(
            "values",
            "nfd.enabled is false: the operator finds no GPU node unless node feature discovery runs in the cluster "
            "already, and labels nodes with feature.node.kubernetes.io/pci-10de.present.",
        )


def _skipped(profile: Profile, required: RequiredValue) -> bool:
    """`stack.driver: pre-installed` leaves the operator's driver switched on, and tells it by label."""
    return profile.stack.driver == "pre-installed" and required.path == ("driver", "enabled")


def _copied(value: object) -> Any:
    return [dict(item) for item in value] if isinstance(value, list | tuple) else value


def _stack_specific(
    profile: Profile, support: StackSupport, table: ValueTable, wanted: tuple[Toleration, ...]
) -> Iterator[Entry]:
    pools = profile.gpu_pools
    if support.stack == "gpu-operator":
        yield from _operator(profile, pools, table, wanted)
    else:
        yield from _device_plugin(profile, pools, table, wanted, support.node_labels)


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
    yield from _tolerations(table, ["daemonsets.tolerations"], wanted)
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
        yield ("mig", "strategy"), strategy, _STRATEGIES[strategy]
    if "service_monitor" in profile.stack.metrics.model_fields_set:
        yield (
            ("dcgmExporter", "serviceMonitor", "enabled"),
            profile.stack.metrics.service_monitor,
            "Needs the CustomResourceDefinitions of the Prometheus operator.",
        )


def _device_plugin(
    profile: Profile,
    pools: Mapping[str, Pool],
    table: ValueTable,
    wanted: tuple[Toleration, ...],
    labels: Mapping[str, str],
) -> Iterator[Entry]:
    yield from _tolerations(table, ["tolerations"], wanted)
    if selects_nothing(table):
        yield ("nodeSelector",), {**labels, **profile.stack.node_selector}, _EVERY_NODE
    elif profile.stack.node_selector:
        yield ("nodeSelector",), dict(profile.stack.node_selector), "Only these nodes get the plugin."
    if configs := sharing_configs(pools):
        yield ("config", "map"), configs, _SHARING
    if strategy := _mig_strategy(pools):
        why = f"{_STRATEGIES[strategy]} The GPUs must be partitioned already."
        yield ("migStrategy",), strategy, why


def _helpers(
    profile: Profile,
    support: StackSupport,
    table: ValueTable,
    merged: Mapping[str, Any],
    wanted: tuple[Toleration, ...],
) -> Iterator[Entry]:
    """Tolerations of what runs beside the plugin: node feature discovery, and Deployments that need any node at all."""
    discovery = _discovery(support)
    on = runs("node-feature-discovery", merged, table)
    if on:
        yield from _tolerations(table, [f"{discovery}.worker.tolerations"], wanted)
    helpers = [f"{discovery}.gc", f"{discovery}.master"] if on else []
    if support.stack == "gpu-operator":
        helpers.append("operator")
    for path in helpers:
        fact = table.value(f"{path}.tolerations")
        if fact is None or not fact.rendered or value_at(merged, (*path.split("."), "enable"), True) is False:
            continue
        added = shelter(profile, fact.default if isinstance(fact.default, list) else [])
        if added is not None:
            yield (*path.split("."), "tolerations"), added, _SHELTER


def _discovery(support: StackSupport) -> str:
    """The key of the bundled node feature discovery."""
    return "node-feature-discovery" if support.stack == "gpu-operator" else "nfd"


def _daemon_sets(support: StackSupport, merged: Mapping[str, Any], table: ValueTable) -> tuple[tuple[str, ...], ...]:
    """Where the values of the DaemonSets stand that must reach every GPU node."""
    own: tuple[str, ...] = ("daemonsets",) if support.stack == "gpu-operator" else ()
    worker = ((_discovery(support), "worker"),) if runs("node-feature-discovery", merged, table) else ()
    return (own, *worker)


def _mig_strategy(pools: Mapping[str, Pool]) -> str:
    return next((pool.mig.strategy for pool in pools.values() if pool.mig), "")
