"""OpenTofu: a schematic template a GPU pool, locals with the ids it leads to, and patches for config_patches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import SequenceMatcher

from talos_gpu.document import Document, TextDocument
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.patch import Patch, patch_documents, patches
from talos_gpu.talos.phases import upgrades
from talos_gpu.talos.step import PHASES, Phase, Step

__all__ = ["check", "render", "schematic_template", "steps"]

_LOCALS_HEAD = """\
# One entry a pool, for your own resources:
#   talos_image_factory_schematic: schematic = templatefile("${path.module}/gpu/schematic.yaml.tftpl",
#     { needs_nvidia_extensions = true })
#   talos_machine_configuration_apply: config_patches = [for file in local.talos_gpu_pools["gpu"].patches :
#     file("${path.module}/${file}")]
# The ids are what the Image Factory answers for the texts in schematics/ and for the templates.
"""
_ROLLED_OUT: frozenset[Phase] = frozenset({"first-installation", "driver-change", "talos-upgrade"})
"""Phases that need a new image."""


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Nothing: what a template would take for its own is escaped, and patches are read by file()."""
    return ()


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """Templates of the GPU pools, the patches of all pools, and locals.tf."""
    found = {pool.name: patches(plan, pool) for pool in plan.pools}
    folder = plan.layout_path
    documents = [item for pool in plan.pools for item in patch_documents(pool, found[pool.name], folder)]
    templates = (
        TextDocument(f"{folder}/{pool.name}/schematic.yaml.tftpl", schematic_template(pool), header=False)
        for pool in plan.gpu_pools
    )
    return (*documents, *templates, TextDocument(f"{folder}/locals.tf", _locals(plan, found)))


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """The same round of OpenTofu for every phase; nodes that run already take a new image by an upgrade."""
    return tuple(step for phase in PHASES for step in _round(plan, phase))


def schematic_template(pool: PoolPlan) -> str:
    """A template that renders to the pool's canonical text, or to the one without NVIDIA's extensions.

    It carries no header: what stands in it is what the Image Factory is sent.
    """
    plain = pool.schematic.without_nvidia_text.splitlines(keepends=True)
    whole = pool.schematic.text.splitlines(keepends=True)
    parts: list[str] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, plain, whole, autojunk=False).get_opcodes():
        without, with_nvidia = _escaped(plain[i1:i2]), _escaped(whole[j1:j2])
        if tag == "equal":
            parts.append(with_nvidia)
        elif not without:
            parts.append(f"%{{ if needs_nvidia_extensions ~}}\n{with_nvidia}%{{ endif ~}}\n")
        elif not with_nvidia:
            parts.append(f"%{{ if !needs_nvidia_extensions ~}}\n{without}%{{ endif ~}}\n")
        else:
            parts.append(f"%{{ if needs_nvidia_extensions ~}}\n{with_nvidia}%{{ else ~}}\n{without}%{{ endif ~}}\n")
    return "".join(parts)


def _escaped(lines: list[str]) -> str:
    return _literal("".join(lines))


def _literal(text: str) -> str:
    """`text` with what opens an interpolation or a directive doubled, as HCL escapes it."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _locals(plan: ClusterPlan, found: Mapping[str, tuple[Patch, ...]]) -> str:
    lines = ["locals {", "  talos_gpu_pools = {"]
    for pool in plan.pools:
        lines += [f"    {_string(pool.name)} = {{", *_aligned(_attributes(pool)), *_patch_list(pool, found[pool.name])]
        lines.append("    }")
    return _LOCALS_HEAD + "\n".join([*lines, "  }", "}"]) + "\n"


def _attributes(pool: PoolPlan) -> Iterator[tuple[str, str]]:
    schematic = pool.schematic
    identity = schematic.id.value if isinstance(schematic.id, Known) else ""
    yield "needs_nvidia_extensions", "true" if pool.gpu else "false"
    yield "schematic_id", _string(identity) if identity else "null"
    yield "installer", _string(schematic.installer.value)
    yield "schematic_id_without_nvidia", _string(schematic.without_nvidia_id)
    if identity:
        without = schematic.installer.value.replace(identity, schematic.without_nvidia_id)
        yield "installer_without_nvidia", _string(without)


def _aligned(attributes: Iterable[tuple[str, str]], pad: str = "      ") -> list[str]:
    """Attribute lines with their equals signs in one column, as `tofu fmt` wants them."""
    rows = tuple(attributes)
    width = max(len(name) for name, _ in rows)
    return [f"{pad}{name:<{width}} = {value}" for name, value in rows]


def _patch_list(pool: PoolPlan, found: tuple[Patch, ...]) -> list[str]:
    """The patches in order; those for one node alone stand apart, by node."""
    folder = f"patches/{pool.name}"
    shared = [_string(f"{folder}/{item.file_name()}") for item in found if not item.node]
    own = [(_string(item.node), f"[{_string(f'{folder}/{item.file_name()}')}]") for item in found if item.node]
    lines = ["      patches = [", *(f"        {path}," for path in shared), "      ]"]
    if own:
        lines += ["      node_patches = {", *_aligned(own, "        "), "      }"]
    return lines


def _string(text: str) -> str:
    return _literal(json.dumps(text, ensure_ascii=False))


def _round(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    yield Step(phase, "Check the format", "tofu fmt -check -recursive")
    yield Step(phase, "Check the configuration", "tofu validate")
    yield Step(
        phase,
        "See what would change",
        "tofu plan",
        "A new schematic id appears only where extensions, kernel arguments, overlay, META or secure boot changed.",
    )
    yield Step(
        phase,
        "Make the change",
        "tofu apply",
        "The provider posts the schematic to the Image Factory. What was changed on a node by hand is overwritten.",
    )
    if phase in _ROLLED_OUT:
        yield from upgrades(plan, phase)
