"""Whether driver, flavour, GPU, CUDA toolkit and image suit each other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.catalog._data import load
from talos_gpu.catalog._read_driver import read_architectures, read_branches, read_requirements, read_toolkits
from talos_gpu.catalog.driver import CudaToolkit, DriverBranch
from talos_gpu.catalog.fact import Missing, Source, Stated, Verdict
from talos_gpu.catalog.gpu import Gpu
from talos_gpu.catalog.talos import Flavour
from talos_gpu.catalog.version import Version

__all__ = ["drives", "image_fits", "runs_natively", "toolkit_runs"]


def drives(driver: str, flavour: Flavour, gpu: Gpu) -> Verdict:
    """Says whether the driver version in that flavour can drive the GPU."""
    branch = read_branches().get(Version.parse(driver).branch)
    if branch is None:
        return Verdict("unknown", f"nothing is known of driver branch {Version.parse(driver).branch}", gpu.source)
    checks = (_too_new(branch, gpu), _too_old(driver, gpu))
    flavoured = _open_checks(driver, branch, gpu) if flavour == "open" else _proprietary_checks(gpu)
    for verdict in (*checks, *flavoured):
        if verdict is not None:
            return verdict
    says = gpu.open_listed_from_branch if flavour == "open" else gpu.proprietary_modules
    source = says.source if isinstance(says, Stated) else gpu.source
    return Verdict("yes", f"the {flavour} modules of {driver} drive {gpu.name}", source)


def toolkit_runs(cuda: str, driver: str, gpu: Gpu) -> Verdict:
    """Says whether an application of that CUDA version runs with that driver on that GPU."""
    toolkit = read_toolkits().get(_minor(cuda))
    if toolkit is None:
        return Verdict("unknown", f"nothing is known of CUDA {cuda}", gpu.source)
    targets = _targets(toolkit, gpu)
    if targets is not None:
        return targets
    if runs_natively(cuda, driver, gpu):
        source = toolkit.driver.source if isinstance(toolkit.driver, Stated) else toolkit.source
        return Verdict("yes", f"driver {driver} supports CUDA {cuda} in full", source)
    return _reduced(toolkit, driver)


def runs_natively(cuda: str, driver: str, gpu: Gpu) -> bool:
    """Says whether the driver supports that CUDA version in full, and the toolkit builds for the GPU."""
    toolkit = read_toolkits().get(_minor(cuda))
    if toolkit is None or _targets(toolkit, gpu) is not None:
        return False
    branch = read_branches().get(Version.parse(driver).branch)
    if branch and isinstance(branch.cuda, Stated) and Version.parse(branch.cuda.value) >= Version.parse(_minor(cuda)):
        return True
    needed = toolkit.updates.get(cuda) or (toolkit.driver.value if isinstance(toolkit.driver, Stated) else "")
    return bool(needed) and Version.parse(driver) >= Version.parse(needed)


def image_fits(version: str, driver: str, gpu: Gpu) -> Verdict:
    """Says whether an nvidia/cuda image of that version works with that driver on that GPU."""
    runs = toolkit_runs(version, driver, gpu)
    if runs_natively(version, driver, gpu) or _targets_fail(version, gpu):
        return runs
    requirement = read_requirements().get(version)
    if requirement is None:
        return _unread_requirement(version, driver, gpu, runs)
    branch = Version.parse(driver).branch
    listed = [
        (brand in requirement.brands and branch in requirement.branches) or (brand, branch) in requirement.extra
        for brand in gpu.brands
    ]
    if not any(listed):
        reason = f"the image {version} demands CUDA {requirement.cuda} or a listed brand and branch: {gpu.name} on {branch} is neither"
        return Verdict("no", reason, requirement.source)
    if not all(listed):
        return Verdict("unknown", f"whether {gpu.name} reports a listed brand is not known", requirement.source)
    return _starts(version, driver, gpu, runs, requirement.source)


def _minor(cuda: str) -> str:
    return ".".join(cuda.split(".")[:2])


def _too_new(branch: DriverBranch, gpu: Gpu) -> Verdict | None:
    last = gpu.last_driver_branch
    if isinstance(last, Stated) and int(branch.name) > int(last.value):
        return Verdict("no", f"{last.value} is the last driver branch for {gpu.name}", last.source)
    if gpu.arch in branch.dropped_archs:
        return Verdict("no", f"driver branch {branch.name} has dropped {gpu.arch}", branch.source)
    return None


def _too_old(driver: str, gpu: Gpu) -> Verdict | None:
    floor = gpu.min_driver
    if isinstance(floor, Missing):
        floor = read_architectures()[gpu.arch].first_driver
    if isinstance(floor, Stated) and Version.parse(driver) < Version.parse(floor.value):
        return Verdict("no", f"{gpu.name} needs driver {floor.value} or newer", floor.source)
    return None


def _open_checks(driver: str, branch: DriverBranch, gpu: Gpu) -> Iterator[Verdict | None]:
    if isinstance(gpu.open_modules, Stated) and not gpu.open_modules.value:
        yield Verdict("no", f"{gpu.name} has no GSP, which the open modules need", gpu.open_modules.source)
    if isinstance(branch.open_modules, Stated) and not branch.open_modules.value:
        yield Verdict("no", f"driver branch {branch.name} has no open modules", branch.open_modules.source)
    if isinstance(gpu.open_modules, Missing):
        yield Verdict("unknown", f"no source says whether open modules drive {gpu.name}", gpu.source)
    yield _listing(driver, branch, gpu)
    yield _disputed(gpu, "open")


def _proprietary_checks(gpu: Gpu) -> Iterator[Verdict | None]:
    fact = gpu.proprietary_modules
    if isinstance(fact, Stated) and not fact.value:
        yield Verdict("no", f"{gpu.name} works with the open modules only", fact.source)
    yield _disputed(gpu, "proprietary")


def _disputed(gpu: Gpu, flavour: Flavour) -> Verdict | None:
    for conflict in gpu.conflicts:
        sides = "; ".join(f"{says} ({source})" for says, source in conflict.positions)
        return Verdict("unknown", f"sources contradict each other about {flavour} modules: {sides}", gpu.source)
    return None


def _listing(driver: str, branch: DriverBranch, gpu: Gpu) -> Verdict | None:
    """Says what the list of products in the open modules' README makes of the driver, None where it lists the GPU."""
    required = isinstance(gpu.proprietary_modules, Stated) and not gpu.proprietary_modules.value
    since = gpu.open_listed_since.get(branch.name)
    first = gpu.open_listed_from_branch
    if isinstance(first, Missing):
        return Verdict("unknown", f"the open modules list {gpu.name} in no release that was read", gpu.source)
    early = int(branch.name) < int(first.value) or branch.name in gpu.open_not_listed_branches
    if not early and (since is None or Version.parse(driver) >= Version.parse(since)):
        return None
    reason = f"the open modules of {driver} do not list {gpu.name} (first: {since or first.value})"
    return Verdict("no" if required else "unknown", reason, first.source)


