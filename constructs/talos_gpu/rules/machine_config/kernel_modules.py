"""TAL: the kernel modules of the driver."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from talos_gpu.catalog import Catalogue, KernelModule
from talos_gpu.inventory import Node, Value
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import is_for_gpus
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_OTHERS = frozenset({"nvidiafb", "i2c_nvidia_gpu", "nvidia_wmi_ec_backlight", "nvidia_vgpu_vfio"})
"""Modules of Linux or NVIDIA that resemble those of the driver, and that are meant."""
_LIKE = 0.8
_STEM = "nvidia_"
_HALF = 0.5
_LOADER = "pmorjan/kmod:kmod_linux.go"
_DOCS = (
    "docs.siderolabs.com/talos nvidia-gpu; siderolabs/extensions:nvidia-gpu/nvidia-modules/production/files/nvidia.conf"
)


def _missing(node: Node, facts: Facts) -> Iterator[Offence]:
    if any(module.text is None for module in node.modules) or _misspelt_ones(node, facts.catalogue):
        return
    lacking = _lacking(node, facts)
    if not node.complete and node.origin != "profile":  # what a profile does not say is rendered
        _ask_for_other_patches(lacking, node, facts)
    if not lacking or not node.complete:
        return
    place = next((module for module in node.modules if (module.text or "").startswith("nvidia")), node.place)
    names = ", ".join(module.name for module in lacking)
    message = f"found no {names} among the kernel modules; expected all four of NVIDIA because they do not load by"
    severe = any(module.cuda for module in lacking)
    remedy = _documents(lacking) if node.of_kind("KernelModuleConfig") else _lines(lacking)
    yield Offence(place, f"{message} themselves", remedy, severity=None if severe else "warning")


def _names(node: Node) -> set[str]:
    return {(module.text or "").replace("-", "_") for module in node.modules}


def _lacking(node: Node, facts: Facts) -> list[KernelModule]:
    """The modules that a node for GPUs is not told to load, and that none of those brings which it is."""
    named, ours = _names(node), facts.catalogue.kernel_modules()
    if not any(module.name in named for module in ours) and not (node.complete and is_for_gpus(node, facts)):
        return []
    loaded = named | {name for module in ours if module.name in named for name in module.brings}
    return [module for module in ours if module.name not in loaded]


def _ask_for_other_patches(lacking: Iterable[KernelModule], node: Node, facts: Facts) -> None:
    """A patch may name a part of the modules, and another one the rest; one that is in these files is seen.

    Raises:
        Lacking: where no file names a module that CUDA needs.
    """
    elsewhere = {name for other in facts.cluster.of(Node) if other is not node for name in _names(other)}
    names = [module.name for module in lacking if module.cuda and module.name not in elsewhere]
    if names:
        what = f"the patch that names the kernel module {' and '.join(names)}"
        raise Lacking(what, remedy="Name it beside the others, unless a file that is not here does.")


def _lines(lacking: Iterable[KernelModule]) -> str:
    entries = "\n".join(f"      - name: {module.name}" for module in lacking)
    return f"machine:\n  kernel:\n    modules:\n{entries}"


def _documents(lacking: Iterable[KernelModule]) -> str:
    heads = (f"apiVersion: v1alpha1\nkind: KernelModuleConfig\nname: {module.name}" for module in lacking)
    return "\n---\n".join(heads)


def _misspelt_ones(node: Node, catalogue: Catalogue) -> list[tuple[Value, str]]:
    known = {module.name for module in catalogue.all_kernel_modules()} | _OTHERS
    ours = [module.name for module in catalogue.all_kernel_modules() if module.name.startswith("nvidia")]
    found = []
    for module in node.modules:
        name = (module.text or "").replace("-", "_")
        if not name or name in known:
            continue
        near = max(ours, key=lambda other: SequenceMatcher(None, name.casefold(), other).ratio())
        if SequenceMatcher(None, name.casefold(), near).ratio() >= _LIKE and _ends_alike(name, near):
            found.append((module, near))
    return found


def _ends_alike(name: str, near: str) -> bool:
    """Whether more than `nvidia_` is common: nvidia_smi is a program, and no nvidia_fs."""
    if not name.startswith(_STEM) or not near.startswith(_STEM):
        return True
    return SequenceMatcher(None, name.removeprefix(_STEM), near.removeprefix(_STEM)).ratio() >= _HALF


def _misspelt(node: Node, facts: Facts) -> Iterator[Offence]:
    for module, near in _misspelt_ones(node, facts.catalogue):
        message = f"found {excerpt(module.raw)}; expected {near} because Linux has no module of the other name"
        fix = replacing(module, near) if module.raw.casefold() == near else ()
        yield Offence(module, message, f"Write {near}.", fix)


def _dashed(node: Node, facts: Facts) -> Iterator[Offence]:
    ours = {module.name for module in facts.catalogue.all_kernel_modules()}
    for module in node.modules:
        name = (module.text or "").replace("-", "_")
        if name != module.text and name in ours:
            message = f"found {excerpt(module.raw)}; expected {name} because that is what /proc/modules shows, though"
            yield Offence(module, f"{message} both load", f"Write {name}.", replacing(module, name))


def _nameless(node: Node, _: Facts) -> Iterator[Offence]:
    for module in node.config.get("machine", "kernel", "modules").items():
        if module.is_scalar and module.text is not None:
            name = excerpt(module.raw)
            message = f"found {name}; expected a map with its name because Talos refuses the whole text otherwise"
            fix = replacing(module, f"name: {module.raw}")
            yield Offence(module, message, f"Write `- name: {name}`.", fix)


RULES: tuple[Rule[Node], ...] = (
    Rule(
        id="TAL008",
        name="kernel modules that are missing",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_missing,
        remedy="Name all four modules.",
        source=_DOCS,
    ),
    Rule(
        id="TAL009",
        name="misspelt kernel module",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_misspelt,
        remedy="Write the name of the module as Linux knows it.",
        source=f"{_LOADER} (ErrModuleNotFound); {_DOCS}",
    ),
    Rule(
        id="TAL028",
        name="kernel module with dashes",
        severity="info",
        since="0.1.0",
        looks_at=Node,
        check=_dashed,
        remedy="Write the name with underscores.",
        source=f"{_LOADER} (cleanName)",
    ),
    Rule(
        id="TAL029",
        name="kernel module that is no map",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_nameless,
        remedy="Write the module as a map: `- name: nvidia`.",
        source="siderolabs/talos:pkg/machinery/config/types/v1alpha1/v1alpha1_types.go (KernelModuleConfig)",
    ),
)
