"""K8S: validation bridges, which stand in for the operator's own check of the driver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from talos_gpu.inventory import Pod
from talos_gpu.rules.charts.strategy import needs_cdi
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.kubernetes_objects.bridge import Bridge, bridge_of
from talos_gpu.rules.kubernetes_objects.scheduling import untolerated
from talos_gpu.rules.kubernetes_objects.strategy import strategies
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_VALIDATOR = "NVIDIA/gpu-operator:validator/main.go; NVIDIA/gpu-operator#1687"
_REMOVAL = "NVIDIA/gpu-operator:assets/state-operator-validation/0500_daemonset.yaml (preStop)"
_TAG = re.compile(r":(?P<tag>[\w.-]+)$")


def _bridge(pod: Pod, facts: Facts) -> Bridge | None:
    return None if facts.cluster.is_talos is False else bridge_of(pod, facts.cluster)


def _not_needed(pod: Pod, facts: Facts) -> Iterator[Offence]:
    bridge = _bridge(pod, facts)
    if bridge is not None and not facts.era.stacks["gpu-operator"].bridge:
        message = (
            f"found a validation bridge; expected none because the operator's own check succeeds on Talos {facts.minor.name}, "
            "and the bridge hides it when that fails"
        )
        yield Offence(bridge.place, message)


def _writes_once(pod: Pod, facts: Facts) -> Iterator[Offence]:
    bridge = _bridge(pod, facts)
    if bridge is not None and not bridge.repeats:
        message = "found files that are written once; expected a loop because the operator deletes them whenever its"
        yield Offence(bridge.scripts[0], f"{message} validator restarts")


def _without_module_check(pod: Pod, facts: Facts) -> Iterator[Offence]:
    bridge = _bridge(pod, facts)
    if bridge is not None and not bridge.checks_module:
        message = "found no look at the kernel module; expected one because the files would call a node ready whose"
        yield Offence(bridge.scripts[0], f"{message} driver is not loaded")


def _without_toleration(pod: Pod, facts: Facts) -> Iterator[Offence]:
    bridge = _bridge(pod, facts)
    tolerations = pod.spec.get("tolerations")
    taint = untolerated(tolerations, facts.cluster) if bridge is not None else None
    if bridge is not None and taint is not None:
        place = tolerations or bridge.place
        message = (
            f"found no toleration of {excerpt(str(taint))}; expected one because every GPU node here has such a taint"
        )
        yield Offence(place, message)


def _empty_driver_ready(pod: Pod, facts: Facts) -> Iterator[Offence]:
    bridge = _bridge(pod, facts)
    minor = facts.known_minor
    if bridge is None or not bridge.leaves_driver_ready_empty:
        return
    if minor is not None and not minor.era.stacks["gpu-operator"].bridge:
        # Then the whole bridge has to go, of which another rule speaks.
        return
    found = strategies(facts)
    if needs_cdi(found):
        message = (
            f"found an empty driver-ready; expected the driver's paths in it because {', '.join(found)} makes "
            "the device plugin look for the driver there"
        )
        yield Offence(bridge.scripts[0], message)


def _unpinned(pod: Pod, facts: Facts) -> Iterator[Offence]:
    for container in pod.containers if _bridge(pod, facts) is not None else ():
        image = container.get("image")
        text = image.text
        if text is None or "@sha256:" in text:
            continue
        tag = _TAG.search(text.rpartition("/")[2])
        if tag is None or tag["tag"] == "latest":
            message = f"found {excerpt(text)}; expected a fixed tag because the bridge runs again on every new node"
            yield Offence(image, message)


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="K8S006",
        name="validation bridge that is not needed",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_not_needed,
        remedy="Remove the bridge and its ConfigMap.",
        source="docs.siderolabs.com/talos/v1.13 nvidia-gpu; NVIDIA/gpu-operator:cmd/nvidia-validator/main.go",
    ),
    Rule(
        id="K8S007",
        name="bridge that writes once",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_writes_once,
        remedy="Write the files in a loop: `while true; do ...; sleep 5; done`.",
        source=_REMOVAL,
    ),
    Rule(
        id="K8S008",
        name="bridge without a check of the module",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_without_module_check,
        remedy="Write the files only where `/sys/module/nvidia` exists, and delete them when it goes.",
        source="NVIDIA/gpu-operator#2242; NVIDIA/k8s-test-infra#504",
    ),
    Rule(
        id="K8S009",
        name="bridge that does not run on the GPU nodes",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_without_toleration,
        remedy="Write a toleration for the taint under tolerations of the pod.",
        source="kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration",
        waivable=True,
    ),
    Rule(
        id="K8S010",
        name="empty driver-ready with CDI",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_empty_driver_ready,
        remedy="Set devicePlugin.env DEVICE_LIST_STRATEGY to envvar, and write NVIDIA_DRIVER_ROOT=/,"
        " DRIVER_ROOT_CTR_PATH=/host, NVIDIA_DEV_ROOT=/ and DEV_ROOT_CTR_PATH=/host into driver-ready.",
        source=f"{_VALIDATOR}; NVIDIA/k8s-device-plugin:internal/cdi/cdi.go (inferred); NVIDIA/k8s-device-plugin#621",
        waivable=True,
    ),
    Rule(
        id="K8S011",
        name="bridge with an unpinned image",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_unpinned,
        remedy="Write a version as the tag, or a digest.",
        source="kubernetes.io/docs/concepts/containers/images",
    ),
)
