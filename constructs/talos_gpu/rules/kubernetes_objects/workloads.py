"""K8S: pods that ask for a GPU."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from talos_gpu.inventory import Chart, Cluster, Node, Object, Pod, Value
from talos_gpu.rules.charts.strategy import BY_ENVIRONMENT
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.kubernetes_objects.machine import runs_nvidia_by_default
from talos_gpu.rules.kubernetes_objects.scheduling import untolerated
from talos_gpu.rules.kubernetes_objects.selector import check as _selects_nothing
from talos_gpu.rules.kubernetes_objects.strategy import strategies
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_PREFIX = "nvidia.com/"
_CLASS = "nvidia"
_DEVICES = "NVIDIA_VISIBLE_DEVICES"
_WHOLE = re.compile(r"[0-9]+(?:\.0*)?")
_SEVERAL = re.compile(r"[2-9]|[1-9][0-9]+")
_BROKEN = re.compile(r"[0-9]*\.[0-9]+|[0-9]{1,9}m")
_SHARING = re.compile(r"\b(?:timeSlicing|mps)\s*:")
_EXTENDED = "kubernetes.io/docs/concepts/configuration/manage-resources-containers (extended resources)"


def _asks(pod: Pod) -> tuple[Value, ...]:
    """The amounts above nothing that it asks for."""
    return tuple(value for value in pod.gpu_limits if value.raw not in ("", "0"))


def _without_class(pod: Pod, facts: Facts) -> Iterator[Offence]:
    asked = _asks(pod)
    if not asked or pod.spec.get("runtimeClassName").exists or facts.cluster.is_talos is False:
        return
    if facts.era.runtime_handler is None or runs_nvidia_by_default(facts.cluster):
        return
    if BY_ENVIRONMENT.issuperset(_strategies(facts)):
        message = (
            "found a GPU without runtimeClassName; expected nvidia because the device plugin names the GPU in an "
            "environment variable, which only that runtime acts on"
        )
        yield Offence(asked[0], message)


def _strategies(facts: Facts) -> Collection[str]:
    """As the values say; where they leave it open, what every stack of an era without CDI comes down to."""
    try:
        return strategies(facts)
    except Lacking:
        if all(stack.pod_runtime_class for stack in facts.era.stacks.values()):
            return BY_ENVIRONMENT
        raise


def _without_toleration(pod: Pod, facts: Facts) -> Iterator[Offence]:
    asked, class_name = _asks(pod), pod.spec.get("runtimeClassName")
    needs = asked[0] if asked else class_name if class_name.text == _CLASS else None
    tolerations = pod.spec.get("tolerations")
    taint = untolerated(tolerations, facts.cluster) if needs else None
    if needs is not None and taint is not None:
        found = f"found no toleration of {excerpt(str(taint))}, and every GPU node here has such a taint"
        why = "the pod stays Pending without it" if asked else "no other node has the runtime that the pod names"
        yield Offence(tolerations or needs, f"{found}; expected one because {why}")


def _requests(pod: Pod, _: Facts) -> Iterator[Offence]:
    for container in pod.containers:
        limits = container.get("resources", "limits")
        for name, request in container.get("resources", "requests").pairs():
            limit = limits.get(name)
            if not name.startswith(_PREFIX) or limits.opaque or limit.opaque or request.text is None:
                continue
            if not limit:
                message = "expected a limit too because Kubernetes refuses a request for a device without one"
                yield Offence(request, f"found a request for {excerpt(name)} alone; {message}")
            elif limit.text != request.text:
                found = f"found a request of {excerpt(request.text)} and a limit of {excerpt(limit.raw)}"
                yield Offence(request, f"{found}; expected the same because devices cannot be overcommitted")


def _fraction(pod: Pod, _: Facts) -> Iterator[Offence]:
    for amount in pod.gpu_limits:
        text = amount.text or ""
        if _BROKEN.fullmatch(text) and not _WHOLE.fullmatch(text) and not _is_whole_in_thousandths(text):
            yield Offence(
                amount, f"found {text}; expected a whole number because Kubernetes counts devices by the piece"
            )


def _is_whole_in_thousandths(text: str) -> bool:
    return text.endswith("m") and int(text[:-1]) % 1000 == 0


def _devices_by_hand(pod: Pod, facts: Facts) -> Iterator[Offence]:
    for container in pod.containers:
        value = _environment(container, _DEVICES)
        asked = [amount for key in ("limits", "requests") for amount in _amounts(container.get("resources", key))]
        if not asked or value is None or value.text in (None, "", "void", "none"):
            continue
        message = (
            f"found {_DEVICES}={excerpt(value.raw)}; expected none because it overrides the GPU that was allocated"
        )
        yield Offence(value, message, severity=None if _takes_from_others(pod, asked, facts.cluster) else "info")


def _takes_from_others(pod: Pod, asked: list[Value], cluster: Cluster) -> bool:
    """Whether a runtime acts on the variable, and there are other GPUs on the node, or other pods on the same one."""
    if not pod.spec.get("runtimeClassName").exists and not runs_nvidia_by_default(cluster):
        return False
    several = any(_SEVERAL.fullmatch(amount.raw) for amount in asked)
    return several or _is_shared(asked, cluster) or any(len(node.gpus) > 1 for node in cluster.of(Node))


def _amounts(resources: Value) -> list[Value]:
    return [value for name, value in resources.pairs() if name.startswith(_PREFIX) and value.raw != "0"]


def _environment(container: Value, name: str) -> Value | None:
    """A variable's value, from a list of Kubernetes or from the map of a chart."""
    for entry in container.get("env").items():
        if entry.get("name").text == name:
            return entry.get("value")
    value = container.get("env", name)
    return (value.get("value") if value.is_map else value) if value.exists else None


