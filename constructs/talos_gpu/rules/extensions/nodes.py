"""EXT: what a node's machine config says of its image, and what its image lacks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from talos_gpu.catalog import Problem
from talos_gpu.inventory import ImageReference, Node, Schematic, Value
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import (
    Part,
    extensions_on,
    gpus_of,
    is_public,
    kernel_parts,
    lacks_modules,
    minor_of_image,
    modules_to_load,
    nodes_of,
    of_images,
    parts_of,
)
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_INSTALL = ("machine", "install")
_GENERATED = ("profile", "talhelper", "topf")
"""Origins whose base config is that of the newest dialect which the release allows."""


def _install_extensions(node: Node, facts: Facts) -> Iterator[Offence]:
    for entry in node.config.get(*_INSTALL, "extensions").items():
        if not facts.minor.install_extensions_reach_node:
            image = excerpt(entry.get("image").raw)
            yield Offence(entry, f"found {image}; expected it in the schematic because this key has no effect here")


def _kernel_args(node: Node, facts: Facts) -> Iterator[Offence]:
    install = node.config.get(*_INSTALL)
    arguments = install.get("extraKernelArgs")
    if not any(True for _ in arguments.items()) or facts.minor.install_kernel_args_reach_node:
        return
    from_image = install.get("grubUseUKICmdline").boolean
    if from_image is None and not facts.contract.install_kernel_args and node.origin in _GENERATED:
        from_image = True
    if from_image:
        message = "found extraKernelArgs beside grubUseUKICmdline; expected none because Talos refuses them together"
        yield Offence(arguments, message)
    elif from_image is None:
        message = "found extraKernelArgs; expected them in the schematic because nodes that boot a UKI ignore them"
        if not facts.contract.install_kernel_args:
            message += f", and a config that Talos {facts.contract.minor} generated has grubUseUKICmdline, beside which"
            message += " Talos refuses them"
        yield Offence(arguments, message, severity="warning")


def _broken_release(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    parts = parts_of(schematic)
    if not parts:
        return
    release = facts.release
    for problem in release.problems:
        affected = [part for part in parts if _touches(problem, part)]
        if affected and not problem.arch:
            elsewhere = problem.seen_on not in ("", release.tag)
            severity = "info" if elsewhere else problem.severity
            why = f"it is not known whether this release has it too: {problem.text}" if elsewhere else problem.text
            message = f"found Talos {release.tag}; expected another because {why}"
            remedy = (
                f"nothing needs to change where pods get their GPU; else {problem.remedy}"
                if elsewhere
                else problem.remedy
            )
            yield Offence(affected[0].entry, message, _sentence(remedy), severity=severity)


def _touches(problem: Problem, part: Part) -> bool:
    return part.role in problem.breaks and problem.track in ("", part.track)


def _of_any(problem: Problem) -> str:
    """The problem's text without the architecture, which the message names."""
    return problem.text.removeprefix(f"{problem.arch}: ")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _on_arm(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    parts = parts_of(schematic)
    if not parts or not _for_arm(schematic, facts):
        return
    for problem in facts.minor.problems:
        affected = [part for part in parts if _touches(problem, part)]
        if affected and problem.arch == "arm64":
            message = (
                f"found {affected[0].name} for a node of {problem.arch}; expected another because {_of_any(problem)}"
            )
            yield Offence(affected[0].entry, message, _sentence(problem.remedy))


def _for_arm(schematic: Schematic, facts: Facts) -> bool:
    """Whether a node of the image is of arm64; where no node tells, whether the cluster's GPUs exist there only."""
    told = [node for node in nodes_of(schematic, facts) if node.arch or gpus_of(node)]
    if told:
        return any(_is_arm(node, facts) for node in told)
    return _only_on_arm([said.value for said in facts.cluster.gpus], facts)


def _is_arm(node: Node, facts: Facts) -> bool:
    return node.arch == "arm64" if node.arch else _only_on_arm(gpus_of(node), facts)


def _only_on_arm(names: Sequence[str], facts: Facts) -> bool:
    try:
        return bool(names) and all(gpu.cpu_archs == ("arm64",) for gpu in facts.gpus(names))
    except Lacking:
        return False


def _without_extension(node: Node, facts: Facts) -> Iterator[Offence]:
    wanted = modules_to_load(node, facts)
    if not wanted or node.origin == "profile" or facts.cluster.is_talos is False:
        return
    names = extensions_on(node, facts)
    if names is None and node.image is not None and node.image.id:
        raise Lacking("the extensions of an image whose id is that of no likely list", "a file with its schematic")
    if names is None or not lacks_modules(node, facts) or _is_unpublished(node.image, facts):
        return
    held = ", ".join(names) or "no extension"
    image = f"an image with {excerpt(held)}"
    message = f"found {image}; expected kernel modules of NVIDIA in it because {excerpt(wanted[0].raw)} is to be loaded"
    # A config of one's own still names Talos's installer where the node was upgraded to another image by hand.
    by_hand = node.origin == "talos" and node.image is not None and is_public(node.image)
    yield Offence(_place_of_image(node), message, _own_remedy(node), severity="warning" if by_hand else None)


def _is_unpublished(image: ImageReference | None, facts: Facts) -> bool:
    """Whether it is an installer that there is none of: EXT023 asks for one that is made from a schematic."""
    if image is None or image.value.opaque or not is_public(image):
        return False
    minor = minor_of_image(image, facts)
    return minor is not None and not minor.public_installer


def _own_remedy(node: Node) -> str:
    image, schematic = node.image, node.schematic
    if image is not None and image.key == "talosImageURL" and schematic is not None and kernel_parts(schematic):
        return "Remove talosImageURL: it alone counts, and the schematic beside it has what is missing."
    return ""


def _place_of_image(node: Node) -> Value:
    if node.image is not None:
        return node.image.value
    if node.schematic is None:
        return node.place
    # In a template of Omni the list stands at the root of a document that says much else.
    listed = node.schematic.root.get("systemExtensions")
    return listed or node.schematic.root


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="EXT012",
        name="extensions in machine.install",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_install_extensions,
        remedy="Put the extension into the schematic, and install the image of that.",
        source="Talos v1.10 release notes; siderolabs/talos:pkg/machinery/config/types/v1alpha1/v1alpha1_validation.go",
    ),
    Rule(
        id="EXT013",
        name="kernel arguments in machine.install",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_kernel_args,
        remedy="Put them into the schematic's extraKernelArgs, and install the image of that.",
        source="siderolabs/talos:pkg/machinery/config/types/v1alpha1/v1alpha1_validation.go@v1.12.11",
        waivable=True,
    ),
    Rule(
        id="EXT019",
        name="release that is broken for NVIDIA",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=of_images(_broken_release),
        remedy="Take another patch release.",
        source="siderolabs/extensions and siderolabs/talos: Makefile of each release, issue 940, commits da53d40 and f5bed72",
    ),
    Rule(
        id="EXT020",
        name="toolkit on arm64",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=of_images(_on_arm),
        remedy="Take a Talos release whose persistence daemon starts on arm64.",
        source="siderolabs/talos:pkg/machinery/extensions/extensions.go@v1.11.0; siderolabs/extensions:nvidia-gpu",
    ),
    Rule(
        id="EXT021",
        name="image without the modules that are to be loaded",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_without_extension,
        remedy="Add kernel modules and toolkit of one track to the schematic, and use the id that it then has.",
        source="siderolabs/extensions:nvidia-gpu; siderolabs/image-factory:pkg/schematic/schematic.go@v1.5.0",
    ),
)
