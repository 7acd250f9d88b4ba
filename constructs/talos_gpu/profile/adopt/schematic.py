"""An Image Factory schematic as the facts of a pool."""

from __future__ import annotations

import re

from talos_gpu.profile.adopt.extension import read_extensions, read_schematic_id
from talos_gpu.profile.adopt.machine import Machine
from talos_gpu.profile.adopt.reading import Value
from talos_gpu.profile.pool import MetaValue, Overlay, SecureBoot
from talos_gpu.profile.text import Text

__all__ = ["enable_secure_boot", "read_installer", "read_platform", "read_schematic"]

_IMAGE = re.compile(r"(?P<name>[^/]+)/(?P<id>[0-9a-f]{64})(?::(?P<version>v[^@]+))?(?:@sha256:[0-9a-f]{64})?")
_VANILLA = re.compile(r"[^/]+/siderolabs/installer:(?P<version>v[^@]+)(?:@sha256:[0-9a-f]{64})?")
"""Sidero's own installer, which has no extensions."""
_INSTALLER = re.compile(r"(?P<platform>[a-z0-9-]+?)-installer(?P<secure>-secureboot)?|installer(?P<older>-secureboot)?")


def read_schematic(schematic: Value, machine: Machine) -> None:
    """Puts extensions, kernel arguments, overlay, META and Secure Boot of the schematic into `machine`."""
    machine.told_image = True
    custom = schematic.get("customization")
    schematic.leave_others({"customization", "overlay"}, "is not part of a profile")
    known = {"systemExtensions", "extraKernelArgs", "meta", "secureboot"}
    custom.leave_others(known, "is not part of a profile")
    read_extensions(custom.get("systemExtensions", "officialExtensions"), machine)
    for argument in custom.get("extraKernelArgs").items():
        if text := argument.as_type(Text):
            machine.add("kernelArgs", text)
    for entry in custom.get("meta").items():
        _meta(entry, machine)
    if told := custom.get("secureboot").model(SecureBoot):
        enabled = bool(machine.facts.get("secureBoot"))
        machine.facts["secureBoot"] = told if enabled else {"enabled": False} | told
    if overlay := schematic.get("overlay").model(Overlay):
        machine.facts["overlay"] = overlay


def _meta(entry: Value, machine: Machine) -> None:
    value = entry.model(MetaValue)
    if value and not machine.add("meta", value, lambda other: bool(other["key"] == value["key"])):
        entry.leave("stands beside the same key with another value, which was taken")


def enable_secure_boot(machine: Machine) -> None:
    """Says that the machine boots with Secure Boot, whatever its schematic says of keys."""
    told = machine.facts.get("secureBoot", True)
    if isinstance(told, dict):
        told = {key: value for key, value in told.items() if key != "enabled"}
    machine.facts["secureBoot"] = told


def read_platform(platform: Value, machine: Machine) -> None:
    """Puts the platform of the image into `machine`, unless it is metal."""
    text = platform.text()
    if text and not re.fullmatch(r"[a-z0-9-]+", text):
        platform.leave("is no platform of Talos")
    elif text and text != "metal":
        machine.facts["platform"] = text


def read_installer(image: Value, machine: Machine) -> str:
    """Puts what an Image Factory installer image says into `machine`; the Talos release of its tag, if it has one."""
    text = image.text()
    if text is None:
        return ""
    found = _IMAGE.search(text)
    if vanilla := _VANILLA.fullmatch(text):
        return vanilla["version"]
    if not found:
        image.leave("is not an Image Factory image: it does not say what is in it")
        return ""
    read_schematic_id(found["id"], image, machine)
    if installer := _INSTALLER.fullmatch(found["name"]):
        if (platform := installer["platform"]) and platform != "metal":
            machine.facts["platform"] = platform
        if installer["secure"] or installer["older"]:
            enable_secure_boot(machine)
    return found["version"] or ""
