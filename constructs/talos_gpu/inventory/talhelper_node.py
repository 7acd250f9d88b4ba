"""A node of a talconfig.yaml with all that its group and the cluster say to it.

Source: budimanjojo/talhelper:pkg/config/nodeconfigs.go, pkg/generate/config.go@v3.1.16. Of a group (`controlPlane:`,
`worker:`) and a node, the node's value wins as a whole; patches come together, the group's first, the cluster's last.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.finding import Position
from talos_gpu.inventory.subject import MachineConfig, Role
from talos_gpu.inventory.talhelper_patch import PatchTexts
from talos_gpu.inventory.talos_text import TalosText
from talos_gpu.inventory.tree import key_at, map_of
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import Node as Tree

__all__ = ["Told", "told"]

_LEGACY: dict[str, tuple[str, ...]] = {
    "nodeLabels": ("machine", "nodeLabels"),
    "nodeAnnotations": ("machine", "nodeAnnotations"),
    "nodeTaints": ("machine", "nodeTaints"),
    "kernelModules": ("machine", "kernel", "modules"),
    "machineFiles": ("machine", "files"),
}
"""Where talhelper writes what a node's key says."""
_SETTINGS = (*_LEGACY, "extensionServices", "schematic", "imageSchematic", "talosImageURL", "machineSpec")


@dataclass(frozen=True, slots=True)
class Told:
    """`settings` are the keys of node and group that count, `own` the same in Talos's words; `patches` come after."""

    entry: Value
    role: Role | None
    settings: dict[str, Value]
    own: TalosText
    patches: tuple[TalosText, ...]
    complete: bool

    @property
    def texts(self) -> tuple[TalosText, ...]:
        """All that the node is told, in order."""
        return (self.own, *self.patches)

    @property
    def likeness(self) -> object:
        """Equal for nodes that are told the same."""
        places = tuple((key, value.place) for key, value in self.settings.items() if value)
        return self.role, self.complete, places, tuple(map(id, self.patches))


def told(root: Value, node: Value, texts: PatchTexts) -> Told:
    """What the talconfig at `root` says to one entry of its nodes."""
    role = _role(node.get("controlPlane"))
    group = root.get("controlPlane" if role == "control-plane" else "worker") if role else Value(None, root.place)
    settings = {key: _setting(node.get(key), group.get(key)) for key in _SETTINGS}
    group_patches = () if node.get("overridePatches").boolean else texts.patches(group.get("patches"))
    group_manifests = () if node.get("overrideExtraManifests").boolean else texts.manifests(group.get("extraManifests"))
    patches = (
        *texts.outdated(group),
        *texts.outdated(node),
        *group_patches,
        *texts.patches(node.get("patches")),
        *texts.patches(root.get("patches")),
        *texts.manifests(node.get("extraManifests")),
        *group_manifests,
    )
    # Of a bare list of nodes nobody knows what the cluster and the groups say to them.
    whole = root.get("clusterName").exists and role is not None
    complete = whole and all(text.complete for text in patches)
    return Told(node, role, settings, _own_text(node, settings), patches, complete)


def _role(control_plane: Value) -> Role | None:
    if not control_plane:
        return "worker"
    told = control_plane.boolean
    return None if told is None else "control-plane" if told else "worker"


def _setting(own: Value, group: Value) -> Value:
    """The node's value, unless it is what Go takes for none."""
    return own if own and (own.raw or not own.is_scalar) else group


def _own_text(node: Value, settings: dict[str, Value]) -> TalosText:
    documents = (*_legacy(settings), *_services(settings["extensionServices"]))
    return TalosText(MachineConfig(Value(None, node.place), "talhelper", "patch", documents))


def _legacy(settings: dict[str, Value]) -> Iterator[Value]:
    for key, path in _LEGACY.items():
        value = settings[key]
        if value.node is not None and value:
            at = value.key or value.place
            tree: Tree = value.node
            for step in reversed(path):
                tree = map_of({step: (key_at(step, at), tree)}, at)
            yield Value(tree, at)


def _services(services: Value) -> Iterator[Value]:
    for service in services.items():
        yield Value(_service(service, service.place), service.place)


def _service(service: Value, at: Position) -> Tree:
    head = {"apiVersion": "v1alpha1", "kind": "ExtensionServiceConfig"}
    pairs: dict[str, tuple[Tree, Tree]] = {key: (key_at(key, at), key_at(text, at)) for key, text in head.items()}
    for key, value in service.pairs():
        if value.node is not None:
            pairs[key] = (key_at(key, value.key or value.place), value.node)
    return map_of(pairs, at)
