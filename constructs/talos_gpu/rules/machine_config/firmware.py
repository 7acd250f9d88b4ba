"""TAL: settings that keep the driver from its firmware, which old cards have none of and open modules always need."""

from __future__ import annotations

import re
from collections.abc import Iterator

from talos_gpu.inventory import Node, Schematic, Value
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.machine_config.machine_files import files_of
from talos_gpu.rules.nvidia_image import gpus_of
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_OFF = re.compile(r"NVreg_EnableGpuFirmware\s*=\s*0\b")
_OPEN = "nvidia-open-gpu-kernel-modules"


def _firmware(subject: object, facts: Facts) -> Iterator[Offence]:
    places, names, gpus = _told(subject)
    found = [place for place in places if place.text and _OFF.search(place.text)]
    if not found:
        return
    if any(_OPEN in name for name in names):
        for place in found:
            message = "found the firmware of the GPU switched off; expected no such setting because the open modules"
            yield Offence(place, f"{message} take no notice: they do not work without", severity="warning")
        return
    if all(not gpu.gsp for gpu in facts.gpus(gpus)):
        for place in found:
            message = "found the firmware of the GPU switched off; expected no such setting because this GPU has none"
            yield Offence(place, message, severity="info")


def _told(subject: object) -> tuple[list[Value], tuple[str, ...], tuple[str, ...]]:
    """The texts that may hold the setting, the names of extensions, and the names of GPUs."""
    if isinstance(subject, Schematic):
        return list(subject.kernel_args), subject.names, ()
    if not isinstance(subject, Node):
        return [], (), ()
    places = list(subject.config.get("machine", "install", "extraKernelArgs").items())
    places += (parameter for module in subject.of_kind("KernelModuleConfig") for parameter in module.walk())
    # Everything below these, for people try keys that Talos does not have.
    places += (text for key in ("kernel", "sysctls") for text in subject.config.get("machine", key).walk())
    places += (text for document in subject.of_kind("SysctlConfig") for text in document.walk())
    places += (file.get("content") for file in files_of(subject))
    places += (document.get("contents") for document in subject.of_kind("EtcFileConfig"))
    return places, subject.schematic.names if subject.schematic else (), gpus_of(subject)


RULES: tuple[Rule[object], ...] = (
    Rule(
        id="TAL002",
        name="firmware of the GPU switched off",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=_firmware,
        remedy="Remove the setting.",
        source="NVIDIA/open-gpu-kernel-modules:README.md; NVIDIA driver README, GSP Firmware",
    ),
)
