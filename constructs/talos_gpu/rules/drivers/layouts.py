"""Where somebody asks for MIG, or says how a device plugin shares GPUs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.inventory import Chart, Cluster, Node, Object, Pod, Value
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import gpus_of

__all__ = ["Layout", "PluginConfig", "layouts", "names_for", "plugin_configs", "strategy"]

_LABEL = "nvidia.com/mig.config"
_RESOURCE = "nvidia.com/mig-"
_ALL = "all-"
_NO_PROFILE = {"all-disabled", "all-enabled", "all-balanced"}
_STRATEGY = {"gpu-operator": "mig.strategy", "nvidia-device-plugin": "migStrategy"}
_CONFIGS = {"gpu-operator": "devicePlugin.config.data", "nvidia-device-plugin": "config.map"}
_SHARING = ("sharing:", '"sharing"', "migStrategy", "deviceListStrategy")


@dataclass(frozen=True, slots=True)
class Layout:
    """A wish for MIG: `text` as written, `profile` the one that it means, empty where it means none or several."""

    value: Value
    text: str
    profile: str
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class PluginConfig:
    """A configuration of the device plugin inside another file."""

    root: Value

    @property
    def strategy(self) -> Value:
        """What it says of MIG."""
        return self.root.get("flags", "migStrategy")

    @property
    def device_lists(self) -> Value:
        """What it says of the ways to hand out GPUs."""
        return self.root.get("flags", "plugin", "deviceListStrategy")

    def resources(self, method: str) -> Iterator[Value]:
        """What it shares by `timeSlicing` or `mps`."""
        yield from self.root.get("sharing", method, "resources").items()


def layouts(subject: object) -> Iterator[Layout]:
    """Every wish for MIG in a node's labels, in values of the operator, and in what a pod asks for."""
    if isinstance(subject, Node):
        for labels in subject.under("KubeNodeConfig", "labels", "machine", "nodeLabels"):
            yield from _layout(labels.get(_LABEL), subject)
    elif isinstance(subject, Chart) and subject.name == "gpu-operator":
        yield from _layout(subject.value("migManager.config.default"), None)
    elif isinstance(subject, Pod) and (subject.owner is None or subject.owner.live):
        for container in subject.containers:
            for name, amount in container.get("resources", "limits").pairs():
                if name.startswith(_RESOURCE) and amount.raw != "0":
                    yield Layout(amount, name, name.removeprefix(_RESOURCE))


def _layout(value: Value, node: Node | None) -> Iterator[Layout]:
    text = value.text
    if text and text != "all-disabled":
        named = text.startswith(_ALL) and text not in _NO_PROFILE
        yield Layout(value, text, text.removeprefix(_ALL) if named else "", node)


def names_for(layout: Layout, facts: Facts) -> tuple[str, ...]:
    """The names of the GPUs that the wish is for.

    Raises:
        Lacking: when nobody names one.
    """
    names = gpus_of(layout.node) if layout.node else ()
    names = names or tuple(said.value for said in facts.cluster.gpus)
    names = names or tuple(name for node in facts.cluster.of(Node) for name in gpus_of(node))
    if not names:
        raise Lacking("the GPU", "--gpu NAME")
    return names


def strategy(chart: Chart) -> str | None:
    """What the values of a chart say of MIG; None where they do not, and for charts that have no such key."""
    path = _STRATEGY.get(chart.name)
    return chart.value(path).text if path else None


def plugin_configs(subject: object, cluster: Cluster) -> Iterator[PluginConfig]:
    """The configurations of the device plugin in the values of a chart, or in a ConfigMap."""
    if isinstance(subject, Chart) and subject.name in _CONFIGS:
        yield from _inside(subject.value(_CONFIGS[subject.name]), cluster)
    elif isinstance(subject, Object) and subject.kind == "ConfigMap" and subject.live:
        yield from _inside(subject.root.get("data"), cluster)


def _inside(texts: Value, cluster: Cluster) -> Iterator[PluginConfig]:
    for _, value in texts.pairs():
        # What a generator took from a file of YAML is a map already.
        if value.is_map or (value.text and any(word in value.text for word in _SHARING)):
            for root in cluster.inside(value):
                if root.get("sharing").is_map or root.get("flags").is_map:
                    yield PluginConfig(root)
