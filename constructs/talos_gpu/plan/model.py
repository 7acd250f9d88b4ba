"""The plan of a cluster: every decision that follows from profile and catalogue, complete and frozen.

Renderers read it and decide nothing. `Decision` fields say why; plain fields are what the user wrote, or texts
derived from decisions beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from talos_gpu.document import KeyPath
from talos_gpu.plan.decision import Decision, Known
from talos_gpu.profile.pool import KernelModule, Taint
from talos_gpu.profile.stack import Toleration
from talos_gpu.schematic import Addresses, Schematic

__all__ = [
    "BridgePlan",
    "ChartPlan",
    "ClusterPlan",
    "DeliveryPlan",
    "Dialect",
    "GpuPlan",
    "IgnoredDifference",
    "Image",
    "MachinePlan",
    "NodePlan",
    "Notice",
    "PoolPlan",
    "SchematicPlan",
    "SmokeTestPlan",
    "StackPlan",
    "UserPatch",
    "WorkloadPlan",
]

Dialect = Literal["v1alpha1", "documents"]
"""v1alpha1: strategic merge patches of the one legacy document. documents: the kinds that Talos 1.14 configs hold."""


@dataclass(frozen=True, slots=True)
class Image:
    """A container image. `reference` is what is pulled, after mirror and digest; `upstream` is the vendor's name."""

    reference: str
    upstream: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something an operator should know before the merge. Shown by explain and in the runbook."""

    topic: str
    text: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class NodePlan:
    """One machine. `install_disk` is a device path, or None where the profile gives none."""

    name: str
    address: str
    install_disk: str | None


@dataclass(frozen=True, slots=True)
class GpuPlan:
    """The GPUs of one node of a pool, and the driver that they get."""

    model: Known[str]
    """The catalogue's name, or the candidates joined by ` / ` where all facts used agree."""
    architecture: Known[str]
    count: int
    track: Known[str]
    flavour: Known[str]
    branch: Known[str]
    driver: Decision[str]
    cuda: Decision[str]
    """The newest CUDA version that this driver supports (what nvidia-smi prints)."""
    memory_gib: Decision[int]
    """Marketing size of one GPU in GiB."""
    fabric_manager: Decision[bool]
    """Whether the NVIDIA fabric manager extension belongs on the node (NVSwitch boards only)."""
    mig: Decision[str]
    """`none`, or the strategy in use: `single`, `mixed`."""
    mig_profile: str | None
    sharing: Decision[str]
    """`none`, `time-slicing` or `mps`."""
    replicas: int
    """How often each GPU is advertised; 1 without sharing."""
    resources: Decision[Mapping[str, int]]
    """What a node of the pool advertises: resource name to count."""


@dataclass(frozen=True, slots=True)
class SchematicPlan:
    """What the Image Factory is told about the pool's boot image, and the addresses that follow."""

    extensions: Known[tuple[str, ...]]
    """Full names, sorted."""
    versions: Mapping[str, Decision[str]]
    """Extension name to the version that this Talos release carries."""
    schematic: Schematic
    text: str
    """Canonical text: its sha256 is the id."""
    id: Decision[str]
    without_nvidia_text: str
    """Canonical text of the same image without the NVIDIA extensions (equal to `text` in a pool without GPU)."""
    without_nvidia_id: str
    installer: Known[str]
    """Installer image reference."""
    addresses: Addresses


@dataclass(frozen=True, slots=True)
class UserPatch:
    """A machine-config patch of the user's: `text` is a YAML stream; `origin` says where it came from."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class MachinePlan:
    """What the machine configuration of the pool's nodes must hold beyond what Talos generates."""

    modules: Known[tuple[KernelModule, ...]]
    """Kernel modules in load order; empty in a pool without GPU and without modules of the user's."""
    sysctls: Known[Mapping[str, str]]
    labels: Known[Mapping[str, str]]
    taints: Known[tuple[Taint, ...]]
    taint_method: Known[Literal["register-with-taints", "node-taints", "kube-node-config"]]
    """How taints reach the node: kubelet registerWithTaints, machine.nodeTaints, or a KubeNodeConfig document."""
    default_runtime: Known[str | None]
    containerd_plugin: Known[str]
    """Name of containerd's CRI runtime plugin, the key under which a default runtime is set."""
    schedulable: bool
    """A control plane that runs workloads."""
    install_image: Decision[bool]
    """Whether a patch sets the installer image (Unknown where the dialect needs a disk that the profile lacks)."""
    user_patches: tuple[UserPatch, ...]


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """Nodes that share role, GPU and boot image."""

    name: str
    role: Literal["worker", "control-plane"]
    arch: str
    platform: str
    secure_boot: bool
    nodes: tuple[NodePlan, ...]
    gpu: GpuPlan | None
    schematic: SchematicPlan
    machine: MachinePlan


