"""Which namespaces hold pods that Pod Security refuses, and what else than a label would let them in."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart, Cluster, Object, Pod, Value
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.kubernetes_objects.machine import admission_plugins, patches_admission

__all__ = ["ENFORCE", "LEVEL", "is_let_in", "occupants"]

ENFORCE = "pod-security.kubernetes.io/enforce"
LEVEL = "privileged"
_BASELINE_CAPABILITIES = frozenset(
    (
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
        "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    )
)  # fmt: skip


def occupants(facts: Facts) -> dict[str, str]:
    """The namespaces that need the label, each with the name of something in it that does."""
    exempt = {*facts.catalogue.kubernetes().psa_exempt_namespaces, *_exempted(facts.cluster)}
    found: dict[str, str] = {}
    for chart in facts.cluster.of(Chart):
        found.setdefault(chart.namespace, f"the chart {chart.name}")
    for pod in facts.cluster.of(Pod):
        if pod.owner is not None and pod.owner.live and _needs_privilege(pod):
            found.setdefault(pod.namespace, f"the {pod.kind} {pod.owner.name}")
    return {namespace: what for namespace, what in found.items() if namespace and namespace not in exempt}


def is_let_in(namespace: str, cluster: Cluster) -> bool:
    """Whether something else than the namespace's own object brings the label, or makes it needless."""
    return (
        cluster.admission_removed
        or patches_admission(cluster)
        or any(_labels_itself(chart) for chart in cluster.of(Chart) if chart.namespace == namespace)
        or any(_labels(item, namespace) for item in cluster.of(Object))
        or any(place.get("configuration", "defaults", "enforce").raw == LEVEL for place in admission_plugins(cluster))
    )


def _labels_itself(chart: Chart) -> bool:
    """Whether the operator may be told to write the labels: by psa.enabled, or in values that could not be read."""
    return chart.name == "gpu-operator" and (not chart.complete or chart.value("psa.enabled").boolean is True)


def _labels(item: Object, namespace: str) -> bool:
    """Whether Argo CD puts the label on a namespace that it makes."""
    if item.kind not in ("Application", "ApplicationSet") or not item.live:
        return False
    spec = item.root.get("spec", "template", "spec") if item.kind == "ApplicationSet" else item.root.get("spec")
    labels = spec.get("syncPolicy", "managedNamespaceMetadata", "labels")
    target = spec.get("destination", "namespace")
    return (target.text == namespace or target.opaque) and (labels.get(ENFORCE).raw == LEVEL or labels.opaque)


def _exempted(cluster: Cluster) -> Iterator[str]:
    for place in admission_plugins(cluster):
        yield from (entry.raw for entry in place.get("configuration", "exemptions", "namespaces").items())


def _needs_privilege(pod: Pod) -> bool:
    """Whether Pod Security's baseline refuses it."""
    return (
        any(pod.spec.get(key).boolean is True for key in ("hostNetwork", "hostPID", "hostIPC"))
        or any(volume.get("hostPath").exists for volume in pod.spec.get("volumes").items())
        or any(map(_is_privileged, pod.containers))
    )


def _is_privileged(container: Value) -> bool:
    context = container.get("securityContext")
    added = (item.text for item in context.get("capabilities", "add").items())
    return context.get("privileged").boolean is True or any(
        name is not None and name not in _BASELINE_CAPABILITIES for name in added
    )
