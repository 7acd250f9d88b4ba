"""Pools: nodes that share role, GPU and boot image."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic.alias_generators import to_camel

from talos_gpu.profile.model import Model, short_form
from talos_gpu.profile.shape import Shape, problem, shown
from talos_gpu.profile.text import (
    Address,
    BlockText,
    Disk,
    ExtensionName,
    LabelKey,
    LabelValue,
    Name,
    RelativePath,
    SchematicId,
    Text,
)
from talos_gpu.profile.value import Between, FreeMap, Switch

__all__ = [
    "Driver",
    "Gpu",
    "KernelModule",
    "MetaValue",
    "Mig",
    "Mps",
    "Node",
    "Overlay",
    "Patch",
    "Pool",
    "SecureBoot",
    "Sharing",
    "Taint",
    "TimeSlicing",
]

Effect = Literal["NoSchedule", "PreferNoSchedule", "NoExecute"]


class Gpu(Model):
    """The GPUs of one node of the pool."""

    model: Text
    """Marketing name in any usual spelling, or a PCI id such as `10de:2c05`."""
    count: Annotated[int, Between(1, 64)] = 1
    """How many of them one node carries."""


class Driver(Model):
    """Which of the drivers that the Talos release carries."""

    track: Literal["lts", "production", "new-feature", "single"] | None = None
    """Sidero's name for a driver line inside one Talos release. Default: `lts` where it supports the card."""
    flavour: Literal["open", "proprietary"] | None = None
    """Kernel modules: open (nvidia-open-gpu-kernel-modules) or proprietary (nonfree-kmod-nvidia)."""
    version: Annotated[Text, Shape(r"\d{3}(\.\d{1,4}){1,2}", "a full driver version, digits and points")] | None = None
    """An assertion: never selects, must agree with what the track carries."""


class Overlay(Model):
    """A board overlay of the Image Factory."""

    name: Text
    image: Text
    options: FreeMap = Field(default_factory=dict)


class MetaValue(Model):
    """A value for the META partition of the boot image."""

    key: Annotated[int, Between(0, 255)]
    value: BlockText


class SecureBoot(Model):
    """Secure Boot images, and which keys they enroll."""

    enabled: Switch = True
    enroll_keys: Literal["if-safe", "force", "manual", "off"] | None = None
    include_well_known_certificates: Switch = False


class KernelModule(Model):
    """A kernel module to load beside NVIDIA's four."""

    name: Annotated[Text, Shape("[A-Za-z0-9_-]{1,64}", "the name of a kernel module: letters, digits, - and _")]
    parameters: tuple[Text, ...] = ()


class TimeSlicing(Model):
    """Several pods take turns on a GPU, without memory isolation."""

    replicas: Annotated[int, Between(2, 1024)]
    """How often each GPU is advertised."""
    rename_by_default: Switch = False
    """Advertise `nvidia.com/gpu.shared` in place of `nvidia.com/gpu`."""
    fail_requests_greater_than_one: Switch = False


class Mps(Model):
    """Several processes share a GPU through NVIDIA's Multi-Process Service (experimental)."""

    replicas: Annotated[int, Between(2, 48)]


class Sharing(Model):
    """One method of sharing for all GPUs of the pool."""

    time_slicing: TimeSlicing | None = None
    mps: Mps | None = None

    @model_validator(mode="after")
    def _one_method(self) -> Sharing:
        if (self.time_slicing is None) == (self.mps is None):
            raise problem("expected exactly one of timeSlicing and mps")
        return self


class Mig(Model):
    """GPUs partitioned into MIG devices."""

    strategy: Literal["single", "mixed"] = "single"
    profile: Annotated[
        Text,
        Shape(
            r"all-(disabled|enabled|balanced)|\d+g\.\d+gb(\+(me|gfx|me\.all))?",
            "a MIG profile such as 1g.10gb, or all-balanced, all-enabled, all-disabled",
        ),
    ]
    """The layout of every GPU of the pool, by MIG profile name (`1g.12gb`) or `all-balanced`."""


class Taint(Model):
    """A taint that the pool's nodes register with."""

    key: LabelKey
    value: LabelValue = ""
    effect: Effect


class Patch(Model):
    """A machine-config patch of the user's own: a file of the repository, or written in place."""

    file: RelativePath | None = None
    """Relative to the profile's folder."""
    inline: FreeMap | None = None
    """The fields that shall change, in their place."""

    @model_validator(mode="after")
    def _one_source(self) -> Patch:
        if (self.file is None) == (self.inline is None):
            raise problem("expected a file name, or the patch itself as a map")
        return self


