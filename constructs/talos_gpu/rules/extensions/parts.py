"""EXT: the extensions of NVIDIA that belong together in one image."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import ExtensionRole, Stated
from talos_gpu.inventory import Node, Schematic
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import Part, kernel_parts, of_images, part_of, part_of_image, parts_of, products
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_RECIPE = "docs.siderolabs.com/talos nvidia-gpu; siderolabs/extensions:nvidia-gpu/nvidia-container-toolkit"
_FABRIC = "NVIDIA Fabric Manager user guide; docs.siderolabs.com/talos nvidia-fabricmanager"


def _with_role(schematic: Schematic, role: ExtensionRole) -> tuple[Part, ...]:
    return tuple(part for part in parts_of(schematic) if part.role == role)


def _named(stem: str, like: Part) -> str:
    """The name of another extension on the track of `like`."""
    return f"siderolabs/{stem}" if like.track == "single" else f"siderolabs/{stem}-{like.track}"


def _tells_all(schematic: Schematic) -> bool:
    """Whether every extension is known, and none is a misspelt one of NVIDIA's, which has a finding of its own."""
    strange = [entry for entry in schematic.extensions if "nvidia" in entry.raw and not part_of(entry)]
    return schematic.whole and all("gdrdrv" in entry.raw for entry in strange)


