"""What each construct is made of: frozen, hashable, and free of cdk8s, so that equal props mean an equal manifest.

Maps are tuples of pairs in the order in which they are written; `pairs` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from talos_gpu.plan.model import IgnoredDifference
from talos_gpu.profile.stack import Toleration

__all__ = [
    "ApplicationProps",
    "ChartSource",
    "DevicePluginReleaseProps",
    "FluxKustomizationProps",
    "GpuOperatorReleaseProps",
    "HelmReleaseProps",
    "HelmRepositoryProps",
    "NamespaceProps",
    "OciRepositoryProps",
    "Pairs",
    "PathSource",
    "Props",
    "RuntimeClassProps",
    "SmokeTestProps",
    "ValidationBridgeProps",
    "pairs",
]

Pairs = tuple[tuple[str, str], ...]


def pairs(mapping: Mapping[str, str]) -> Pairs:
    """The map as a tuple of pairs, in its own order."""
    return tuple(mapping.items())


@dataclass(frozen=True, slots=True)
class NamespaceProps:
    """A namespace in which Pod Security admits privileged pods."""

    name: str
    annotations: Pairs = ()


@dataclass(frozen=True, slots=True)
class RuntimeClassProps:
    """A RuntimeClass. `handler` is the runtime's name in containerd."""

    name: str = "nvidia"
    handler: str = "nvidia"
    annotations: Pairs = ()


@dataclass(frozen=True, slots=True)
class ValidationBridgeProps:
    """The DaemonSet that writes the operator's readiness files, with its script."""

    namespace: str
    image: str
    content: Pairs
    """The variables of driver-ready."""
    node_selector: Pairs
    tolerations: tuple[Toleration, ...]
    interval_seconds: int = 5
    annotations: Pairs = ()


@dataclass(frozen=True, slots=True)
class SmokeTestProps:
    """A Job that asks for one GPU. Without `sample_image`, nvidia-smi is the whole test."""

    namespace: str
    resource: str
    smi_image: str | None
    sample_image: str | None
    runtime_class: str | None
    node_selector: Pairs
    tolerations: tuple[Toleration, ...]
    annotations: Pairs = ()

    def __post_init__(self) -> None:
        if not (self.smi_image or self.sample_image):
            raise ValueError("a smoke test needs smi_image or sample_image")


@dataclass(frozen=True, slots=True)
class HelmRepositoryProps:
    """A chart repository that is read over HTTPS."""

    name: str
    namespace: str
    url: str


@dataclass(frozen=True, slots=True)
class OciRepositoryProps:
    """One version of a chart in a container registry. `url` ends in the chart's name."""

    name: str
    namespace: str
    url: str
    version: str


@dataclass(frozen=True, slots=True)
class HelmReleaseProps:
    """A Flux HelmRelease, named as its chart, whose values lie in a ConfigMap under the key values.yaml."""

    chart: str
    namespace: str
    source_name: str
    values_config_map: str
    version: str | None
    """Version in the HelmRepository `source_name`; None: the source is an OCIRepository, which names its own."""
    crds: bool = False
    """Whether the chart carries CRDs, which Helm itself would never upgrade."""
    wait: bool = True
    """Whether Flux waits until what the chart made is ready."""


@dataclass(frozen=True, slots=True)
class GpuOperatorReleaseProps:
    """The GPU operator's release, named as its chart. `source_name`: the HelmRepository, or an OCIRepository."""

    namespace: str
    values_config_map: str
    version: str | None
    """None: the source is an OCIRepository, which names the version."""
    source_name: str = "gpu-operator"
    wait: bool = True


@dataclass(frozen=True, slots=True)
class DevicePluginReleaseProps:
    """The device plugin's release, named as its chart. How GPUs are shared is a value: `config.map`."""

    namespace: str
    values_config_map: str
    version: str | None
    """None: the source is an OCIRepository, which names the version."""
    source_name: str = "nvidia-device-plugin"
    crds: bool = False
    """Whether the values switch on node feature discovery, which brings CRDs."""


@dataclass(frozen=True, slots=True)
class FluxKustomizationProps:
    """A Flux Kustomization. `path` starts at the root of the source."""

    name: str
    namespace: str
    path: str
    source_kind: str
    source_name: str
    source_namespace: str
    wait: bool = True
    force: bool = False
    """Replace what cannot be changed in place, such as a Job."""
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PathSource:
    """Plain manifests or a kustomization in Git."""

    path: str


@dataclass(frozen=True, slots=True)
class ChartSource:
    """A chart, with a values file that lies in Git."""

    repository: str
    """`https://...`, or a registry's host and path without scheme, as Argo CD writes it."""
    chart: str
    version: str
    release: str
    values_path: str


@dataclass(frozen=True, slots=True)
class ApplicationProps:
    """An Argo CD Application that keeps the cluster it runs in like `source`."""

    name: str
    namespace: str
    project: str
    destination_namespace: str
    repo_url: str
    target_revision: str
    source: PathSource | ChartSource
    ignored_differences: tuple[IgnoredDifference, ...] = ()


Props = (
    NamespaceProps
    | RuntimeClassProps
    | ValidationBridgeProps
    | SmokeTestProps
    | HelmRepositoryProps
    | OciRepositoryProps
    | GpuOperatorReleaseProps
    | DevicePluginReleaseProps
    | FluxKustomizationProps
    | ApplicationProps
)
