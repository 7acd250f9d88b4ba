"""DPL: nodes that the device plugin, or what labels them for it, never reaches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from talos_gpu.catalog import ValueTable
from talos_gpu.inventory import Chart, Cluster, Object, Value
from talos_gpu.plan.stack_label import selects_nothing
from talos_gpu.rules.charts.eras import possible_eras
from talos_gpu.rules.charts.settings import value_table
from talos_gpu.rules.charts.tolerance import toleration_lines, untolerated_taint
from talos_gpu.rules.device_plugin.chart import is_plugin
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.kubernetes_objects.scheduling import gpu_nodes, labels
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_AFFINITY = "affinity"
_REQUIRED = ("nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
_DISCOVERY = ("nfd.enabled", "gfd.enabled")
_DISCOVERY_NAME = "node-feature-discovery"
_DISCOVERY_GROUP = "nfd.k8s-sigs.io"
_FIELDS = "worker.config.sources.pci.deviceLabelFields"
_RULES = frozenset(("NodeFeature", "NodeFeatureRule"))
_WORKER = "nfd.worker.tolerations"
_TOLERATIONS = "tolerations"
_BRING_DISCOVERY = frozenset(("node-feature-discovery", "gpu-operator"))


def _nowhere(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not _waits_for_labels(chart) or _is_discovered(facts.cluster) or not possible_eras(facts):
        return
    table = value_table(chart, facts)
    if not selects_nothing(table) and not _is_labelled(facts.cluster, _attracting(table)):
        affinity = chart.value(_AFFINITY)
        what = "an affinity that leaves the chart's own in place" if affinity else "the default affinity"
        message = f"found {what}; expected a label on the GPU nodes, or no affinity, because without node"
        place = affinity or (chart.version if chart.version.exists else chart.place)
        yield Offence(place, f"{message} feature discovery no node here has a label that it wants")


def _other_spelling(chart: Chart, facts: Facts) -> Iterator[Offence]:
    beside = [other for other in facts.cluster.of(Chart) if other.name in _BRING_DISCOVERY]
    if not _waits_for_labels(chart) or len(beside) != 1 or beside[0].name != _DISCOVERY_NAME:
        return
    fields = beside[0].value(_FIELDS)
    if not _writes_class(beside[0], fields) or any(item.kind in _RULES for item in facts.cluster.of(Object)):
        return
    table = value_table(chart, facts)
    if not selects_nothing(table) and not _is_labelled(facts.cluster, _attracting(table)):
        message = "expected labels by vendor alone because the device plugin runs where pci-10de.present is"
        yield Offence(fields, f"found labels of PCI devices by class and vendor; {message}")


def _waits_for_labels(chart: Chart) -> bool:
    """Whether it has the default affinity, and nothing of its own that sets labels. The plan of a profile sets some."""
    if not is_plugin(chart) or chart.origin == "profile" or not chart.complete or _replaces_affinity(chart):
        return False
    switch = _discovery_switch(chart)
    return switch is None or switch.boolean is False


def _discovery_switch(chart: Chart) -> Value | None:
    """What decides whether the chart brings node feature discovery along: of its two conditions the first that is said."""
    return next((value for path in _DISCOVERY if (value := chart.value(path))), None)


def _replaces_affinity(chart: Chart) -> bool:
    """Whether the chart's terms are gone: Helm merges maps, so that only null, or terms of one's own, do it."""
    places = (chart.value(".".join((_AFFINITY, *_REQUIRED[:length]))) for length in range(len(_REQUIRED) + 1))
    return any(place.exists and (place.opaque or not place.is_map) for place in places)


def _writes_class(discovery: Chart, fields: Value) -> bool:
    """Whether its labels are other than by vendor alone, which is what it does when nobody tells it."""
    above = [discovery.value(path) for path in ("worker", "worker.config", "worker.config.sources.pci")]
    known = discovery.complete and not any(value.opaque or value.is_scalar for value in (*above, fields))
    return known and [item.text for item in fields.items()] != ["vendor"]


def _is_discovered(cluster: Cluster) -> bool:
    """Whether something else may label the nodes."""
    return any(chart.name in _BRING_DISCOVERY for chart in cluster.of(Chart)) or any(
        item.group == _DISCOVERY_GROUP or _DISCOVERY_NAME in item.name or item.name == "nfd"
        for item in cluster.of(Object)
    )


def _attracting(table: ValueTable) -> frozenset[str]:
    """The keys of the labels that the chart's default affinity looks for."""
    fact = table.value("affinity")
    return frozenset(_keys(fact.default if fact is not None else None))


