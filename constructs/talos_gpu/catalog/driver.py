"""What NVIDIA's drivers and CUDA toolkits support: branches, architectures, toolkits, images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog.fact import Fact, Source

__all__ = ["Architecture", "CudaImage", "CudaToolkit", "DriverBranch", "ImageCheck", "ImageRequirement"]


@dataclass(frozen=True, slots=True)
class DriverBranch:
    """One driver line (`570`). `open_alpha_classes`: GPU classes whose open support it calls alpha quality.

    `dropped_archs` are the architectures that this branch and later ones no longer drive; `open_only_archs` those
    that need the open modules; `cuda` is the newest CUDA version that it supports natively.
    """

    name: str
    kind: Fact[str]
    cuda: Fact[str]
    first_release: Fact[str]
    last_release: Fact[str]
    end_of_life: Fact[str]
    open_modules: Fact[bool]
    open_alpha_classes: tuple[str, ...]
    dropped_archs: tuple[str, ...]
    open_only_archs: tuple[str, ...]
    notes: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class Architecture:
    """A GPU generation. `order` counts from the oldest; `last_cuda` maps compute capability to a toolkit.

    `first_driver` is the driver of the first toolkit for it: a floor for CUDA work.
    """

    name: str
    order: int
    compute_capabilities: tuple[str, ...]
    gsp: bool
    open_modules: bool
    open_modules_required: bool
    first_driver: Fact[str]
    last_driver_branch: Fact[str]
    last_cuda: Mapping[str, str]
    first_cuda: Mapping[str, str]
    source: Source


@dataclass(frozen=True, slots=True)
class CudaToolkit:
    """One CUDA toolkit (`12.8`): the driver for its full set of features, the floor for reduced ones, its targets."""

    name: str
    driver: Fact[str]
    updates: Mapping[str, str]
    minor_compat_driver: Fact[str]
    archs: tuple[str, ...]
    notes: tuple[str, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class ImageRequirement:
    """The NVIDIA_REQUIRE_CUDA of one image version: CUDA >= `cuda`, or a listed brand on a listed branch."""

    version: str
    cuda: str
    branches: tuple[str, ...]
    brands: tuple[str, ...]
    extra: tuple[tuple[str, str], ...]
    source: Source


@dataclass(frozen=True, slots=True)
class ImageCheck:
    """How a container's CUDA demand is checked: the error that a user reads, what switches it off, in which modes.

    In a mode that does not enforce it an unsuitable image starts, and fails at its first CUDA call.
    """

    error: str
    bypass: str
    enforced_by_modes: tuple[str, ...]
    not_enforced_by_modes: tuple[str, ...]
    note: str
    source: Source


@dataclass(frozen=True, slots=True)
class CudaImage:
    """A public image with CUDA inside. `kind`: `base` (nvidia-smi comes from the driver) or `vectoradd` (a sample).

    `reference` is repository and tag. `archs`: CPU architectures (`amd64`, `arm64`), empty where nobody says.
    """

    reference: str
    kind: Literal["base", "vectoradd"]
    cuda: str
    version: str
    archs: tuple[str, ...]
    digest: Fact[str]
    source: Source
