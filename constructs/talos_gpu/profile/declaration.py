"""Facts that the user declares because the catalogue lacks them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from talos_gpu.profile.model import Model
from talos_gpu.profile.shape import problem
from talos_gpu.profile.text import TalosVersion, Text
from talos_gpu.profile.value import Number, Switch

__all__ = ["Declarations", "DeclaredChart", "DeclaredCudaImage", "DeclaredGpu", "DeclaredImages", "DeclaredTalos"]


class DeclaredTalos(Model):
    """A Talos release, told by another one and what differs; or what is missing of a known one."""

    same_as: TalosVersion | None = None
    """The known release whose facts hold here too; required for a release that the catalogue lacks."""
    kernel: Text | None = None
    containerd: Text | None = None
    container_toolkit: Text | None = None
    default_kubernetes: Text | None = None
    kubernetes_range: Annotated[tuple[Text, ...] | None, Field(min_length=2, max_length=2)] = None
    """Oldest and newest Kubernetes that this release supports."""
    date: Text | None = None
    cdi_spec_service: Switch | None = None
    """Whether the toolkit extension runs a service that writes a CDI spec."""
    drivers: dict[Text, Text] | None = None
    """Track to exact driver version."""
    extensions: tuple[Text, ...] | None = None
    """Names of official extensions that came with this release."""


class DeclaredGpu(Model):
    """A GPU, told by another one and what differs, or by its architecture and class."""

    same_as: Text | None = None
    arch: Text | None = None
    gpu_class: Annotated[Literal["datacenter", "workstation", "geforce"] | None, Field(alias="class")] = None
    chip: Text | None = None
    compute_capability: Text | None = None
    pci_ids: tuple[Text, ...] | None = None
    """Device ids, without the vendor's 10de."""
    memory_gib: Number | None = None
    open_modules: Switch | None = None
    open_modules_required: Switch | None = None
    min_driver: Text | None = None
    last_driver_branch: Text | None = None
    mig: Switch | None = None
    mig_profiles: tuple[Text, ...] | None = None
    fabric_manager: Switch | None = None

    @model_validator(mode="after")
    def _something(self) -> DeclaredGpu:
        if self.same_as is None and (self.arch is None) != (self.gpu_class is None):
            raise problem("expected sameAs with a known GPU, or arch together with class")
        return self


class DeclaredChart(Model):
    """A chart version whose values are those of a known one."""

    same_as: Text


class DeclaredCudaImage(Model):
    """A CUDA base image that exists."""

    tag: Text


class DeclaredImages(Model):
    """Images that the catalogue does not list."""

    cuda: dict[Text, DeclaredCudaImage] = Field(default_factory=dict)
    """CUDA version to tag: `{13.4.1: {tag: 13.4.1-base-ubuntu24.04}}`."""


ChartName = Literal["gpu-operator", "nvidia-device-plugin"]


class Declarations(Model):
    """Each is shown as "declared by the profile" wherever it is used; none may contradict the catalogue."""

    talos: dict[TalosVersion, DeclaredTalos] = Field(default_factory=dict)
    """Releases by version: `{v1.14.7: {sameAs: v1.14.6}}`."""
    gpus: dict[Text, DeclaredGpu] = Field(default_factory=dict)
    """GPUs by marketing name."""
    charts: dict[ChartName, dict[Text, DeclaredChart]] = Field(default_factory=dict)
    """Chart versions by chart: `{gpu-operator: {v26.7.1: {sameAs: v26.7.0}}}`."""
    images: DeclaredImages = Field(default_factory=DeclaredImages)