@dataclass(frozen=True, slots=True)
class IgnoredDifference:
    """Fields of one kind that the cluster fills in by itself. `pointers` are JSON pointers."""

    group: str
    kind: str
    pointers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChartPlan:
    """The Helm release. Values are merged already: ours, then the user's by Helm's rules."""

    name: str
    """Chart name: `gpu-operator` or `nvidia-device-plugin`."""
    release: str
    """Name of the Helm release."""
    version: Known[str]
    repository: Known[str]
    """`https://...` or `oci://...` (then including the chart's name)."""
    values: Known[Mapping[str, Any]]
    """Only what differs from the chart's defaults. A None means null, and must arrive as null."""
    comments: Mapping[KeyPath, str]
    """Why, by key path into `values` (without a document index)."""
    crds: bool
    """Whether the chart carries CustomResourceDefinitions."""
    wait: Known[bool]
    """Whether an engine may wait for what the chart creates to become ready."""
    ignored_differences: tuple[IgnoredDifference, ...] = ()
    """Fields that change in the cluster without anybody's hand, so that an engine must not call them drift."""


@dataclass(frozen=True, slots=True)
class BridgePlan:
    """The validation bridge: writes the readiness files that the operator's own DaemonSets would write."""

    image: Image
    interval_seconds: int
    content: Mapping[str, str]
    """The environment file's lines: name to value."""


@dataclass(frozen=True, slots=True)
class StackPlan:
    """What advertises the GPUs to Kubernetes."""

    kind: Known[Literal["gpu-operator", "device-plugin", "none"]]
    namespace: Known[str]
    render_namespace: Known[bool]
    chart: ChartPlan | None
    runtime_class: Known[bool]
    """Whether a RuntimeClass `nvidia` is rendered."""
    bridge: Known[bool]
    bridge_plan: BridgePlan | None
    node_selector: Known[Mapping[str, str]]
    """Selects the GPU nodes: for bridge, smoke test and Component."""
    tolerations: Known[tuple[Toleration, ...]]
    """What pods on GPU nodes must tolerate: the pools' taints and the user's, without duplicates."""


@dataclass(frozen=True, slots=True)
class WorkloadPlan:
    """What makes a pod a GPU pod on this cluster."""

    runtime_class: Known[str | None]
    """runtimeClassName that pods must set, or None where the default runtime already injects the GPU."""
    resource: str
    """Resource to request, such as nvidia.com/gpu."""


@dataclass(frozen=True, slots=True)
class SmokeTestPlan:
    """The job that proves that a GPU can be allocated and used."""

    cuda: Decision[str]
    smi_image: Decision[Image]
    """Official CUDA base image; nvidia-smi comes from the driver."""
    sample_image: Decision[Image]
    """A CUDA sample that computes something."""
    deliver: bool


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """Who applies kubernetes/, and from where."""

    engine: Literal["flux", "argocd", "plain"]
    namespace: str
    """Where the engine's own objects live."""
    source_kind: str
    source_name: str
    source_namespace: str
    repo_url: str | None
    target_revision: str
    path: str
    """Folder of this cluster in the repository, such as dist/goldentooth."""
    project: str


@dataclass(frozen=True, slots=True)
class ClusterPlan:
    """Everything that is rendered follows from this."""

    cluster: str
    profile: str
    """Path of the profile, relative to the working root."""
    talos: Known[str]
    era: Known[str]
    preview: bool
    """The era is not released yet, or rests on facts that could not be read."""
    contract: Known[str]
    dialect: Known[Dialect]
    multi_document: bool
    """The machine config of this contract holds several documents from the start, a HostnameConfig among them."""
    kubernetes: Decision[str]
    endpoint: Decision[str]
    kernel: Decision[str]
    containerd: Decision[str]
    """Version of the container runtime on the nodes."""
    toolkit: Decision[str]
    """Version of the NVIDIA container toolkit on the nodes."""
    toolkit_mode: Decision[str]
    """How the runtime injects GPUs: `legacy` or `jit-cdi`."""
    layout: Known[Literal["talhelper", "topf", "talosctl", "opentofu"]]
    layout_path: str
    complete: Known[bool]
    """Whether the profile describes the whole cluster, so that the layout's main file can be rendered whole."""
    pools: tuple[PoolPlan, ...]
    stack: StackPlan
    workload: WorkloadPlan
    smoke_test: SmokeTestPlan
    delivery: DeliveryPlan
    notices: tuple[Notice, ...]

    @property
    def gpu_pools(self) -> tuple[PoolPlan, ...]:
        """The pools that carry GPUs."""
        return tuple(pool for pool in self.pools if pool.gpu)
