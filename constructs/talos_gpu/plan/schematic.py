"""The pool's boot image: what the Image Factory is told, its id, and the addresses that follow."""

from __future__ import annotations

from talos_gpu.catalog import Minor, Release, tool
from talos_gpu.plan.decision import Known
from talos_gpu.plan.extension import Extensions, extension_versions
from talos_gpu.plan.model import Notice, SchematicPlan
from talos_gpu.plan.problems import Problems
from talos_gpu.profile.pool import Pool
from talos_gpu.schematic import (
    MetaValue,
    Overlay,
    Schematic,
    addresses,
    canonical,
    schematic_id,
    uncertain,
)

__all__ = ["plan_schematic"]


def plan_schematic(
    release: Release,
    layout: str,
    pool_name: str,
    pool: Pool,
    extensions: Extensions,
    kernel_args: tuple[str, ...],
    problems: Problems,
) -> tuple[SchematicPlan, tuple[Notice, ...]]:
    """The schematic of the pool, and what to say about its id."""
    needed = tuple(argument for argument in kernel_args if argument not in pool.kernel_args)
    schematic = _schematic(pool, extensions.all, (*needed, *pool.kernel_args))
    plain = _schematic(pool, extensions.without_nvidia, pool.kernel_args)
    identity = schematic_id(schematic)
    _agree(pool_name, pool, extensions, identity, problems)
    doubts = uncertain(schematic)
    notices = tuple(Notice("schematic id", doubt) for doubt in doubts)
    secure = bool(pool.secure_boot and pool.secure_boot.enabled)
    minor = release.minor
    where = addresses(
        identity,
        release.tag,
        platform=pool.platform,
        arch=pool.arch,
        secure_boot=secure,
        installer_name=tool(layout).installer.format(platform=pool.platform) or minor.installer_name(pool.platform),
        disk_suffix=minor.disk_image_suffix,
    )
    reason = "sha256 of the canonical text, which the Image Factory computes alike"
    plan = SchematicPlan(
        extensions=Known(
            extensions.all,
            "kernel modules and toolkit of one track, then the profile's own, sorted as the Image Factory's page does"
            if extensions.nvidia
            else "the profile's own, sorted; a pool without GPU gets nothing of NVIDIA",
            minor.source.text,
        ),
        versions=extension_versions(release, extensions.all),
        schematic=schematic,
        text=canonical(schematic),
        id=Known(
            identity,
            f"{reason}; uncertain: {'; '.join(doubts)}" if doubts else reason,
            "siderolabs/image-factory:pkg/schematic/schematic.go",
        ),
        without_nvidia_text=canonical(plain),
        without_nvidia_id=schematic_id(plain),
        installer=_installer(minor, layout, where.installer),
        addresses=where,
    )
    return plan, notices


def _installer(minor: Minor, layout: str, image: str) -> Known[str]:
    facts = tool(layout)
    if facts.installer:
        return Known(image, f"{facts.tool} names the installer after the platform for every release", facts.source)
    one_name = "{platform}" not in minor.installer
    reason = "have one name" if one_name else "carry the platform's name"
    return Known(image, f"{minor.name} installers {reason}", minor.source.text)


def _schematic(pool: Pool, extensions: tuple[str, ...], kernel_args: tuple[str, ...]) -> Schematic:
    overlay = pool.overlay
    secure = pool.secure_boot if pool.secure_boot and pool.secure_boot.enabled else None
    return Schematic(
        extensions=extensions,
        kernel_args=kernel_args,
        meta=tuple(MetaValue(item.key, item.value) for item in pool.meta),
        overlay=Overlay(overlay.image, overlay.name, overlay.options) if overlay else Overlay(),
        enroll_keys=(secure.enroll_keys or "") if secure else "",
        well_known_certificates=secure.include_well_known_certificates if secure else False,
    )


def _agree(pool_name: str, pool: Pool, extensions: Extensions, identity: str, problems: Problems) -> None:
    refused_already = pool.gpu is not None and not extensions.nvidia
    if refused_already or pool.schematic_id in {None, identity}:
        return
    names = ", ".join(extensions.all) or "no extensions"
    problems.refuse(
        ("pools", pool_name, "schematicId"),
        f"found {pool.schematic_id}, but the schematic of this pool ({names}) has the id {identity}",
        "schematicId never selects: correct the pool until the ids agree, or remove the line. Order is part of the id.",
    )
