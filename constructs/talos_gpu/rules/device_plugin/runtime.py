"""DPL: how the device plugin reaches the driver of Talos, and how containers do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from talos_gpu.catalog import Era
from talos_gpu.inventory import Chart, Cluster, MachineConfig, Node, Pod, Value
from talos_gpu.rules.charts.eras import in_every_era, possible_eras
from talos_gpu.rules.charts.strategy import invalid, lacks_cdi, needs_cdi, words
from talos_gpu.rules.charts.versions import too_old
from talos_gpu.rules.device_plugin.chart import STACK, is_plugin
from talos_gpu.rules.drivers.layouts import plugin_configs
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_CLASS = "runtimeClassName"
_DEFAULT_RUNTIME = re.compile(r"default_runtime_name\s*=\s*[\"']?nvidia")
_LIBRARIES = "expected nvidia because the plugin finds the driver's libraries only under that runtime"
_IMAGE = re.compile(r"/k8s-device-plugin(?:[:@]|$)")
_NO_DRIVER = ("/var/lib/kubelet", "/run/nvidia/mps", "/var/run/cdi", "/etc/localtime")
_STRATEGY = "deviceListStrategy"
_ROOTS = ("nvidiaDriverRoot", "nvidiaDevRoot")
_OLD_TREES = ("glibc", "/talos-lib")


def _runtime_class(subject: object, facts: Facts) -> Iterator[Offence]:
    if isinstance(subject, Chart):
        yield from _class_of_chart(subject, facts)
    elif isinstance(subject, Pod):
        yield from _class_of_daemon_set(subject, facts)


def _class_of_chart(chart: Chart, facts: Facts) -> Iterator[Offence]:
    found = chart.value(_CLASS)
    if not is_plugin(chart) or not chart.complete or found.opaque or found.text:
        return
    if chart.value(_ROOTS[0]) or _is_default_runtime(facts.cluster) or not possible_eras(facts):
        return
    if in_every_era(facts, _wants_class):
        place = found if found.exists else chart.version if chart.version.exists else chart.place
        how = "null" if found.is_null else "an empty text" if found.exists else f"no {_CLASS}"
        yield Offence(place, f"found {how}; {_LIBRARIES}", f"{_CLASS}: nvidia")


def _class_of_daemon_set(pod: Pod, facts: Facts) -> Iterator[Offence]:
    """A DaemonSet of one's own that runs the plugin, and that mounts no driver from the host."""
    image = next((found for item in pod.containers if _IMAGE.search((found := item.get("image")).raw)), None)
    if image is None or pod.kind != "DaemonSet" or pod.owner is None or not pod.owner.live:
        return
    if pod.spec.get(_CLASS).exists or _mounts_driver(pod) or _is_default_runtime(facts.cluster):
        return
    if possible_eras(facts) and in_every_era(facts, _wants_class):
        yield Offence(image, f"found no {_CLASS}; {_LIBRARIES}", "Write `runtimeClassName: nvidia` beside containers.")


def _mounts_driver(pod: Pod) -> bool:
    """Whether a folder of the host is mounted that may hold the driver."""
    volumes = pod.spec.get("volumes")
    paths = [item.get("hostPath", "path") for item in volumes.items()]
    return volumes.opaque or any(path.exists and not path.raw.startswith(_NO_DRIVER) for path in paths)


def _wants_class(era: Era) -> bool:
    return any(need.path == (_CLASS,) for need in era.stacks[STACK].values)


def _is_default_runtime(cluster: Cluster) -> bool:
    """Whether some machine config makes NVIDIA's runtime that of every pod."""
    return any(_DEFAULT_RUNTIME.search(text) for text in _texts(cluster))


def _texts(cluster: Cluster) -> Iterator[str]:
    parts: list[Value] = [part for config in cluster.of(MachineConfig) for part in config.documents]
    parts += [part for node in cluster.of(Node) for part in (node.config, *node.documents)]
    for part in parts:
        yield from (file.get("content").raw for file in part.get("machine", "files").items())
        yield part.get("content").raw