def _patch(value: Any) -> Any:
    if isinstance(value, str):
        return {"file": value}
    if isinstance(value, dict):
        return value if set(value) & {"file", "inline"} or not value else {"inline": value}
    raise problem(f"found {shown(value)}, expected a file name, or the patch itself as a map")


PatchOrShort = Annotated[Patch, BeforeValidator(_patch, json_schema_input_type=Patch | str | dict[str, Any])]
"""`patches: [a.yaml, {machine: ...}]` is short for `patches: [{file: a.yaml}, {inline: {machine: ...}}]`."""


class Node(Model):
    """One machine."""

    address: Address
    install_disk: Disk | None = None


class Pool(Model):
    """Nodes that share role, GPU and boot image. Without `gpu` it gets nothing of NVIDIA."""

    role: Literal["worker", "control-plane"] = "worker"
    """What Talos makes of the nodes."""
    schedulable: Switch = False
    """Control planes only: they run workloads too."""
    gpu: Gpu | None = None
    driver: Driver = Field(default_factory=Driver)
    arch: Literal["amd64", "arm64"] = "amd64"
    """Of the nodes' CPUs."""
    platform: Annotated[Text, Shape("[a-z0-9-]{1,63}", "a platform of Talos, such as metal, nocloud or aws")] = "metal"
    """Talos platform of the image: metal, nocloud, aws, ..."""
    extensions: tuple[ExtensionName, ...] = ()
    """Further official extensions, with or without `siderolabs/`."""
    schematic_id: SchematicId | None = None
    """An assertion: the schematic that follows from this pool must have this id."""
    kernel_args: tuple[Text, ...] = ()
    """Kernel arguments, in this order; they are part of the schematic."""
    overlay: Overlay | None = None
    meta: tuple[MetaValue, ...] = ()
    secure_boot: Annotated[
        SecureBoot | None, short_form("enabled", bool, SecureBoot | None, "true, false, or a map")
    ] = None
    modules: tuple[
        Annotated[KernelModule, short_form("name", str, KernelModule, "a module's name, or a map")], ...
    ] = ()
    labels: dict[LabelKey, LabelValue] = Field(default_factory=dict)
    """Node labels. Workers may not set those of Kubernetes' own domains on themselves."""
    taints: tuple[Taint, ...] = ()
    sharing: Sharing | None = None
    mig: Mig | None = None
    default_runtime: Literal["nvidia"] | None = None
    """Make `nvidia` the runtime of every pod on these nodes."""
    patches: tuple[PatchOrShort, ...] = ()
    """Machine-config patches of your own; each stays a file of its own."""
    nodes: dict[Name, Node] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _only_with_gpu(self) -> Pool:
        for key in ("driver", "sharing", "mig", "default_runtime"):
            if self.gpu is None and key in self.model_fields_set and getattr(self, key) is not None:
                name = to_camel(key)
                raise problem(
                    f"found {name} in a pool without gpu: give it gpu: {{model: ...}}, or remove {name}", name
                )
        if self.schedulable and self.role == "worker":
            sentence = "found true on a worker pool; it is for control planes that run workloads"
            raise problem(sentence, "schedulable")
        return self

    @field_validator("taints")
    @classmethod
    def _taints_once(cls, taints: tuple[Taint, ...]) -> tuple[Taint, ...]:
        seen: set[tuple[str, str]] = set()
        for index, taint in enumerate(taints):
            if (taint.key, taint.effect) in seen:
                raise problem(f"found the taint {taint.key} with effect {taint.effect} twice; keep one", index)
            seen.add((taint.key, taint.effect))
        return taints

    @field_validator("modules")
    @classmethod
    def _modules_once(cls, modules: tuple[KernelModule, ...]) -> tuple[KernelModule, ...]:
        seen: set[str] = set()
        for index, module in enumerate(modules):
            name = module.name.replace("-", "_")
            if name in seen:
                raise problem(f"found the module {module.name} twice (- and _ are the same); keep one", index)
            seen.add(name)
        return modules

    @field_validator("meta")
    @classmethod
    def _meta_once(cls, meta: tuple[MetaValue, ...]) -> tuple[MetaValue, ...]:
        seen: set[int] = set()
        for index, item in enumerate(meta):
            if item.key in seen:
                raise problem(f"found the META key {item.key} twice; keep one", index)
            seen.add(item.key)
        return meta
