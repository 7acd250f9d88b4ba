"""Kernel modules that a GPU node loads."""

from __future__ import annotations

from dataclasses import dataclass

from talos_gpu.catalog.fact import Source

__all__ = ["KernelModule"]


@dataclass(frozen=True, slots=True)
class KernelModule:
    """A module. `required`: every NVIDIA node loads it. `flavours`: the extensions that carry it, empty: not NVIDIA's.

    `brings` are those that are loaded with it, and `cuda` says that no CUDA program runs without it.
    `minors_from` is the first Talos minor that has it (""=all); `extension_role` the extension that it also needs.
    """

    name: str
    required: bool
    why: str
    flavours: tuple[str, ...]
    since: str
    extension_role: str
    source: Source
    brings: tuple[str, ...] = ()
    cuda: bool = False