def _cdi(chart: Chart, facts: Facts) -> Iterator[Offence]:
    for found, own in _told(chart, facts.cluster):
        told = words(found)
        if told and needs_cdi(told) and in_every_era(facts, lacks_cdi):
            message = "expected envvar because no extension writes a CDI specification on this Talos"
            fix = replacing(found, "envvar") if own else ()
            yield Offence(found, f"found {excerpt(','.join(told))}; {message}", fix=fix)


def _invalid(chart: Chart, facts: Facts) -> Iterator[Offence]:
    for found, own in _told(chart, facts.cluster):
        for offence in invalid(found, _STRATEGY):
            yield offence if own else replace(offence, fix=())


def _told(chart: Chart, cluster: Cluster) -> Iterator[tuple[Value, bool]]:
    """What the plugin is told of strategies, and whether a value of the chart says it: that becomes its environment,
    which wins over its configuration.
    """
    found = chart.value(_STRATEGY)
    if not is_plugin(chart):
        return
    if found.exists and not found.is_null:
        yield found, True
    else:
        yield from ((config.device_lists, False) for config in plugin_configs(chart, cluster))


def _refused(chart: Chart, facts: Facts) -> Iterator[Offence]:
    eras = possible_eras(facts) if is_plugin(chart) else ()
    if eras and in_every_era(facts, lambda era: era.stacks[STACK].support == "refused"):
        message = f"expected the GPU operator because {eras[-1].stacks[STACK].why}"
        place = chart.version if chart.version.exists else chart.place
        yield Offence(place, f"found the chart {chart.name}; {message}")


def _too_old(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if is_plugin(chart):
        yield from too_old(chart, STACK, facts)


def _old_root(chart: Chart, facts: Facts) -> Iterator[Offence]:
    for name in _ROOTS if is_plugin(chart) else ():
        found = chart.value(name)
        old = any(tree in (found.text or "") for tree in _OLD_TREES)
        if old and in_every_era(facts, lambda era: era.driver_install_dir is not None):
            message = "expected none because this Talos keeps the driver in standard paths, and nothing under that one"
            yield Offence(found, f"found {excerpt(found.raw)}; {message}")


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="DPL002",
        name="device plugin without runtimeClassName",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_runtime_class,
        remedy="Write `runtimeClassName: nvidia`.",
        source="docs.siderolabs.com/talos/v1.12 nvidia-gpu",
        waivable=True,
    ),
    Rule(
        id="DPL008",
        name="CDI strategy without a specification",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_cdi,
        remedy="Write `deviceListStrategy: envvar`.",
        source="NVIDIA/k8s-device-plugin:internal/cdi/cdi.go; NVIDIA/k8s-device-plugin#621",
        waivable=True,
    ),
    Rule(
        id="DPL009",
        name="device plugin where no runtime is left",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_refused,
        remedy="Replace the chart with gpu-operator.",
        source="docs.siderolabs.com/talos/v1.15 nvidia-gpu; siderolabs/extensions#1222",
        waivable=True,
    ),
    Rule(
        id="DPL010",
        name="unknown deviceListStrategy",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_invalid,
        remedy="Write envvar, volume-mounts, cdi-annotations or cdi-cri, or several of them with commas.",
        source="NVIDIA/k8s-device-plugin:api/config/v1/strategy.go",
        waivable=True,
    ),
    Rule(
        id="DPL012",
        name="device plugin too old for this Talos",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_too_old,
        remedy="Write a newer version of the chart.",
        source="docs.siderolabs.com/talos/v1.13 upgrading-talos; homelab.madhan.app",
    ),
    Rule(
        id="DPL013",
        name="driver root of an older Talos",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_old_root,
        remedy="Remove the value.",
        source="siderolabs/talos#13346; docs.siderolabs.com/talos/v1.13 upgrading-talos",
    ),
)
