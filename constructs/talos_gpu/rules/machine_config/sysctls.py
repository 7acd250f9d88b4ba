"""TAL: kernel settings that the GPU stack of a Talos release needs, or needs no more."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Sysctl
from talos_gpu.inventory import Node, Value
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import is_for_gpus
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_WEAKER = "0"
"""Of a setting that hardens: less hardened than the stack needs serves it as well."""
_READMES = (
    "siderolabs/extensions:nvidia-gpu/nvidia-container-toolkit/README.md; siderolabs/talos:pkg/kernel/kspp/kspp.go"
)


def _settings(node: Node) -> Iterator[tuple[str, Value]]:
    for place in node.under("SysctlConfig", "params", "machine", "sysctls"):
        yield from place.pairs()


def _is_gpu_node(node: Node, facts: Facts) -> bool:
    ours = {module.name for module in facts.catalogue.kernel_modules()}
    return is_for_gpus(node, facts) or any((module.text or "").replace("-", "_") in ours for module in node.modules)


def _needed_somewhere(facts: Facts) -> dict[str, Sysctl]:
    return {item.key: item for era in facts.catalogue.eras() for item in era.sysctls}


def _missing(node: Node, facts: Facts) -> Iterator[Offence]:
    if not _is_gpu_node(node, facts):
        return
    settings = dict(_settings(node))
    for key, item in _needed_somewhere(facts).items():
        value = settings.get(key)
        if value is not None and (value.opaque or value.raw in {item.value, _WEAKER}):
            continue
        if value is None and not (node.complete and _all_known(node)):
            if node.origin != "profile":  # what a profile does not say is rendered
                _ask_for_other_patches(key, node, facts)
        elif any(needed.key == key for needed in facts.era.sysctls):
            found = f"found no {key}" if value is None else f"found {key}: {excerpt(value.raw)}"
            message = f"{found}; expected {item.value} because {item.why}"
            remedy = f'machine:\n  sysctls:\n    {key}: "{item.value}"'
            yield Offence(value if value is not None else node.place, message, remedy)


def _ask_for_other_patches(key: str, node: Node, facts: Facts) -> None:
    """Another patch may set it; one that is in these files is seen.

    Raises:
        Lacking: where the release needs it, all that was found is known, and no file sets it.
    """
    others = tuple(facts.cluster.of(Node))
    if not all(map(_all_known, others)) or any(key == found for other in others for found, _ in _settings(other)):
        return
    if any(needed.key == key for needed in facts.era.sysctls):
        raise Lacking(
            f"the patch that sets {key}", remedy="Set it beside the modules, unless a file that is not here does."
        )


def _all_known(node: Node) -> bool:
    return all(
        place.is_map and not place.opaque for place in node.under("SysctlConfig", "params", "machine", "sysctls")
    )


def _obsolete(node: Node, facts: Facts) -> Iterator[Offence]:
    known = _needed_somewhere(facts)
    for key, value in _settings(node):
        item = known.get(key)
        if item is None or value.text != item.value or not _is_gpu_node(node, facts):
            continue
        if not any(needed.key == key for needed in facts.era.sysctls):
            message = f"found {key}, which the NVIDIA stack of Talos {facts.minor.name} does not need; expected none"
            yield Offence(value, f"{message} because it only makes the kernel softer")


def _not_a_string(node: Node, facts: Facts) -> Iterator[Offence]:
    for key, value in _settings(node):
        if value.is_scalar and not value.opaque and not value.is_null and not value.is_string:
            if _is_to_change(key, value, facts):
                continue
            message = f"found {excerpt(key)} without quotes; expected a string because Talos takes both, but its"
            fix = replacing(value, f'"{value.raw}"')
            yield Offence(value, f"{message} schema refuses anything else", f'Write "{excerpt(value.raw)}".', fix)


def _is_to_change(key: str, value: Value, facts: Facts) -> bool:
    """Whether a node for GPUs needs another value, or none: quotes around this one would help nobody."""
    item, minor = _needed_somewhere(facts).get(key), facts.known_minor
    if item is None or minor is None:
        return False
    needed = any(other.key == key for other in minor.era.sysctls)
    if value.raw in {item.value, _WEAKER} if needed else value.text != item.value:
        return False
    users = (node for node in facts.cluster.of(Node) if _is_gpu_node(node, facts))
    return any(found.place == value.place for node in users for _, found in _settings(node))


RULES: tuple[Rule[Node], ...] = (
    Rule(
        id="TAL010",
        name="kernel setting that is missing",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_missing,
        remedy="Add the setting to machine.sysctls.",
        source=_READMES,
    ),
    Rule(
        id="TAL011",
        name="kernel setting that is not needed any more",
        severity="info",
        since="0.1.0",
        looks_at=Node,
        check=_obsolete,
        remedy="Remove the line, unless something else needs it.",
        source="docs.siderolabs.com/talos/v1.13 nvidia-gpu; siderolabs/extensions commit c5480f9",
    ),
    Rule(
        id="TAL012",
        name="kernel setting that is no string",
        severity="info",
        since="0.1.0",
        looks_at=Node,
        check=_not_a_string,
        remedy="Put the value in quotes.",
        source="siderolabs/talos:pkg/machinery/config/schemas/config.schema.json",
    ),
)
