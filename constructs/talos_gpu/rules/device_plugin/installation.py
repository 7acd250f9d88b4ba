"""DPL: what keeps the device plugin's chart from being installed, or makes two plugins of one."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import NotListed
from talos_gpu.inventory import Chart, Node, Value
from talos_gpu.rules.charts.plugin_config import in_config_map, unnamed
from talos_gpu.rules.charts.settings import setting
from talos_gpu.rules.device_plugin.chart import is_plugin
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_OPERATOR = "gpu-operator"
_KEPT_AWAY = frozenset(("nvidia.com/gpu.deploy.device-plugin", "nvidia.com/gpu.deploy.operands"))
_FALLBACK = "default"
_NAMESPACES = (("spec", "targetNamespace"), ("spec", "destination", "namespace"), ("metadata", "namespace"))
"""Where Flux and Argo CD read the namespace of a release, best first."""


def _forbidden_namespace(chart: Chart, facts: Facts) -> Iterator[Offence]:
    written = chart.value("namespace")
    if is_plugin(chart) and written:
        message = "found a namespace among the values; expected it in the release because the chart refuses it here"
        yield Offence(written, message, "Remove it; write the namespace of the release, or namespaceOverride.")
    known = facts.catalogue.chart(chart.name) if is_plugin(chart) and chart.complete else None
    if known is None or isinstance(known, NotListed) or chart.namespace not in known.forbidden_namespaces:
        return
    if chart.value("allowDefaultNamespace").boolean is not True and not chart.value("namespaceOverride"):
        message = f"found the namespace {chart.namespace}; expected one of its own because the chart refuses this one"
        yield Offence(_place_of_namespace(chart), message)


def _place_of_namespace(chart: Chart) -> Value:
    """Where the release says its namespace, or else where it stands."""
    root = chart.object.root if chart.object is not None else chart.place
    places = [root.get(*steps) for steps in _NAMESPACES] + [chart.place.get("namespace")]
    own = chart.version if chart.version.exists else chart.place
    return next((place for place in places if place.text == chart.namespace), own)


def _beside_operator(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_plugin(chart) or chart.value("devicePlugin.enabled").boolean is False or _kept_away(facts):
        return
    for other in facts.cluster.of(Chart):
        if other.name != _OPERATOR:
            continue
        enabled = other.value("devicePlugin.enabled")
        if enabled.boolean is True or (not enabled.exists and other.complete):
            message = f"found the chart {chart.name} beside {_OPERATOR}; expected one of the two because both run a"
            place = chart.version if chart.version.exists else chart.place
            yield Offence(place, f"{message} device plugin that registers the same GPUs")
            return


def _kept_away(facts: Facts) -> bool:
    """Whether labels divide the nodes between the two."""
    return any(
        key in _KEPT_AWAY
        for node in facts.cluster.of(Node)
        for place in node.under("KubeNodeConfig", "labels", "machine", "nodeLabels")
        for key, _ in place.pairs()
    )


def _config(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_plugin(chart):
        return
    name, configs, default = (chart.value(f"config.{key}") for key in ("name", "map", "default"))
    if name.text and configs.is_map and configs.data != {}:
        message = f"found config.name {excerpt(name.text)} beside config.map; expected one of them because the chart"
        yield Offence(name, f"{message} refuses both")
        return
    known = tuple(key for key, _ in configs.pairs()) if configs.is_map else in_config_map(name, chart, facts)
    if default.text:
        yield from unnamed(default, known)
    elif len(known) > 1 and _FALLBACK not in known and chart.complete and not default.opaque and configs.is_map:
        strategies = setting(chart, "config.fallbackStrategies", facts).data
        if isinstance(strategies, list) and "empty" not in strategies:
            message = f"found {len(known)} configurations and no config.default; expected one of {', '.join(known)}"
            yield Offence(configs, f"{message} because the chart cannot choose among them")


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="DPL006",
        name="device plugin in the namespace default",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_forbidden_namespace,
        remedy="Install it into a namespace of its own, which has the label "
        "`pod-security.kubernetes.io/enforce: privileged`.",
        source="NVIDIA/k8s-device-plugin:deployments/helm/nvidia-device-plugin/templates/validation.yml",
        waivable=True,
    ),
    Rule(
        id="DPL007",
        name="device plugin beside the operator",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_beside_operator,
        remedy="Remove this release, or write `devicePlugin: {enabled: false}` in the values of the operator.",
        source="docs.siderolabs.com/talos/v1.13 upgrading-talos",
        waivable=True,
    ),
    Rule(
        id="DPL011",
        name="plugin configuration that does not exist",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_config,
        remedy="Write the name of one of the configurations under config.default.",
        source="NVIDIA/k8s-device-plugin:deployments/helm/nvidia-device-plugin/templates/_helpers.tpl",
        waivable=True,
    ),
)
