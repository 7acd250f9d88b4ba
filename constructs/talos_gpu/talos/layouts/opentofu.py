"""OpenTofu: a schematic template a GPU pool, locals with the ids it leads to, and patches for config_patches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from talos_gpu.document import Document, TextDocument
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.patch import Patch, PoolPatches, patch_documents, patches
from talos_gpu.talos.phases import others, parted, registration, upgrades
from talos_gpu.talos.shell import command, folder_of
from talos_gpu.talos.step import Phase, Step

__all__ = ["check", "render", "schematic_template", "steps"]

_LOCALS_HEAD = """\
# One entry a pool. This folder is a module without resources: outputs.tf hands
# the entries to your own, for example
#
#   module "gpu" {
#     source = "<way to this folder>"
#   }
#   resource "talos_image_factory_schematic" "gpu" {
#     schematic = file(module.gpu.talos_gpu_pools[POOL].schematic)
#   }
#   resource "talos_machine_configuration_apply" "gpu" {
#     config_patches = [for path in module.gpu.talos_gpu_pools[POOL].patches : file(path)]
#     # client_configuration, machine_configuration_input, node
#   }
"""
_TEMPLATE_HEAD = """\
# One template for nodes with GPU and without:
#   templatefile(module.gpu.talos_gpu_pools[POOL].template, { needs_nvidia_extensions = true })
"""
_IDS_HEAD = "# The ids are what the Image Factory answers for these schematics.\n"
_OUTPUTS = """\
output "talos_gpu_pools" {
  description = "Pool to its schematic, installer image and machine-config patches; paths are for file()."
  value       = local.talos_gpu_pools
}
"""
_FIRST: Phase = "first-installation"
_ROOT = "YOUR_TOFU_ROOT"


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Nothing: what a template would take for its own is escaped, and patches are read by file()."""
    return ()


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """Templates of the GPU pools, the patches of all pools, and a module that names them."""
    found = patches(plan)
    folder = plan.layout_path
    documents = [item for pool in plan.pools for item in patch_documents(pool, found[pool.name], folder)]
    templates = (
        TextDocument(f"{folder}/{pool.name}/schematic.yaml.tftpl", schematic_template(pool), header=False)
        for pool in plan.gpu_pools
    )
    code = {"locals.tf": _locals(plan, found), "outputs.tf": _OUTPUTS}
    return (*documents, *templates, *(TextDocument(f"{folder}/{name}", text) for name, text in code.items()))


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """The same round of OpenTofu for every phase; nodes that run already take a new image by an upgrade."""
    beside = others(plan)
    note = _apply_note(patches(plan))
    return (
        *parted("exists", (*_round(plan, plan.gpu_pools, _FIRST, note), *upgrades(plan.gpu_pools, _FIRST))),
        *parted("others", (*registration(beside, _FIRST, folder_of(plan)), *upgrades(beside, _FIRST))),
        *parted("new", (*_round(plan, plan.pools, _FIRST, note), _bootstrap())),
        *_round(plan, (), "configuration-change", note),
        *_round(plan, plan.gpu_pools, "driver-change", note),
        *upgrades(plan.gpu_pools, "driver-change"),
        *_round(plan, plan.pools, "talos-upgrade", note),
        *upgrades(plan.pools, "talos-upgrade"),
    )


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


def _locals(plan: ClusterPlan, found: PoolPatches) -> str:
    lines = ["locals {", "  talos_gpu_pools = {"]
    for pool in plan.pools:
        lines += [f"    {_string(pool.name)} = {{", *_aligned(_attributes(pool)), *_patch_list(pool, found[pool.name])]
        lines.append("    }")
    example = next((pool.name for pool in (*plan.gpu_pools, *plan.pools)), "")
    head = (_LOCALS_HEAD + (_TEMPLATE_HEAD if plan.gpu_pools else "")).replace("POOL", json.dumps(example))
    return head + _IDS_HEAD + "\n".join([*lines, "  }", "}"]) + "\n"


def _attributes(pool: PoolPlan) -> Iterator[tuple[str, str]]:
    schematic = pool.schematic
    identity = schematic.id.value if isinstance(schematic.id, Known) else ""
    yield "needs_nvidia_extensions", "true" if pool.gpu else "false"
    yield "schematic", _file(f"schematics/{pool.name}.yaml")
    if pool.gpu:
        yield "template", _file(f"{pool.name}/schematic.yaml.tftpl")
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
    shared = [_file(f"{folder}/{item.file_name()}") for item in found if not item.node]
    own = [(_string(item.node), f"[{_file(f'{folder}/{item.file_name()}')}]") for item in found if item.node]
    lines = ["      patches = [", *(f"        {path}," for path in shared), "      ]"]
    if own:
        lines += ["      node_patches = {", *_aligned(own, "        "), "      }"]
    return lines


def _string(text: str) -> str:
    return _literal(json.dumps(text, ensure_ascii=False))


def _file(path: str) -> str:
    """A file of this module, for whoever calls it."""
    return '"${path.module}/' + _literal(json.dumps(path, ensure_ascii=False))[1:]


def _round(plan: ClusterPlan, pools: tuple[PoolPlan, ...], phase: Phase, note: str) -> Iterator[Step]:
    yield from registration(pools, phase, folder_of(plan))
    yield Step(
        phase,
        f"Use {folder_of(plan)} as a module of your root module, once",
        "",
        'In YOUR_TOFU_ROOT write `module "gpu" { source = "..." }` with the way to that folder, and hand '
        "`module.gpu.talos_gpu_pools` to your resources, as the head of locals.tf shows. The folder itself has none: "
        "nothing is applied there.",
    )
    yield Step(phase, "Go to your root module", command("cd", _ROOT))
    yield Step(phase, "Read the module and the providers", "tofu init")
    yield Step(phase, "Check the format", "tofu fmt -check -recursive")
    yield Step(phase, "Check the configuration", "tofu validate")
    yield Step(
        phase,
        "See what would change",
        "tofu plan",
        "A new schematic id appears only where extensions, kernel arguments, overlay, META or secure boot changed.",
    )
    yield Step(phase, "Make the change", "tofu apply", note)


def _apply_note(found: PoolPatches) -> str:
    note = "What was changed on a node by hand is overwritten."
    if any(patch.reboots for own in found.values() for patch in own):
        note += (
            " A node whose machine.files change reboots at once, without a drain: give its "
            'talos_machine_configuration_apply `apply_mode = "staged"`, or drain it first.'
        )
    return note


def _bootstrap() -> Step:
    return Step(
        _FIRST,
        "See that your root module has bootstrapped the cluster",
        "",
        "It needs `talos_machine_secrets` and `talos_machine_bootstrap`, once. A machine that is booted from the media of its "
        "pool is installed with the pool's image, so no upgrade follows.",
    )
