"""What a Talos minor makes of the GPU stack, as capabilities. Code asks these, never a version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog.fact import Fact, Source

__all__ = ["Era", "RequiredValue", "StackSupport", "Support", "Sysctl"]

Support = Literal["supported", "reported-by-users", "preview", "refused"]


@dataclass(frozen=True, slots=True)
class Sysctl:
    """A kernel setting that the GPU stack needs, with the reason. The value is a string, as Talos wants it."""

    key: str
    value: str
    why: str
    source: Source


@dataclass(frozen=True, slots=True)
class RequiredValue:
    """A chart value that an era needs. `path` is dotted below the chart's values; a list of `{name, value}` is an env.

    `from_chart` is the oldest chart version that reads it ("" for every version of the table).
    """

    path: tuple[str, ...]
    value: object
    why: str
    source: Source
    from_chart: str = ""


@dataclass(frozen=True, slots=True)
class StackSupport:
    """How one stack (`gpu-operator`, `device-plugin`) stands in an era.

    `runtime_class` says who makes RuntimeClass `nvidia`: `rendered` (we do), `operator` (it does, never render), or
    `none`. `pod_runtime_class` is the runtimeClassName that a GPU pod needs, or None. `bridge` says whether the
    validation bridge is needed. `default_chart` and `minimum_chart` are chart versions, missing where nobody says.
    """

    stack: str
    chart: str
    support: Support
    why: str
    source: Source
    default_chart: Fact[str]
    minimum_chart: Fact[str]
    runtime_class: Literal["rendered", "operator", "none"]
    pod_runtime_class: str | None
    bridge: bool
    node_labels: Mapping[str, str]
    values: tuple[RequiredValue, ...]
    cluster_policy_becomes_ready: Fact[bool]
    validator_succeeds: bool


@dataclass(frozen=True, slots=True)
class Era:
    """One row of eras.yaml.

    `toolkit_in_extension`: the container toolkit is inside the extension; `runtime_handler`: the containerd handler
    that the extension brings, or None; `driver_install_dir`: host directory of the driver's user space, or None
    where no single one serves; `services`: Talos extension services to expect; `toolkit_config`: the toolkit's own
    configuration file, empty where it has none.
    """

    name: str
    minors: str
    preview: bool
    summary: str
    toolkit_in_extension: bool
    runtime_handler: str | None
    cdi_spec_service: Fact[bool]
    driver_install_dir: str | None
    sysctls: tuple[Sysctl, ...]
    default_runtime: bool
    services: tuple[str, ...]
    stacks: Mapping[str, StackSupport]
    source: Source
    notes: tuple[str, ...] = ()
    toolkit_config: str = ""