def _targets(toolkit: CudaToolkit, gpu: Gpu) -> Verdict | None:
    """Says why the toolkit does not build for the GPU, None where it does."""
    if not toolkit.archs or gpu.arch in toolkit.archs:
        return None
    order = {name: architecture.order for name, architecture in read_architectures().items()}
    if order[gpu.arch] < min(order[arch] for arch in toolkit.archs):
        return Verdict("no", f"CUDA {toolkit.name} no longer builds for {gpu.arch}", toolkit.source)
    reason = f"CUDA {toolkit.name} is older than {gpu.arch}: only code that ships PTX can run"
    return Verdict("unknown", reason, toolkit.source)


def _targets_fail(version: str, gpu: Gpu) -> bool:
    toolkit = read_toolkits().get(_minor(version))
    return toolkit is None or _targets(toolkit, gpu) is not None


def _reduced(toolkit: CudaToolkit, driver: str) -> Verdict:
    floor = toolkit.minor_compat_driver
    if isinstance(floor, Missing):
        return Verdict("unknown", f"the oldest driver for CUDA {toolkit.name} was not found", toolkit.source)
    if Version.parse(driver) >= Version.parse(floor.value):
        reason = f"driver {driver} runs CUDA {toolkit.name} with reduced features (minor-version compatibility)"
        return Verdict("yes", reason, floor.source)
    return Verdict("no", f"CUDA {toolkit.name} needs driver {floor.value} or newer", floor.source)


def _unread_requirement(version: str, driver: str, gpu: Gpu, runs: Verdict) -> Verdict:
    content = load("cuda.yaml")
    refused: dict[str, Any] = content["brandsNotListedFrom"].get(gpu.gpu_class, {})
    if refused and Version.parse(version) >= Version.parse(refused["version"]):
        reason = f"images from {refused['version']} on list no {gpu.gpu_class} brand, and driver {driver} is older than CUDA {version}"
        return Verdict("no", reason, Source(refused["source"], content["checked"]))
    return Verdict("unknown", f"what the image {version} demands of driver {driver} was not read", runs.source)


def _starts(version: str, driver: str, gpu: Gpu, runs: Verdict, source: Source) -> Verdict:
    if runs.answer == "yes":
        return Verdict("yes", f"{runs.reason}, and the image lists the branch", source)
    if gpu.gpu_class in load("cuda.yaml")["forwardCompat"]["classes"]:
        return Verdict("yes", f"the image {version} brings forward compatibility for driver {driver}", source)
    return Verdict(
        "unknown", f"the image {version} starts, but forward compatibility covers few {gpu.gpu_class} cards", source
    )
