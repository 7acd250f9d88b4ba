"""TAL: kernel modules beside the four of the driver: those that an image lacks, and those that a board needs."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Flavour, KernelModule, Minor, NotListed, Version
from talos_gpu.inventory import Node, Value
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.nvidia_image import FLAVOURS, extensions_on, gpus_of, stems
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]


def _not_there(node: Node, facts: Facts) -> Iterator[Offence]:
    held = _flavours(extensions_on(node, facts) or ())
    for place, module in _known(node, facts):
        minor = facts.minor if module.since else None
        found = f"found {excerpt(place.raw)}"
        if minor is not None and _is_older(minor, module.since):
            message = f"{found}; expected Talos {module.since} or newer because the extensions of {minor.name} lack it"
            yield Offence(place, message, f"Remove it, or take Talos {module.since}.")
        elif held and module.flavours and not held & set(module.flavours):
            right = " or ".join(module.flavours)
            message = (
                f"{found} with {' and '.join(sorted(held))} kernel modules; expected {right} ones because only they"
            )
            yield Offence(place, f"{message} bring it", f"Remove it, or take the {right} modules.")


def _known(node: Node, facts: Facts) -> Iterator[tuple[Value, KernelModule]]:
    for place in node.modules:
        module = facts.catalogue.kernel_module(place.text) if place.text else None
        if module is not None and not isinstance(module, NotListed):
            yield place, module


def _flavours(names: tuple[str, ...]) -> set[Flavour]:
    return {flavour for flavour in FLAVOURS for name in names if name.startswith(stems(flavour))}


def _is_older(minor: Minor, first: str) -> bool:
    return Version.parse(minor.name) < Version.parse(first)


def _board_lacks(node: Node, facts: Facts) -> Iterator[Offence]:
    names = extensions_on(node, facts) or ()
    if not node.complete or not any(name.startswith(stems("fabric-manager")) for name in names):
        return
    cards = facts.gpus(gpus_of(node))
    boards = [{module.name for module in facts.catalogue.fabric_modules(gpu)} for gpu in cards]
    needed = sorted(set.intersection(*boards))
    named = {(module.text or "").replace("-", "_") for module in node.modules}
    # One of them is enough: the others may be loaded for the hardware that the node has.
    if needed and not named & set(needed) and all(module.text for module in node.modules):
        place = next(iter(node.modules), node.place)
        message = f"found no {', '.join(needed)} among the kernel modules; expected it because the fabric manager of"
        entries = "\n".join(f"      - name: {name}" for name in needed)
        lines = f"machine:\n  kernel:\n    modules:\n{entries}"
        yield Offence(place, f"{message} {cards[0].name} boards talks to the switches through it", lines)


RULES: tuple[Rule[Node], ...] = (
    Rule(
        id="TAL033",
        name="kernel module that the image lacks",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_not_there,
        remedy="Remove the module.",
        source="siderolabs/extensions:nvidia-gpu/nvidia-gdrdrv-device/README.md@v1.13.9; siderolabs/pkgs commits bfb88f6, effed43",
    ),
    Rule(
        id="TAL034",
        name="NVLink board without its kernel modules",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_board_lacks,
        remedy="Name the modules of the board beside those of the driver.",
        source="docs.siderolabs.com/talos/v1.13 nvidia-fabricmanager; siderolabs/extensions:nvidia-gpu/nvidia-fabricmanager",
    ),
)
