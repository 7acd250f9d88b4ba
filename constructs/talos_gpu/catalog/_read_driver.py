"""Driver branches, architectures, CUDA toolkits and images out of their data files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from talos_gpu.catalog._cited import cited_row
from talos_gpu.catalog._data import load
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.driver import Architecture, CudaImage, CudaToolkit, DriverBranch, ImageCheck, ImageRequirement
from talos_gpu.catalog.fact import Fact, Missing, Source, Stated
from talos_gpu.catalog.version import Version

__all__ = [
    "cuda_image",
    "read_architectures",
    "read_branches",
    "read_image_check",
    "read_images",
    "read_requirements",
    "read_toolkits",
]


@cache
def read_architectures() -> Mapping[str, Architecture]:
    """Returns the GPU generations by name, oldest first."""
    rows = _rows("architectures.yaml", "architectures")
    return {name: _architecture(name, order, row) for order, (name, row) in enumerate(rows.items())}


@cache
def read_branches() -> Mapping[str, DriverBranch]:
    """Returns the driver branches by number, oldest first."""
    return {name: _branch(name, row) for name, row in _rows("driver-branches.yaml", "branches").items()}


@cache
def read_toolkits() -> Mapping[str, CudaToolkit]:
    """Returns the CUDA toolkits by major and minor (`12.8`), oldest first."""
    return {name: _toolkit(name, row) for name, row in _rows("cuda.yaml", "toolkits").items()}


@cache
def read_requirements() -> Mapping[str, ImageRequirement]:
    """Returns NVIDIA_REQUIRE_CUDA of the image versions for which it was read."""
    return {name: _requirement(name, row) for name, row in _rows("cuda.yaml", "requirements").items()}


@cache
def read_image_check() -> ImageCheck:
    """Returns how the demand of an image is checked."""
    content = load("cuda.yaml")
    facts = content["requirementCheck"]
    return ImageCheck(
        error=facts["error"],
        bypass=facts["bypass"],
        enforced_by_modes=tuple(facts["enforcedByModes"]),
        not_enforced_by_modes=tuple(facts["notEnforcedByModes"]),
        note=facts["note"],
        source=Source(facts["source"], content["checked"]),
    )


@cache
def read_images() -> tuple[CudaImage, ...]:
    """Returns every image of our data file, oldest CUDA first."""
    content = load("cuda.yaml")
    images = [
        cuda_image(kind, facts["repository"], version, tag["tag"], Source(tag["source"], content["checked"]))
        for kind, facts in content["images"].items()
        for version, tag in facts["tags"].items()
    ]
    return tuple(sorted(images, key=lambda image: Version.parse(image.version)))


def cuda_image(kind: Any, repository: str, version: str, tag: str, source: Source) -> CudaImage:
    """Returns an image with CUDA inside, by its parts."""
    digest = Missing(f"digest of {repository}:{tag}", "tags are rebuilt, and no source states one")
    return CudaImage(
        reference=f"{repository}:{tag}",
        kind=kind,
        cuda=".".join(version.split(".")[:2]),
        version=version,
        archs=(),
        digest=digest,
        source=source,
    )


def _rows(name: str, key: str) -> Mapping[str, Row]:
    content = load(name)
    return {entry: cited_row(values, values["source"].split("; "), content) for entry, values in content[key].items()}


def _architecture(name: str, order: int, row: Row) -> Architecture:
    return Architecture(
        name=name,
        order=order,
        compute_capabilities=tuple(row.get("computeCapabilities")),
        gsp=row.get("gsp"),
        open_modules=row.get("openModules"),
        open_modules_required=row.get("openModulesRequired", False),
        first_driver=_first_driver(name, row),
        last_driver_branch=row.stated("lastDriverBranch", f"last driver branch of {name}"),
        last_cuda=row.get("lastCuda", {}),
        first_cuda=row.get("firstCuda", {}),
        source=row.source,
    )


def _first_driver(name: str, row: Row) -> Fact[str]:
    """Returns the oldest driver; where it differs by compute capability, the oldest of all."""
    fact = row.fact("firstDriver", f"first driver for {name}")
    if isinstance(fact, Missing) or isinstance(fact.value, str):
        return fact
    return Stated(min(fact.value.values(), key=Version.parse), fact.source)


def _branch(name: str, row: Row) -> DriverBranch:
    last = "lastRelease" if row.get("lastRelease") else "lastReleaseSeen"
    end = "endOfLife" if row.get("endOfLife") else "endOfLifeComputed"
    return DriverBranch(
        name=name,
        kind=row.stated("kind", f"kind of driver branch {name}"),
        cuda=row.stated("cuda", f"CUDA version of driver branch {name}"),
        first_release=row.stated("firstRelease", f"first release of branch {name}"),
        last_release=row.stated(last, f"last release of branch {name}"),
        end_of_life=row.stated(end, f"end of life of branch {name}"),
        open_modules=row.fact("openModules", f"open modules of branch {name}"),
        open_alpha_classes=tuple(row.get("openAlphaClasses", ())),
        dropped_archs=tuple(_dropped(row)),
        open_only_archs=tuple(row.get("openOnlyArchs", ())),
        notes=tuple(row.get("notes", ())),
        source=row.source,
    )


def _dropped(row: Row) -> list[str]:
    oldest = row.get("minArch")
    names = list(read_architectures())
    return names[: names.index(oldest)] if oldest in names else []


def _toolkit(name: str, row: Row) -> CudaToolkit:
    return CudaToolkit(
        name=name,
        driver=row.stated("driver", f"driver of CUDA {name}"),
        updates=row.get("updates", {}),
        minor_compat_driver=row.stated("minorCompatDriver", f"oldest driver for reduced features of CUDA {name}"),
        archs=tuple(row.get("archs", ())),
        notes=tuple(row.get("notes", ())),
        source=row.source,
    )


def _requirement(name: str, row: Row) -> ImageRequirement:
    extra = tuple((item["brand"], item["branch"]) for item in row.get("extra", ()))
    return ImageRequirement(
        name, row.get("cuda"), tuple(row.get("branches")), tuple(row.get("brands")), extra, row.source
    )
