"""Configurations of the device plugin: which there are, and which one counts where a node names none."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence

from talos_gpu.inventory import Chart, Cluster, Node, Object, Value
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence
from talos_gpu.yaml_events import excerpt

__all__ = ["in_config_map", "labelled_by_config", "unnamed"]

_LABEL = "nvidia.com/device-plugin.config"
_CLOSE = 0.8


def unnamed(default: Value, keys: Sequence[str]) -> Iterator[Offence]:
    """Yields a default that is none of the known configurations."""
    if default.text is None or not keys or default.text in keys:
        return
    close = list(keys) if len(keys) == 1 else difflib.get_close_matches(default.text, keys, n=2, cutoff=_CLOSE)
    message = (
        f"found {excerpt(default.text)}; expected {' or '.join(map(excerpt, keys))} because there is no other "
        "configuration, and the plugin does not start without the one that it is told"
    )
    yield Offence(default, message, fix=replacing(default, close[0]) if len(close) == 1 else ())


def in_config_map(name: Value, chart: Chart, facts: Facts) -> tuple[str, ...]:
    """The keys of the ConfigMap of that name that the repository holds; none where it holds none, or several."""
    found = [item for item in facts.cluster.of(Object) if item.kind == "ConfigMap" and item.live]
    found = [item for item in found if item.name == name.text and item.namespace in ("", chart.namespace)]
    data = found[0].root.get("data") if name.text and len(found) == 1 else None
    return tuple(key for key, _ in data.pairs()) if data is not None and not data.opaque else ()


def labelled_by_config(cluster: Cluster) -> bool:
    """Whether some node names a configuration by label."""
    return any(
        place.get(_LABEL).exists
        for node in cluster.of(Node)
        for place in node.under("KubeNodeConfig", "labels", "machine", "nodeLabels")
    )
