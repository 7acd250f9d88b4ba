"""Pods in the values of bjw-s' app-template, which many people use for every workload."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from talos_gpu.inventory.kubernetes.pods import concerns_gpu
from talos_gpu.inventory.kubernetes.release import APP_TEMPLATE, Release
from talos_gpu.inventory.kubernetes.tree import mapping
from talos_gpu.inventory.subject import Object, Pod
from talos_gpu.inventory.value import Value, merged
from talos_gpu.yaml_events import MappingNode

__all__ = ["app_template_pods", "pods_in_values"]

_KINDS = {
    "cronjob": "CronJob",
    "daemonset": "DaemonSet",
    "deployment": "Deployment",
    "job": "Job",
    "statefulset": "StatefulSet",
}


def app_template_pods(release: Release) -> Iterator[Pod]:
    """The pods of a release whose values have the shape of that chart's, where they concern a GPU."""
    values = release.values
    yield from pods_in_values(values, release.object, release.namespace)
    if release.chart == APP_TEMPLATE and not values.get("controllers"):
        # Its first generation had one container, which the values as a whole describe.
        kind = _KINDS.get((values.get("controller", "type").text or "deployment").lower(), "Deployment")
        pod = Pod(values, kind, release.object, release.namespace, (values,))
        if concerns_gpu(pod):
            yield pod


def pods_in_values(values: Value, owner: Object | None, namespace: str) -> Iterator[Pod]:
    """The pods of every controller, with the options that hold for all of them."""
    for _, controller in values.get("controllers").pairs():
        if controller.get("enabled").boolean is False:
            continue
        kind = _KINDS.get((controller.get("type").text or "deployment").lower(), "Deployment")
        spec = _pod_options(values, controller)
        containers = (
            container
            for key in ("containers", "initContainers")
            for _, container in controller.get(key).pairs()
            if container.get("enabled").boolean is not False
        )
        pod = Pod(spec, kind, owner, namespace, tuple(containers))
        if concerns_gpu(pod):
            yield pod


def _pod_options(values: Value, controller: Value) -> Value:
    """The options of a pod: by default a key of its own takes the place of the common one as a whole."""
    common, own = values.get("defaultPodOptions"), controller.get("pod")
    if not own:
        return replace(common, path=controller.path) if not common.exists else common
    if not common.is_map or (values.get("defaultPodOptionsStrategy").text == "merge"):
        return merged(common, own)
    if not isinstance(common.node, MappingNode) or not isinstance(own.node, MappingNode):
        return own
    named = {name for name, _ in own.pairs()}
    kept = [pair for pair in common.node.pairs if getattr(pair[0], "text", "") not in named]
    return replace(own, node=mapping((*own.node.pairs, *kept), own.node.position))
