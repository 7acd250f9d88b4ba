"""Where pods may run: the taints and labels that the machine configuration gives to GPU nodes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from talos_gpu.inventory import Cluster, Node, Value

__all__ = ["Taint", "gpu_nodes", "labels", "repelling", "tolerates", "untolerated"]

_REPELLING = frozenset(("NoSchedule", "NoExecute"))
_ADMISSION_PLUGIN = "ExtendedResourceToleration"
_LEGACY_KUBELET = ("machine", "kubelet", "extraConfig", "registerWithTaints")


@dataclass(frozen=True, slots=True, order=True)
class Taint:
    """A taint that keeps pods away."""

    key: str
    value: str
    effect: str

    def __str__(self) -> str:
        return f"{self.key}={self.value}:{self.effect}" if self.value else f"{self.key}:{self.effect}"


def gpu_nodes(cluster: Cluster) -> tuple[Node, ...]:
    """The nodes that are told to load NVIDIA's modules, or whose image or pool has to do with a GPU."""
    return tuple(node for node in cluster.of(Node) if _has_gpu(node))


def _has_gpu(node: Node) -> bool:
    if any((name.text or "").startswith("nvidia") for name in node.modules) or node.gpus:
        return True
    return node.schematic is not None and any("nvidia" in name for name in node.schematic.names)


def labels(node: Node) -> frozenset[str]:
    """The keys of the labels that its machine configuration sets."""
    places = node.under("KubeNodeConfig", "labels", "machine", "nodeLabels")
    return frozenset(key for place in places for key, _ in place.pairs())


def untolerated(tolerations: Value, cluster: Cluster) -> Taint | None:
    """A taint for which a pod with these tolerations runs on no GPU node of the cluster; None where none is sure."""
    if tolerations.opaque or _tolerated_by_admission(cluster):
        return None
    return repelling(cluster, lambda taint: any(tolerates(item, taint) for item in tolerations.items()))


def repelling(cluster: Cluster, tolerated: Callable[[Taint], bool]) -> Taint | None:
    """A taint that is not `tolerated`, where every GPU node has such a one; None where some node has none."""
    left = [[taint for taint in sorted(set(_taints(node))) if not tolerated(taint)] for node in gpu_nodes(cluster)]
    return left[0][0] if left and all(left) else None


def tolerates(toleration: Value, taint: Taint) -> bool:
    """Whether a toleration fits a taint, or may: what is opaque does."""
    parts = {name: toleration.get(name) for name in ("key", "operator", "value", "effect")}
    if toleration.opaque or any(part.opaque for part in parts.values()):
        return True
    if parts["effect"].text not in (None, "", taint.effect):
        return False
    if not parts["key"].text:
        return parts["operator"].text == "Exists"
    exists = parts["operator"].text == "Exists"
    return parts["key"].text == taint.key and (exists or (parts["value"].text or "") == taint.value)


def _taints(node: Node) -> Iterator[Taint]:
    for place in node.under("KubeNodeConfig", "taints", "machine", "nodeTaints"):
        for key, value in place.pairs():
            text, separator, effect = (value.text or "").rpartition(":")
            if value.text and effect in _REPELLING:
                yield Taint(key, text if separator else "", effect)
    lists = [node.config.get(*_LEGACY_KUBELET)]
    lists += [item.get("config", "registerWithTaints") for item in node.of_kind("KubeletConfig")]
    for entry in (entry for place in lists for entry in place.items()):
        name, worth, effect = (entry.get(part).text or "" for part in ("key", "value", "effect"))
        if name and effect in _REPELLING and not entry.get("value").opaque:
            yield Taint(name, worth, effect)


def _tolerated_by_admission(cluster: Cluster) -> bool:
    """Whether the API server adds a toleration to every pod that asks for a device."""
    arguments = (node.config.get("cluster", "apiServer", "extraArgs") for node in cluster.of(Node))
    return any(_ADMISSION_PLUGIN in value.raw for argument in arguments for value in argument.walk())