def _keys(data: Any) -> Iterator[str]:
    if isinstance(data, Mapping):
        if isinstance(data.get("key"), str):
            yield data["key"]
        for inner in data.values():
            yield from _keys(inner)
    elif isinstance(data, list):
        for inner in data:
            yield from _keys(inner)


def _is_labelled(cluster: Cluster, keys: Iterable[str]) -> bool:
    """Whether a GPU node has one of the labels.

    Raises:
        Lacking: when it is not known what labels the GPU nodes have.
    """
    nodes = gpu_nodes(cluster)
    if any(labels(node) & frozenset(keys) for node in nodes):
        return True
    if not nodes or not all(node.complete for node in nodes):
        raise Lacking("the labels of the GPU nodes")
    return False


def _worker(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_plugin(chart) or facts.cluster.is_talos is False:
        return
    switch = _discovery_switch(chart)
    if switch is None or switch.boolean is not True:
        return
    taint = untolerated_taint(chart, _WORKER, facts)
    if taint is not None:
        written = chart.value(_WORKER)
        labelled = any("nvidia.com/gpu.present" in labels(node) for node in gpu_nodes(facts.cluster))
        message = (
            f"found an NFD worker that does not tolerate {excerpt(str(taint))}; expected a toleration because every "
            "GPU node here has such a taint, and is labelled only where the worker runs"
        )
        place = written if written.exists else switch
        yield Offence(place, message, toleration_lines(taint, _WORKER), severity="warning" if labelled else None)


def _kept_off(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_plugin(chart) or facts.cluster.is_talos is False or chart.value("devicePlugin.enabled").boolean is False:
        return
    taint = untolerated_taint(chart, _TOLERATIONS, facts)
    if taint is not None:
        written = chart.value(_TOLERATIONS)
        found = "found tolerations without" if written.exists else "found the chart's own tolerations, not one for"
        message = f"{found} {excerpt(str(taint))}; expected one because every GPU node here has such a taint, so that"
        place = written if written.exists else chart.version if chart.version.exists else chart.place
        yield Offence(place, f"{message} the plugin runs on none", toleration_lines(taint, _TOLERATIONS))


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="DPL001",
        name="device plugin that schedules nowhere",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_nowhere,
        remedy='Give the GPU nodes the label `nvidia.com/gpu.present: "true"` in machine.nodeLabels, or write '
        "`affinity: null`, or `nfd: {enabled: true}`.",
        source="siderolabs/talos#12103; NVIDIA/k8s-device-plugin#1213",
        waivable=True,
    ),
    Rule(
        id="DPL005",
        name="NFD worker that does not tolerate the taint",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_worker,
        remedy="Write a toleration for the taint under nfd.worker.tolerations.",
        source="NVIDIA/k8s-device-plugin:deployments/helm/nvidia-device-plugin/values.yaml (nfd.worker.tolerations)",
        waivable=True,
    ),
    Rule(
        id="DPL014",
        name="labels that are spelt otherwise",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_other_spelling,
        remedy="Write `worker: {config: {sources: {pci: {deviceLabelFields: [vendor]}}}}` in the values of node feature "
        'discovery, or give the GPU nodes the label `nvidia.com/gpu.present: "true"`.',
        source="NVIDIA/k8s-device-plugin#1213",
        waivable=True,
    ),
    Rule(
        id="DPL015",
        name="device plugin that does not tolerate the taint",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_kept_off,
        remedy="Write a toleration for the taint under tolerations.",
        source="NVIDIA/k8s-device-plugin:deployments/helm/nvidia-device-plugin/values.yaml (tolerations)",
        waivable=True,
    ),
)
