"""Kernel modules that stand in topf.yaml as data, and the templates in the patch folders that make modules of them.

Source: postfinance/topf:docs/configuration-model.md; `.Data` is the cluster's, `.Node.Data` that of a node.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from talos_gpu.inventory.tree import key_at, list_of, map_of
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import Node, ScalarNode

__all__ = ["data_modules", "reads_modules"]

_KEY = "kernelModules"
_READ = rf"\.Data(?:\.|\s+[\"`]){_KEY}\b"
_OF_NODE = re.compile(rf"[Nn]ode{_READ}")
_OF_CLUSTER = re.compile(rf"(?<![Nn]ode){_READ}")


def reads_modules(text: str) -> bool:
    """Whether a template reads the data by this name."""
    return _KEY in text


def data_modules(root: Value, entry: Value, templates: Collection[str], *, read: bool) -> Iterator[Value]:
    """The config that a node gets of these data: what its templates read; where `read` is False, whoever reads them."""
    own, common = (place.get("data", _KEY) for place in (entry, root))
    text = "\n".join(templates)
    if read and not reads_modules(text):
        return
    for value in _read_by(text, own, common):
        if any(True for _ in value.items()):
            yield Value(_config_of(value), value.place, value.path, value.key)
            return


def _read_by(text: str, own: Value, common: Value) -> tuple[Value, ...]:
    """Whose data counts, the likelier first."""
    of_node, of_cluster = _OF_NODE.search(text), _OF_CLUSTER.search(text)
    if of_node and not of_cluster:
        return (own,)
    return (common, own) if of_cluster and not of_node else (own, common)


def _config_of(modules: Value) -> Node:
    """A config with these modules, each at its own place."""
    at = modules.key or modules.place
    node: Node = list_of([_module(item) for item in modules.items()], modules.place)
    for step in ("modules", "kernel", "machine"):
        node = map_of({step: (key_at(step, at), node)}, at)
    return node


def _module(item: Value) -> Node:
    assert item.node is not None
    if not isinstance(item.node, ScalarNode):
        return item.node
    return map_of({"name": (key_at("name", item.place), item.node)}, item.place)
