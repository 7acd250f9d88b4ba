"""DRV: whether the kernel modules of an image drive the GPUs of its nodes."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Flavour, Gpu, Minor, NotListed, Stated, Version
from talos_gpu.inventory import Schematic
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import (
    FLAVOURS,
    Part,
    branch_of,
    driver_of,
    kernel_parts,
    nodes_of,
    of_images,
    products,
    stems,
)
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_OPEN = "NVIDIA docs: Driver Installation Guide, Kernel Modules; NVIDIA/open-gpu-kernel-modules issue 19"
_UNSUPPORTED = "NVreg_OpenRmEnableUnsupportedGpus"
_LISTS = "NVIDIA/open-gpu-kernel-modules:README.md (Compatible GPUs) of every release; CUDA Toolkit release notes"


def _pairs(schematic: Schematic, facts: Facts) -> Iterator[tuple[Part, tuple[Gpu, ...]]]:
    """The kernel modules of an image with each GPU that they must drive; the plan judges those of a profile."""
    kernels = kernel_parts(schematic) if schematic.origin != "profile" else ()
    if kernels and not _share_nothing(schematic, facts):
        for part in kernels:
            for gpus in products(schematic, facts):
                yield part, gpus


def _lacks(flavour: Flavour, gpus: tuple[Gpu, ...]) -> bool:
    """Whether no modules of this flavour drive any of the products, whatever the driver."""
    facts = [gpu.open_modules if flavour == "open" else gpu.proprietary_modules for gpu in gpus]
    return all(isinstance(fact, Stated) and not fact.value for fact in facts) and not _disputed(gpus)


def _disputed(gpus: tuple[Gpu, ...]) -> bool:
    return any(gpu.conflicts for gpu in gpus)


def _open_on_old(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for part, gpus in _pairs(schematic, facts):
        if part.flavour == "open" and _lacks("open", gpus):
            found = f"found {part.name} for {gpus[0].name}"
            message = f"{found}; expected proprietary modules because the open ones need a GSP, which Turing brought"
            yield _other_flavour(part, message, schematic, facts)


def _proprietary_on_new(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for part, gpus in _pairs(schematic, facts):
        if part.flavour == "proprietary" and _lacks("proprietary", gpus):
            found = f"found {part.name} for {gpus[0].name}"
            message = f"{found}; expected open modules because the proprietary ones do not drive it"
            yield _other_flavour(part, message, schematic, facts)


def _other_flavour(part: Part, message: str, schematic: Schematic, facts: Facts) -> Offence:
    """With a fix where the image serves one GPU and holds one kind of modules."""
    other: Flavour = "proprietary" if part.flavour == "open" else "open"
    assert part.flavour
    name = part.name.replace(stems(part.flavour)[0], stems(other)[0])
    single = len(kernel_parts(schematic)) == 1 and len(list(products(schematic, facts))) == 1
    fix = replacing(part.entry, part.entry.raw.replace(part.name, name)) if single else ()
    return Offence(part.entry, message, f"Write siderolabs/{name}.", fix)


def _spark(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for part, gpus in _pairs(schematic, facts):
        for conflict in gpus[0].conflicts if all(gpu.conflicts for gpu in gpus) else ():
            lacking = [argument for argument in conflict.kernel_args if argument not in _arguments(schematic)]
            if part.flavour != conflict.propose:
                found = f"found {part.name} for {gpus[0].name}"
                message = f"{found}; expected {conflict.propose} modules because Talos documents this exception"
                yield Offence(part.entry, message)
            elif schematic.whole and lacking:
                message = f"found no kernel argument {lacking[0]}; expected it because {gpus[0].name} needs it here"
                yield Offence(part.entry, message, f"Add {lacking[0]} to extraKernelArgs of the schematic.")


def _arguments(schematic: Schematic) -> set[str]:
    return {word for argument in schematic.kernel_args for word in argument.raw.split()}


def _dropped(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for part, gpus in _pairs(schematic, facts):
        branch = branch_of(part, facts)
        if all(_has_dropped(branch, gpu, facts) for gpu in gpus):
            last = gpus[0].last_driver_branch
            until = f", whose last branch is {last.value}" if isinstance(last, Stated) else ""
            found = f"found {part.name}, branch {branch} in Talos {facts.minor.name}"
            remedy = _tracks_for(gpus, facts) or _last_minor_for(gpus, facts)
            yield Offence(part.entry, f"{found}; expected an older branch because of {gpus[0].name}{until}", remedy)


def _has_dropped(branch: str, gpu: Gpu, facts: Facts) -> bool:
    known = facts.catalogue.branch(branch)
    last = gpu.last_driver_branch
    if isinstance(last, Stated) and int(branch) > int(last.value):
        return True
    return not isinstance(known, NotListed) and gpu.arch in known.dropped_archs


def _tracks_for(gpus: tuple[Gpu, ...], facts: Facts) -> str:
    """A sentence that names the tracks of this minor whose branch still drives the products."""
    fit = _fitting_tracks(facts.minor, gpus, facts)
    return f"Take the track {' or '.join(fit)} of this Talos release." if fit else ""


def _fitting_tracks(minor: Minor, gpus: tuple[Gpu, ...], facts: Facts) -> list[str]:
    tracks = minor.tracks.values()
    return [track.name for track in tracks if not any(_has_dropped(track.branch, gpu, facts) for gpu in gpus)]


def _last_minor_for(gpus: tuple[Gpu, ...], facts: Facts) -> str:
    """A sentence that names the newest minor before this one that still has a branch for the products."""
    minors = [facts.catalogue.minor(name) for name in facts.catalogue.minors()]
    known = [minor for minor in minors if not isinstance(minor, NotListed)]
    older = [minor.name for minor in known if _fitting_tracks(minor, gpus, facts) and _is_older(minor, facts.minor)]
    if not older:
        return f"Take another card: no Talos release from {known[0].name} on has a driver for this one."
    newest = max(older, key=Version.parse)
    return f"Stay on Talos {newest}: no track of Talos {facts.minor.name} drives the card."


def _is_older(minor: Minor, other: Minor) -> bool:
    return Version.parse(minor.name) < Version.parse(other.name)


def _too_old(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for part, gpus in _pairs(schematic, facts):
        assert part.flavour
        if _lacks(part.flavour, gpus) or all(_has_dropped(branch_of(part, facts), gpu, facts) for gpu in gpus):
            continue
        driver = driver_of(part, facts)
        verdicts = [facts.catalogue.drives(driver, part.flavour, gpu) for gpu in gpus]
        if all(verdict.answer == "no" for verdict in verdicts):
            found = f"found {part.name}, driver {driver} in Talos {facts.release.tag}"
            remedy = _first_release(part.flavour, gpus, facts)
            yield Offence(part.entry, f"{found}; expected a newer one because {verdicts[0].reason}", remedy)


def _first_release(flavour: Flavour, gpus: tuple[Gpu, ...], facts: Facts) -> str:
    """A sentence that names a track of this release, or the next release with one, whose driver suits the products."""
    here = facts.release
    for release in (here, *(item for item in facts.catalogue.releases() if item.version > here.version)):
        for track, driver in () if release.prerelease else release.drivers.items():
            if all(facts.catalogue.drives(driver.value, flavour, gpu).answer == "yes" for gpu in gpus):
                where = "this Talos release" if release is here else f"Talos {release.tag} or newer"
                return f"Take the track {track} of {where}, which has driver {driver.value}."
    return ""


def _no_common_flavour(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    kernels = kernel_parts(schematic) if schematic.origin != "profile" else ()
    if kernels and _share_nothing(schematic, facts):
        cards = " and ".join(gpus[0].name for gpus in products(schematic, facts))
        message = f"found one image for {cards}; expected cards that one kind of kernel modules drives"
        yield Offence(kernels[0].entry, message)


def _share_nothing(schematic: Schematic, facts: Facts) -> bool:
    """Whether each kind of kernel modules leaves one of the GPUs out."""
    cards = list(products(schematic, facts))
    return all(any(_lacks(flavour, gpus) for gpus in cards) for flavour in FLAVOURS)


def _alpha(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    if any(_UNSUPPORTED in text for text in (*_arguments(schematic), *_parameters(schematic, facts))):
        return
    for part in kernel_parts(schematic):
        for gpus in products(schematic, facts) if part.flavour == "open" else ():
            branch = branch_of(part, facts)
            if not any(_lacks(flavour, gpus) for flavour in FLAVOURS) and all(
                facts.catalogue.open_alpha(branch, gpu) for gpu in gpus
            ):
                found = f"found {part.name}, branch {branch}, for {gpus[0].name}"
                message = f"{found}; expected proprietary modules because that branch calls the open ones alpha quality"
                yield Offence(part.entry, f"{message} for its class, and they do not serve it without {_UNSUPPORTED}=1")


def _parameters(schematic: Schematic, facts: Facts) -> Iterator[str]:
    """The parameters of kernel modules on the nodes that boot the image."""
    for node in nodes_of(schematic, facts):
        modules = (*node.config.get("machine", "kernel", "modules").items(), *node.of_kind("KernelModuleConfig"))
        yield from (parameter.raw for module in modules for parameter in module.get("parameters").items())


def _check_lacking(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    try:
        yield from _too_old(schematic, facts)
    except Lacking as fact:
        if fact.what.startswith("the patch release") and _every_patch_fails(schematic, facts):
            part, gpus = next(_pairs(schematic, facts))
            message = f"found {part.name} of Talos {facts.minor.name}; no patch release of it drives {gpus[0].name}"
            yield Offence(part.entry, message)
            return
        raise


def _every_patch_fails(schematic: Schematic, facts: Facts) -> bool:
    """Whether no driver of the minor suits, where the patch release is not known."""
    for part, gpus in _pairs(schematic, facts):
        assert part.flavour
        if _lacks(part.flavour, gpus) or all(_has_dropped(branch_of(part, facts), gpu, facts) for gpu in gpus):
            return False
        releases = [release for release in facts.catalogue.releases() if release.minor.name == facts.minor.name]
        drivers = [fact.value for release in releases for name, fact in release.drivers.items() if name == part.track]
        for driver in drivers:
            if any(facts.catalogue.drives(driver, part.flavour, gpu).answer != "no" for gpu in gpus):
                return False
        return bool(drivers)
    return False


RULES: tuple[Rule[object], ...] = (
    Rule(
        id="DRV001",
        name="open modules on a GPU before Turing",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_open_on_old),
        remedy="Take the proprietary modules of the same track.",
        source=_OPEN,
    ),
    Rule(
        id="DRV002",
        name="proprietary modules on a GPU that needs open ones",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_proprietary_on_new),
        remedy="Take the open modules of the same track.",
        source="NVIDIA driver README, Open Linux Kernel Modules; NVIDIA/cloud-native-docs:gpu-operator/platform-support.rst",
    ),
    Rule(
        id="DRV003",
        name="modules against the documented exception",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=of_images(_spark),
        remedy="Take the proprietary modules and the kernel argument that the page of Talos names.",
        source="docs.siderolabs.com/talos/v1.13 and v1.14 nvidia-gpu-proprietary",
    ),
    Rule(
        id="DRV004",
        name="branch that dropped the GPU",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_dropped),
        remedy="Take a track whose branch still drives the GPU.",
        source="NVIDIA docs: CUDA Toolkit, Driver, and Architecture Matrix",
    ),
    Rule(
        id="DRV005",
        name="driver older than the GPU",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_check_lacking),
        remedy="Take a newer track or Talos release.",
        source=_LISTS,
    ),
    Rule(
        id="DRV006",
        name="GPUs that share no kernel modules",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_no_common_flavour),
        remedy="Put the cards into different nodes, each with an image of its own.",
        source=_OPEN,
    ),
    Rule(
        id="DRV009",
        name="open modules of alpha quality",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=of_images(_alpha),
        remedy="Take the proprietary modules of the same track, or a newer Talos release.",
        source="NVIDIA/open-gpu-kernel-modules:README.md, branches 515 to 535",
    ),
)
