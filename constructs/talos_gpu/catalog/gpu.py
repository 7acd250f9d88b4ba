"""What NVIDIA sells: GPUs, by marketing name or PCI id, and what each of them needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog.fact import Fact, Source

__all__ = ["Conflict", "Gpu", "GpuClass", "GpuMatch", "Mig"]

GpuClass = Literal["datacenter", "workstation", "geforce"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two sources that contradict each other, both kept: what is in dispute, who says what, what we propose."""

    about: str
    positions: tuple[tuple[str, Source], ...]
    propose: str
    kernel_args: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mig:
    """How a GPU can be partitioned: profile names, how many instances at most, the oldest driver that can."""

    profiles: Fact[tuple[str, ...]]
    max_instances: Fact[int]
    min_driver: Fact[str]


@dataclass(frozen=True, slots=True)
class Gpu:
    """One product. An absent fact is missing, never false.

    `open_modules` / `proprietary_modules`: whether the flavour can drive it at all. `min_driver`: oldest driver
    that lists it (a floor). `open_listed_since`: branch to the first release of it whose open modules list the card;
    a branch that is absent lists it from its first release, unless in `open_not_listed_branches`.
    `last_driver_branch` is missing where support goes on. `cpu_archs`: the only CPU architectures (`arm64`) of boards
    with it, empty where it fits any; `cpu_archs_source` says who states that. `memory_gib` is the marketing size, per GPU of a board.
    """

    name: str
    arch: str
    chip: str
    compute_capability: str
    gpu_class: GpuClass
    pci_ids: tuple[str, ...]
    cpu_archs: tuple[str, ...]
    cpu_archs_source: Source
    memory_gib: Fact[float]
    gsp: bool
    open_modules: Fact[bool]
    proprietary_modules: Fact[bool]
    open_listed_from_branch: Fact[str]
    open_listed_since: Mapping[str, str]
    open_not_listed_branches: tuple[str, ...]
    min_driver: Fact[str]
    last_driver_branch: Fact[str]
    mig: Fact[bool]
    mig_details: Mig
    fabric_manager: Fact[bool]
    brands: tuple[str, ...]
    notes: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    source: Source

    @property
    def vendor_pci_ids(self) -> tuple[str, ...]:
        """The ids with NVIDIA's vendor number before them (`10de:2c05`)."""
        return tuple(f"10de:{device}" for device in self.pci_ids)


@dataclass(frozen=True, slots=True)
class GpuMatch:
    """The products that a text may mean: at least one, in the catalogue's order."""

    text: str
    by: Literal["name", "pci-id"]
    gpus: tuple[Gpu, ...]

    @property
    def only(self) -> Gpu | None:
        """The product, when the text means exactly one."""
        return self.gpus[0] if len(self.gpus) == 1 else None

    @property
    def names(self) -> tuple[str, ...]:
        """The candidates' names."""
        return tuple(gpu.name for gpu in self.gpus)

    def agree(self, *facts: Callable[[Gpu], object]) -> bool:
        """Says whether all candidates have the same value of every fact asked for."""
        return all(all(fact(gpu) == fact(self.gpus[0]) for gpu in self.gpus) for fact in facts)
