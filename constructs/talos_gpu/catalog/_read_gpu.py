"""GPUs out of gpus.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from talos_gpu.catalog._cited import cited_row
from talos_gpu.catalog._data import gpu_lines, head, load, parse
from talos_gpu.catalog._read_driver import read_architectures
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.fact import Fact, Missing, Source, Stated
from talos_gpu.catalog.gpu import Conflict, Gpu, Mig

__all__ = ["gpu_row", "read_gpu", "read_known_gpu"]


@cache
def read_known_gpu(name: str) -> Gpu:
    """Returns a product of our data file by its exact name."""
    return read_gpu(gpu_row(name))


def gpu_row(name: str) -> Row:
    """Returns what our data file states of the product with exactly that name."""
    line = next(line for known, _, line in gpu_lines() if known == name)
    values, about = parse(line), head("gpus.yaml", "gpus")
    return cited_row(values, values["source"], about)


def read_gpu(row: Row) -> Gpu:
    """Returns the product that `row` describes."""
    name, values = row.get("name"), row.values
    architecture = read_architectures()[values["arch"]]
    here = ("gpus", name)
    return Gpu(
        name=name,
        arch=values["arch"],
        chip=str(values.get("chip", "")),
        compute_capability=str(values.get("computeCapability", "")),
        gpu_class=values["class"],
        pci_ids=tuple(values.get("pciIds", ())),
        cpu_archs=tuple(values.get("cpuArchs", ())),
        cpu_archs_source=row.source_of("cpuArchs", {}),
        memory_gib=row.fact("memoryGib", f"memory of {name}", (*here, "memoryGib")),
        gsp=architecture.gsp,
        open_modules=row.fact("openModules", f"open modules for {name}", (*here, "openModules")),
        proprietary_modules=_proprietary(row, name),
        open_listed_from_branch=row.stated("openListedFromBranch", f"first branch whose open modules list {name}"),
        open_listed_since=values.get("openListedSince", {}),
        open_not_listed_branches=tuple(values.get("openNotListedBranches", ())),
        min_driver=row.stated("minDriver", f"oldest driver for {name}", (*here, "minDriver")),
        last_driver_branch=row.stated("lastDriverBranch", f"last branch for {name}", (*here, "lastDriverBranch")),
        mig=row.fact("mig", f"MIG on {name}", (*here, "mig")),
        mig_details=_mig(row, name),
        fabric_manager=row.fact("fabricManager", f"NVSwitch with {name}", (*here, "fabricManager")),
        brands=tuple(load("cuda.yaml")["classBrands"][values["class"]]),
        notes=tuple(values.get("notes", ())),
        conflicts=_conflicts(values),
        source=row.source,
    )


def _proprietary(row: Row, name: str) -> Fact[bool]:
    if row.get("openModulesRequired"):
        return Stated(False, row.source_of("openModulesRequired", {}), "the product needs the open modules")
    if row.get("conflict"):
        return Missing(f"proprietary modules for {name}", "sources contradict each other")
    return Stated(True, row.source_of("proprietaryModules", {}), "no source requires the open modules")


def _mig(row: Row, name: str) -> Mig:
    profiles = row.fact("migProfiles", f"MIG profiles of {name}", ("gpus", name, "migProfiles"))
    listed = profiles if isinstance(profiles, Missing) else Stated(tuple(profiles.value), profiles.source)
    return Mig(
        profiles=listed,
        max_instances=row.fact("migMaxInstances", f"most MIG instances of {name}"),
        min_driver=row.stated("migMinDriver", f"oldest driver for MIG on {name}"),
    )


def _conflicts(values: Mapping[str, Any]) -> tuple[Conflict, ...]:
    if "conflict" not in values:
        return ()
    content = load("conflicts.yaml")
    facts = content["conflicts"][values["conflict"]]
    positions = tuple((item["says"], Source(item["source"], content["checked"])) for item in facts["positions"])
    return (Conflict(facts["about"], positions, facts["propose"], tuple(facts["kernelArgs"])),)
