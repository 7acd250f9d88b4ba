"""What advertises the GPUs to Kubernetes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from talos_gpu.profile.model import Model, short_form
from talos_gpu.profile.shape import Shape, problem
from talos_gpu.profile.text import ChartRepository, LabelKey, LabelValue, Name, Text
from talos_gpu.profile.value import Between, FreeMap, Switch

__all__ = ["Chart", "Metrics", "Stack", "StackOrKind", "Toleration"]

StackKind = Literal["gpu-operator", "device-plugin", "none"]


class Chart(Model):
    """A pinned chart."""

    version: Annotated[Text, Shape(r"v?\d{1,4}\.\d{1,4}\.\d{1,4}(-[0-9A-Za-z.-]+)?", "a full chart version")] | None = (
        None
    )
    """Chart version as its repository writes it: with a v for the operator, without one for the device plugin."""
    repository: ChartRepository | None = None
    """Another chart repository (https:// or oci://), such as a mirror of the vendor's."""


class Metrics(Model):
    """GPU metrics."""

    service_monitor: Switch = False
    """Let the operator create a ServiceMonitor for dcgm-exporter (needs the Prometheus operator's CRDs)."""


class Toleration(Model):
    """A toleration, as in a pod."""

    key: LabelKey | None = None
    operator: Literal["Equal", "Exists"] = "Equal"
    value: LabelValue | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    toleration_seconds: Annotated[int, Between(0, 2**31)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Toleration:
        if self.operator == "Exists" and self.value:
            sentence = "found a value with operator Exists; leave the value out, or write operator: Equal"
            raise problem(sentence, "value")
        if self.key is None and self.operator != "Exists":
            raise problem("found a toleration without key; only operator: Exists may leave the key out")
        return self


class Stack(Model):
    """What advertises the GPUs to Kubernetes, and how its chart is set."""

    kind: StackKind | None = None
    """Default: what the vendor recommends for the Talos release's era."""
    namespace: Name | None = None
    """Default: gpu-operator or nvidia-device-plugin, by kind."""
    chart: Chart = Field(default_factory=Chart)
    driver: Literal["pre-installed"] | None = None
    """Operator only: leave `driver.enabled` on and tell it by node label that Talos brings the driver."""
    node_selector: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """Reaches every place that reads one; every GPU pool must satisfy it."""
    tolerations: tuple[Toleration, ...] = ()
    """Added to the chart's defaults and to the pools' taints."""
    values: FreeMap = Field(default_factory=dict)
    """Chart values of your own, merged by Helm's rules over ours."""
    metrics: Metrics = Field(default_factory=Metrics)


StackOrKind = Annotated[
    Stack,
    short_form(
        "kind",
        str,
        Stack,
        "a stack (gpu-operator, device-plugin or none), or a map",
        StackKind,
    ),
]
"""`stack: none` is short for `stack: {kind: none}`."""
