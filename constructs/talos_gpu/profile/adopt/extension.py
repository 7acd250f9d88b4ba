"""Which driver a list of system extensions, or a schematic id, speaks of."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from talos_gpu.profile.adopt.machine import Machine
from talos_gpu.profile.adopt.reading import Value
from talos_gpu.profile.text import ExtensionName
from talos_gpu.schematic.canonical import schematic_id
from talos_gpu.schematic.schematic import Schematic

__all__ = ["read_extensions", "read_schematic_id"]

_KERNEL = {"nonfree-kmod-nvidia": "proprietary", "nvidia-open-gpu-kernel-modules": "open"}
_TOOLKIT = "nvidia-container-toolkit"
_NAME = re.compile(rf"({'|'.join((*_KERNEL, _TOOLKIT))})(?:-(lts|production|new-feature))?")
_FOLLOWS = (
    (re.compile(r"nvidia-fabric-?manager(-.+)?"), "follows from the GPU: it is added where the board needs it"),
    (re.compile(r"nvidia-gdrdrv-device"), "follows from the module: write modules: [gdrdrv]"),
)
"""NVIDIA's extensions that a profile does not name."""


def read_extensions(names: Value, machine: Machine) -> None:
    """Puts the driver that the list names into `machine`, and every other extension into its facts.

    Names without a suffix say no track. Tags are cut and reported; so is a second track.
    """
    others: list[str] = []
    for entry in names.items():
        name = _without_tag(entry)
        if name is None:
            continue
        if found := _NAME.fullmatch(name):
            _driver(found[1], found[2] or "", entry, machine)
        elif why := next((why for pattern, why in _FOLLOWS if pattern.fullmatch(name)), ""):
            machine.nvidia = True
            entry.leave(why)
        elif name not in others:
            others.append(name)
    if others:
        machine.facts["extensions"] = others


def _without_tag(entry: Value) -> str | None:
    name = entry.as_type(ExtensionName)
    if name is None:
        return None
    short, _, tag = name.removeprefix("siderolabs/").partition(":")
    if tag:
        entry.leave(f"the tag is cut: the Talos release decides the version, and the name is {short}")
    return short


def _driver(kind: str, track: str, entry: Value, machine: Machine) -> None:
    flavour = _KERNEL.get(kind, "")
    machine.nvidia = True
    if flavour and machine.flavour and machine.flavour != flavour:
        entry.leave(f"{machine.flavour} kernel modules stand in the same list; one node has one flavour")
    elif track and machine.track and machine.track != track:
        entry.leave(f"track {track} disagrees with {machine.track} in the same list; all come from one track")
    else:
        machine.track = machine.track or track
        machine.flavour = machine.flavour or flavour


def read_schematic_id(text: str, where: Value, machine: Machine) -> None:
    """Asserts the id in `machine`, and reads the driver out of it where it is that of the NVIDIA pair alone."""
    machine.facts["schematicId"] = text
    if text in _known_ids():
        flavour, track = _known_ids()[text]
        if flavour:
            machine.nvidia, machine.flavour, machine.track = True, flavour, track
        else:
            del machine.facts["schematicId"]
    elif not machine.told_image:
        where.leave(
            "the schematic id is asserted as schematicId, but an id does not tell its extensions: "
            "name them under extensions and driver, so that the pool gives this id"
        )


@lru_cache(maxsize=1)
def _known_ids() -> dict[str, tuple[str, str]]:
    """Ids of the empty schematic and of each pair of kernel modules and toolkit, to flavour and track."""
    ids = {schematic_id(Schematic()): ("", "")}
    for (kernel, flavour), track in product(_KERNEL.items(), ("", "lts", "production", "new-feature")):
        suffix = f"-{track}" if track else ""
        pair = (f"siderolabs/{kernel}{suffix}", f"siderolabs/{_TOOLKIT}{suffix}")
        ids[schematic_id(Schematic(extensions=pair))] = (flavour, track)
    return ids
