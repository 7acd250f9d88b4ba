"""What rules look at. Each is recognised by content, and knows the places of all that it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from talos_gpu.finding import Position
from talos_gpu.inventory.value import Value

__all__ = [
    "Chart",
    "ImageReference",
    "JsonPatch",
    "MachineConfig",
    "Node",
    "Object",
    "Origin",
    "Pod",
    "Role",
    "Schematic",
    "Subject",
    "TalhelperEntry",
    "place_of",
]

Origin = Literal[
    "profile", "talhelper", "topf", "omni", "talos", "opentofu", "flux", "argocd", "kustomize", "helm", "kubernetes"
]
"""Whose words it was read from. `helm` is a plain values file, `talos` a machine config or a patch on its own."""
Role = Literal["worker", "control-plane"]


@dataclass(frozen=True, slots=True)
class Schematic:
    """An Image Factory schematic: a file of its own, or a part of another. `root` is the map above `customization`.

    `id` is the canonical one; None where a placeholder, or something that the factory refuses, leaves it open.
    `text_known` is False where it was read out of a template or HCL: then only what was seen may be judged, and
    nothing is said of what is missing.
    """

    root: Value
    origin: Origin
    extensions: tuple[Value, ...]
    kernel_args: tuple[Value, ...]
    id: str | None
    text_known: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The extensions' names as far as they are known."""
        return tuple(entry.text for entry in self.extensions if entry.text)

    @property
    def whole(self) -> bool:
        """Whether every extension is known."""
        return self.text_known and all(entry.text for entry in self.extensions)


@dataclass(frozen=True, slots=True)
class ImageReference:
    """An installer image as somebody wrote it. Parts that it lacks are empty; `id` is a schematic id of 64 digits.

    `key` says where it stands: `talosImageURL`, `install.image`, or `text` (a command, HCL, a comment is none).
    """

    value: Value
    origin: Origin
    key: Literal["talosImageURL", "install.image", "text"]
    host: str
    name: str
    id: str
    tag: str
    digest: str


@dataclass(frozen=True, slots=True)
class MachineConfig:
    """One file or inline text of Talos configuration: its documents in order, as a whole config or as a patch.

    `legacy` documents hold `machine` or `cluster`; the others have a `kind`.
    """

    place: Value
    origin: Origin
    form: Literal["config", "patch"]
    documents: tuple[Value, ...]

    @property
    def legacy(self) -> tuple[Value, ...]:
        """The documents of v1alpha1."""
        return tuple(item for item in self.documents if not item.get("kind"))

    def of_kind(self, kind: str) -> tuple[Value, ...]:
        """The documents of a kind."""
        return tuple(item for item in self.documents if item.get("kind").text == kind)


@dataclass(frozen=True, slots=True)
class JsonPatch:
    """An RFC 6902 patch of a machine config: a list of operations. One that kustomize applies is none."""

    root: Value
    origin: Origin


@dataclass(frozen=True, slots=True)
class TalhelperEntry:
    """A talconfig.yaml as a whole, for what only talhelper does with it: keys that it knows, order of patches."""

    root: Value


@dataclass(frozen=True, slots=True)
class Node:
    """A node, or nodes that are told alike, with everything that is said to them: levels and patches merged in order.

    `config` is the merged legacy document, in which lists have grown as Talos lets them; `documents` are the others,
    merged by kind and name. `parts` are the texts they were merged from. `complete` is False where more may be said to
    the node than was seen (a patch on its own, a file that could not be read): then nothing is judged as missing.
    """

    name: str
    place: Value
    origin: Origin
    role: Role | None
    complete: bool
    config: Value
    documents: tuple[Value, ...] = ()
    parts: tuple[MachineConfig, ...] = ()
    schematic: Schematic | None = None
    image: ImageReference | None = None
    gpus: tuple[str, ...] = ()
    """Names of its GPUs where somebody says so; the catalogue knows their spelling."""
    arch: str = ""
    plain_image: bool = False
    """Whether nobody says which image it boots, and its tool then takes the one without any extension."""
    in_branches: bool = False
    """Whether a template had a hand in it: what stands twice may be said in branches of which one counts."""

    def of_kind(self, kind: str) -> tuple[Value, ...]:
        """The documents of a kind."""
        return tuple(item for item in self.documents if item.get("kind").text == kind)

    @property
    def modules(self) -> tuple[Value, ...]:
        """The names of the kernel modules that it is told to load, in either dialect."""
        legacy = (item.get("name") for item in self.config.get("machine", "kernel", "modules").items())
        return (*legacy, *(item.get("name") for item in self.of_kind("KernelModuleConfig")))

    def under(self, kind: str, key: str, *legacy: str) -> tuple[Value, ...]:
        """What stands under `key` of documents of `kind`, and under the `legacy` keys of v1alpha1, where there is any."""
        places = (self.config.get(*legacy), *(item.get(key) for item in self.of_kind(kind)))
        return tuple(place for place in places if place)


@dataclass(frozen=True, slots=True)
class Object:
    """An object of Kubernetes. `live` is False where no kustomization includes its file, though there are some."""

    root: Value
    api_version: str
    kind: str
    name: str
    namespace: str
    live: bool = True

    @property
    def group(self) -> str:
        """The API group; empty for the core one."""
        return self.api_version.rpartition("/")[0]


@dataclass(frozen=True, slots=True)
class Chart:
    """A release of a chart that matters to a GPU, by whatever tool it is delivered.

    `values` are all layers merged by Helm's rules, each node at its own place; absent where nobody sets any.
    `complete` is False where a layer could not be read: then nothing is judged as missing. `version` is absent where
    no version is written anywhere. `place` is where the release itself stands.
    """

    name: str
    origin: Origin
    place: Value
    version: Value
    namespace: str
    values: Value
    layers: tuple[Value, ...] = ()
    complete: bool = True
    object: Object | None = None
    repository: Value | None = None
    """The address, or the name of the source object, that the chart comes from."""

    def value(self, path: str) -> Value:
        """The value at a dotted path."""
        return self.values.get(*path.split("."))


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that somebody wants: of a Pod, a Deployment, a DaemonSet, a Job, of app-template values, of a claim.

    `spec` holds containers and what a pod spec holds beside them. `owner` is the object that it was read from.
    """

    spec: Value
    kind: str
    owner: Object | None
    namespace: str
    containers: tuple[Value, ...] = field(default=())

    @property
    def gpu_limits(self) -> tuple[Value, ...]:
        """The amounts of nvidia.com resources that its containers ask for, as limits or requests."""
        found = []
        for container in self.containers:
            for key in ("limits", "requests"):
                found += [
                    value for name, value in container.get("resources", key).pairs() if name.startswith("nvidia.com/")
                ]
        return tuple(found)


Subject = Schematic | ImageReference | MachineConfig | JsonPatch | TalhelperEntry | Node | Object | Chart | Pod


def place_of(subject: Subject) -> Position:
    """Where a subject stands."""
    if isinstance(subject, Schematic | JsonPatch | TalhelperEntry | Object):
        return subject.root.place
    if isinstance(subject, ImageReference):
        return subject.value.place
    return subject.spec.place if isinstance(subject, Pod) else subject.place.place
