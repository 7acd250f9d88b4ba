"""What the Image Factory is told about an image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from talos_gpu.schematic.options import OptionMap, freeze

__all__ = ["BOOTLOADERS", "Bootloader", "MetaValue", "Overlay", "Schematic"]

Bootloader = Literal["none", "dual-boot", "sd-boot", "grub"]
BOOTLOADERS: tuple[Bootloader, ...] = ("none", "dual-boot", "sd-boot", "grub")
"""Talos machinery v1.14.0-alpha.1, imager/imageropts; `none` is the same as not set."""


@dataclass(frozen=True, slots=True)
class MetaValue:
    """One value of the META partition; `key` is 0 to 255."""

    key: int
    value: str

    def __post_init__(self) -> None:
        if not 0 <= self.key <= 255:
            raise ValueError(f"a META key is 0 to 255, not {self.key}")


@dataclass(frozen=True, slots=True)
class Overlay:
    """Board support for single-board computers. Absent where all three are empty."""

    image: str = ""
    name: str = ""
    options: Mapping[str, Any] | OptionMap = field(default_factory=OptionMap)
    """Free; a mapping is frozen on the way in."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", freeze(self.options))

    @property
    def frozen_options(self) -> OptionMap:
        """The options in the factory's order."""
        return cast(OptionMap, self.options)


@dataclass(frozen=True, slots=True)
class Schematic:
    """An image customisation. The order of lists is part of its identity; empty fields are the same as absent ones."""

    extensions: tuple[str, ...] = ()
    """Official extensions with their `siderolabs/`."""
    kernel_args: tuple[str, ...] = ()
    meta: tuple[MetaValue, ...] = ()
    overlay: Overlay = Overlay()
    bootloader: Bootloader = "none"
    enroll_keys: str = ""
    """When systemd-boot enrols the SecureBoot keys: off, manual, if-safe, force."""
    well_known_certificates: bool = False
    embedded_config: str = ""
    """A whole machine configuration as text."""
    sector_size: int = 0
    """Bytes; 0 is the default of 512."""
    owner: str = ""
    """Set by enterprise factories only."""