def _without_toolkit(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    kernels = kernel_parts(schematic)
    if _tells_all(schematic) and kernels and not _with_role(schematic, "container-toolkit"):
        needed = _named("nvidia-container-toolkit", kernels[0])
        message = (
            f"found {kernels[0].name} alone; expected {needed} beside it because that holds firmware and libraries"
        )
        yield Offence(kernels[0].entry, message, f"Add {needed}.")


def _without_modules(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    toolkits = _with_role(schematic, "container-toolkit")
    if _tells_all(schematic) and toolkits and not kernel_parts(schematic):
        either = (
            f"{_named('nvidia-open-gpu-kernel-modules', toolkits[0])} or {_named('nonfree-kmod-nvidia', toolkits[0])}"
        )
        message = (
            f"found {toolkits[0].name} alone; expected kernel modules beside it because nothing else drives the GPU"
        )
        yield Offence(toolkits[0].entry, message, f"Add {either}, by what the GPU needs.")


def _of_one_driver(subject: object, facts: Facts) -> Iterator[Offence]:
    """In schematics and their images, and in machine.install where that still reaches the node."""
    if not isinstance(subject, Node):
        yield from of_images(_tracks)(subject, facts)
        return
    images = [entry.get("image") for entry in subject.config.get("machine", "install", "extensions").items()]
    parts = tuple(part for part in map(part_of_image, images) if part)
    if parts and facts.minor.install_extensions_reach_node:
        yield from _disagreements(parts)


def _tracks(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    parts = parts_of(schematic)
    if schematic.text_known or not _has_alternatives(parts):
        yield from _disagreements(tuple(part for part in parts if _comes_with_modules(part, schematic)))


def _comes_with_modules(part: Part, schematic: Schematic) -> bool:
    """Whether no line of a template between the kernel modules and the part decides about one of them."""
    kernels = kernel_parts(schematic)
    if schematic.text_known or schematic.root.is_list or not kernels:
        return True
    places = [entry.place for entry in schematic.extensions]
    first, place = kernels[0].entry.place, part.entry.place
    return place.line - first.line == places.index(place) - places.index(first)


def _has_alternatives(parts: tuple[Part, ...]) -> bool:
    """Whether several play the same part, of which a template may take one: nobody knows which belong together."""
    roles = ["modules" if part.flavour else part.role for part in parts]
    return len(set(roles)) < len(roles)


def _disagreements(parts: tuple[Part, ...]) -> Iterator[Offence]:
    """What is not of the kernel modules' track, or by its tag not of their driver."""
    kernels = [part for part in parts if part.flavour]
    if len({_track(part) for part in kernels}) != 1:
        return
    kernel = kernels[0]
    for part in parts:
        if part.flavour:
            continue
        if _track(part) != _track(kernel):
            found, expected = f"{excerpt(part.name)} beside {excerpt(kernel.name)}", "track"
            remedy = f"Take both from one track: {_track(kernel)} or {_track(part)}."
        elif part.driver and kernel.driver and part.driver != kernel.driver:
            found, expected = f"driver {part.driver} beside {kernel.name} of {kernel.driver}", "driver"
            remedy = "Take the tags of one driver; in a schematic, write the names alone."
        else:
            continue
        message = f"found {found}; expected one {expected} because modules and libraries of different driver versions"
        yield Offence(part.entry, f"{message} do not work together", remedy)


def _track(part: Part) -> str:
    """A name without a track is lts where there are tracks, and alone where there are none."""
    return "lts" if part.track == "single" else part.track


def _flavours(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    kernels = kernel_parts(schematic) if schematic.text_known else ()
    for part in kernels[1:]:
        if part.name != kernels[0].name:
            message = (
                f"found {excerpt(part.name)} beside {excerpt(kernels[0].name)}; expected one of them because both bring "
                "kernel modules of the same names"
            )
            yield Offence(part.entry, message)


def _fabric_missing(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    kernels = kernel_parts(schematic)
    if not schematic.whole or not kernels or _with_role(schematic, "fabric-manager") or schematic.origin == "profile":
        return
    unsure: list[str] = []
    for gpus in products(schematic, facts):
        with_switch = [gpu for gpu in gpus if isinstance(gpu.fabric_manager, Stated) and gpu.fabric_manager.value]
        if len(with_switch) == len(gpus):
            needed = _named("nvidia-fabricmanager", kernels[0])
            message = f"found no fabric manager; expected {needed} because {gpus[0].name} sits on NVSwitch boards"
            yield Offence(kernels[0].entry, message, f"Add {needed}, unless the board has no NVSwitch.")
        unsure += [gpu.name for gpu in with_switch if len(with_switch) < len(gpus)]
    if unsure:
        raise Lacking(f"the full name of the GPU (NVSwitch boards hold {' and '.join(unsure)})", "--gpu NAME")


def _fabric_idle(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    managers = _with_role(schematic, "fabric-manager")
    if not managers or schematic.origin == "profile":
        return
    every = [gpu for gpus in products(schematic, facts) for gpu in gpus]
    if all(isinstance(gpu.fabric_manager, Stated) and not gpu.fabric_manager.value for gpu in every):
        message = f"found {managers[0].name}; expected none because {every[0].name} has no NVSwitch to manage"
        yield Offence(managers[0].entry, message)


RULES: tuple[Rule[object], ...] = (
    Rule(
        id="EXT004",
        name="kernel modules without their toolkit",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_without_toolkit),
        remedy="Add the nvidia-container-toolkit extension of the same track.",
        source=_RECIPE,
        waivable=True,
    ),
    Rule(
        id="EXT005",
        name="toolkit without kernel modules",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_without_modules),
        remedy="Add the kernel modules of the same track, open or proprietary.",
        source=_RECIPE,
        waivable=True,
    ),
    Rule(
        id="EXT006",
        name="extensions of different tracks",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_of_one_driver,
        remedy="Take kernel modules, toolkit and fabric manager from one track.",
        source="docs.siderolabs.com/talos nvidia-gpu, nvidia-gpu-proprietary and nvidia-fabricmanager",
    ),
    Rule(
        id="EXT007",
        name="two kinds of kernel modules",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_flavours),
        remedy="Keep one: open modules from Turing on, proprietary ones for older GPUs.",
        source="siderolabs/talos:hack/test/e2e-aws-prepare.sh@v1.12.0; siderolabs/extensions:nvidia-gpu",
    ),
    Rule(
        id="EXT016",
        name="NVSwitch board without fabric manager",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=of_images(_fabric_missing),
        remedy="Add the nvidia-fabricmanager extension of the same track.",
        source=_FABRIC,
    ),
    Rule(
        id="EXT017",
        name="fabric manager without NVSwitch",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=of_images(_fabric_idle),
        remedy="Remove it: PCIe cards and GeForce never need it.",
        source=_FABRIC,
    ),
)