def _is_shared(asked: list[Value], cluster: Cluster) -> bool:
    if any(str(amount.path[-1]).endswith(".shared") for amount in asked):
        return True
    texts = [text for item in cluster.of(Object) if item.kind == "ConfigMap" for text in item.root.get("data").walk()]
    texts += [text for chart in cluster.of(Chart) for text in chart.values.walk()]
    return any(_SHARING.search(text.raw) for text in texts) or any(
        {"timeSlicing", "mps"}.intersection(map(str, text.path)) and text.path[-1] == "replicas" for text in texts
    )


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="K8S012",
        name="GPU workload without runtimeClassName",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_without_class,
        remedy="Write `runtimeClassName: nvidia` beside containers.",
        source="docs.siderolabs.com/talos/v1.12 nvidia-gpu-proprietary; NVIDIA/k8s-device-plugin:README.md",
        waivable=True,
    ),
    Rule(
        id="K8S014",
        name="selector on a label that nothing sets",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=_selects_nothing,
        remedy="Select on a label that Talos or the operator sets, such as `extensions.talos.dev/<extension>`.",
        source="siderolabs/talos#6750; siderolabs/talos#10122; NVIDIA/gpu-operator:controllers/state_manager.go",
    ),
    Rule(
        id="K8S015",
        name="GPU workload without the pool's toleration",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_without_toleration,
        remedy="Write a toleration for the taint under tolerations of the pod.",
        source="kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration",
        waivable=True,
    ),
    Rule(
        id="K8S016",
        name="GPU request that is not its limit",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_requests,
        remedy="Write the amount under limits alone: the request follows it.",
        source=_EXTENDED,
        waivable=True,
    ),
    Rule(
        id="K8S017",
        name="NVIDIA_VISIBLE_DEVICES in a workload",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_devices_by_hand,
        remedy="Leave the variable out: the device plugin sets it to the GPU that the pod was given.",
        source="NVIDIA/k8s-device-plugin:README.md (deviceListStrategy envvar); Kubernetes: a pod's own env comes last",
    ),
    Rule(
        id="K8S018",
        name="fraction of a GPU",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_fraction,
        remedy="Write 1 and share the GPU with time slicing, MPS or MIG.",
        source=_EXTENDED,
        waivable=True,
    ),
)
