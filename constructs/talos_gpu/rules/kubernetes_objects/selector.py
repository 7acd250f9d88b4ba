"""Labels that pods select nodes by, though nothing sets them."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart, Cluster, Node, Pod, Value
from talos_gpu.rules.charts.eras import possible_eras
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.kubernetes_objects.scheduling import labels
from talos_gpu.rules.rule import Offence
from talos_gpu.yaml_events import excerpt

__all__ = ["check"]

_ROLE = "node-role.kubernetes.io/"
_SET_BY_TALOS = frozenset((f"{_ROLE}control-plane", f"{_ROLE}master"))
_IN_CHARTS: dict[str, tuple[tuple[str, ...], ...]] = {
    "nvidia-device-plugin": ((),),
    "gpu-operator": (("operator",), ("node-feature-discovery", "worker")),
}
"""Under which values a chart reads nodeSelector and affinity of pods that every GPU needs."""
_REQUIRED = ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")


def check(subject: object, facts: Facts) -> Iterator[Offence]:
    """Yields the keys that a pod, or those of a chart, must find on a node, and that nobody writes there."""
    for key, place in (found for spec in _specs(subject) for found in _keys(spec)):
        why = _unset(key, facts)
        if why and possible_eras(facts):
            yield Offence(place, f"found a selector on {excerpt(key)}; expected another label because {why}")


def _specs(subject: object) -> tuple[Value, ...]:
    """Where a live pod or chart is told to which nodes it may go. What a profile says, its plan has judged."""
    owner = subject.owner if isinstance(subject, Pod) else subject.object if isinstance(subject, Chart) else None
    if owner is not None and not owner.live:
        return ()
    if isinstance(subject, Pod):
        return (subject.spec,)
    if isinstance(subject, Chart) and subject.origin != "profile":
        return tuple(subject.values.get(*path) for path in _IN_CHARTS.get(subject.name, ()))
    return ()


def _keys(spec: Value) -> Iterator[tuple[str, Value]]:
    yield from spec.get("nodeSelector").pairs()
    terms = list(spec.get(*_REQUIRED).items())
    # Of several terms one is enough, so that nothing is certain of any.
    for expression in terms[0].get("matchExpressions").items() if len(terms) == 1 else ():
        key = expression.get("key")
        if key.text and expression.get("operator").text in ("In", "Exists"):
            yield key.text, key


def _unset(key: str, facts: Facts) -> str:
    """Why no node carries a label, or an empty text."""
    cluster = facts.cluster
    if any(key in labels(node) for node in cluster.of(Node)):
        return ""
    if key.startswith(_ROLE) and key not in _SET_BY_TALOS:
        return "nothing sets it: NodeRestriction forbids a worker to give itself a role"
    if key in facts.catalogue.kubernetes().operator_owned_labels and _only_the_plugin(cluster):
        return "only the GPU operator sets it, and here the device plugin runs alone"
    return ""


def _only_the_plugin(cluster: Cluster) -> bool:
    """Whether all is known that could set labels: every node, and the device plugin without the operator."""
    charts = {chart.name for chart in cluster.of(Chart)}
    nodes = list(cluster.of(Node))
    complete = bool(nodes) and all(node.complete for node in nodes)
    return complete and "nvidia-device-plugin" in charts and "gpu-operator" not in charts
