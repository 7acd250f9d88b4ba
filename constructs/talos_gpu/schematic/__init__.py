"""What the Image Factory is told: schematics, their canonical text, their ids and the addresses of their images."""

from __future__ import annotations

from talos_gpu.schematic.addresses import Addresses, addresses
from talos_gpu.schematic.canonical import canonical, schematic_id, uncertain
from talos_gpu.schematic.decoder import parse, read_schematic
from talos_gpu.schematic.listing import Listing, list_ids
from talos_gpu.schematic.options import OptionMap, OptionValue, Plain
from talos_gpu.schematic.scalar import Timestamp
from talos_gpu.schematic.schematic import BOOTLOADERS, Bootloader, MetaValue, Overlay, Schematic

__all__ = [
    "BOOTLOADERS",
    "Addresses",
    "Bootloader",
    "Listing",
    "MetaValue",
    "OptionMap",
    "OptionValue",
    "Overlay",
    "Plain",
    "Schematic",
    "Timestamp",
    "addresses",
    "canonical",
    "list_ids",
    "parse",
    "read_schematic",
    "schematic_id",
    "uncertain",
]
