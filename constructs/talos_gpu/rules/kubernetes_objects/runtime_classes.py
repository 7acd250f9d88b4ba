"""K8S: RuntimeClass objects, and pods that name one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.inventory import Chart, Object, Pod, Value
from talos_gpu.rules.charts.eras import possible_eras
from talos_gpu.rules.charts.upstream import is_upstream
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.kubernetes_objects.machine import defines_runtime
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_OPERATOR_MAKES = "NVIDIA/gpu-operator:controllers/object_controls.go (transformRuntimeClass); NVIDIA/gpu-operator#446"
_HANDLERS = "siderolabs/extensions:nvidia-gpu/nvidia-container-toolkit; NVIDIA/gpu-operator#413"
_ONLY_WITH_CDI = frozenset(("nvidia-cdi", "nvidia-legacy"))
_REMOVED = {"node.k8s.io/v1alpha1", "node.k8s.io/v1beta1"}
_API = "node.k8s.io/v1"


def _is_class(item: Object) -> bool:
    return item.kind == "RuntimeClass" and item.live


def _beside_the_operator(item: Object, facts: Facts) -> Iterator[Offence]:
    operators = [chart for chart in facts.cluster.of(Chart) if chart.name == "gpu-operator"]
    if not _is_class(item) or not operators:
        return
    named = {chart.value("operator.runtimeClass").text or "nvidia" for chart in operators}
    if item.name in named | _ONLY_WITH_CDI:
        message = (
            f"found RuntimeClass {item.name} beside the GPU operator; expected none because the operator writes this "
            "object itself, over and over"
        )
        yield Offence(item.root.get("metadata", "name"), message)


def _wrong_handler(item: Object, facts: Facts) -> Iterator[Offence]:
    handler = item.root.get("handler")
    text = handler.text
    if not _is_class(item) or text is None:
        return
    known = {era.runtime_handler for era in facts.catalogue.eras() if era.runtime_handler}
    ours = text.startswith("nvidia") or item.name in known
    if not ours or defines_runtime(facts.cluster, text):
        return
    if text in known:
        yield from _handler_that_is_gone(handler, facts)
        return
    if not possible_eras(facts):
        return
    wanted = " or ".join(sorted(known))
    yield Offence(
        handler,
        f"found handler {excerpt(text)}; expected {wanted} because the toolkit extension brings no other",
        fix=replacing(handler, item.name) if item.name in known else (),
    )


def _handler_that_is_gone(handler: Value, facts: Facts) -> Iterator[Offence]:
    """Of a class beside the operator another rule speaks."""
    minor = facts.known_minor
    beside = any(chart.name == "gpu-operator" for chart in facts.cluster.of(Chart))
    if minor is not None and minor.era.runtime_handler is None and not beside and facts.cluster.is_talos is not False:
        message = f"found handler {handler.raw}; expected no such object because the extension brings no runtime"
        remedy = "Remove it: the GPU operator injects the driver by NRI and CDI, without a RuntimeClass."
        yield Offence(handler, f"{message} on Talos {minor.name}", remedy)


def _class_that_talos_lacks(subject: object, facts: Facts) -> Iterator[Offence]:
    if isinstance(subject, Pod):
        name = subject.spec.get("runtimeClassName")
    elif isinstance(subject, Chart) and is_upstream(subject, "nvidia-device-plugin"):
        name = subject.value("runtimeClassName")
    else:
        return
    if name.text not in _ONLY_WITH_CDI or defines_runtime(facts.cluster, name.raw) or not possible_eras(facts):
        return
    message = f"found {name.raw}; expected another class because no runtime of that name is configured on Talos"
    yield Offence(name, message)


def _class_that_is_gone(pod: Pod, facts: Facts) -> Iterator[Offence]:
    name = pod.spec.get("runtimeClassName")
    handlers = {era.runtime_handler for era in facts.catalogue.eras() if era.runtime_handler}
    if name.text not in handlers or facts.cluster.is_talos is False or facts.era.runtime_handler is not None:
        return
    if not defines_runtime(facts.cluster, name.raw):
        message = f"found {name.raw}; expected no runtimeClassName because the extension brings no runtime"
        yield Offence(name, f"{message} on Talos {facts.minor.name}")


def _handler_below_spec(item: Object, _: Facts) -> Iterator[Offence]:
    if not _is_class(item) or item.root.get("handler").exists:
        return
    for key in ("handler", "runtimeHandler"):
        value = item.root.get("spec", key)
        if value.exists:
            shown = excerpt(value.raw) or "nvidia"
            message = f"found spec.{key}; expected handler beside metadata because a RuntimeClass has no spec"
            yield Offence(value, message, remedy=f"handler: {shown}" if not value.opaque else "")


def _removed_version(item: Object, _: Facts) -> Iterator[Offence]:
    version = item.root.get("apiVersion")
    if not _is_class(item) or version.text not in _REMOVED:
        return
    yield Offence(
        version,
        f"found {version.raw}; expected {_API} because Kubernetes serves no other any more",
        fix=replacing(version, _API) if item.root.get("handler").exists else (),
    )


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="K8S003",
        name="RuntimeClass beside the operator",
        severity="error",
        since="0.1.0",
        looks_at=Object,
        check=_beside_the_operator,
        remedy="Remove the object; the operator creates it.",
        source=_OPERATOR_MAKES,
        waivable=True,
    ),
    Rule(
        id="K8S004",
        name="RuntimeClass with another handler",
        severity="error",
        since="0.1.0",
        looks_at=Object,
        check=_wrong_handler,
        remedy="Write `handler: nvidia`, and delete the old object first: its handler cannot be changed.",
        source=_HANDLERS,
        waivable=True,
    ),
    Rule(
        id="K8S005",
        name="nvidia-cdi or nvidia-legacy",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_class_that_talos_lacks,
        remedy="Write `runtimeClassName: nvidia`, or leave it out where the device plugin hands out GPUs by CDI.",
        source="NVIDIA/gpu-operator:assets/pre-requisites/0210_runtime_class.yaml; NVIDIA/gpu-operator#549",
        waivable=True,
    ),
    Rule(
        id="K8S013",
        name="runtimeClassName where the runtime is gone",
        severity="error",
        since="0.1.0",
        looks_at=Pod,
        check=_class_that_is_gone,
        remedy="Leave runtimeClassName out: the GPU operator injects the driver by NRI and CDI.",
        source="siderolabs/extensions#1222; docs.siderolabs.com/talos/v1.15 nvidia-gpu",
        waivable=True,
    ),
    Rule(
        id="K8S019",
        name="handler below spec",
        severity="error",
        since="0.1.0",
        looks_at=Object,
        check=_handler_below_spec,
        remedy="Write `handler: nvidia` beside metadata, without spec.",
        source="kubernetes.io/docs/concepts/containers/runtime-class",
        waivable=True,
    ),
    Rule(
        id="K8S020",
        name="RuntimeClass of a removed API version",
        severity="error",
        since="0.1.0",
        looks_at=Object,
        check=_removed_version,
        remedy="Write `apiVersion: node.k8s.io/v1`.",
        source="kubernetes.io/docs/reference/using-api/deprecation-guide (1.25)",
        waivable=True,
    ),
)
