"""Which GPU a pool's model means, and what its nodes then carry."""

from __future__ import annotations

import re
from collections.abc import Mapping

from talos_gpu.catalog import Catalogue, DriverBranch, GpuMatch, NotListed, Release
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.driver import Choice
from talos_gpu.plan.fact import cited, decide, who
from talos_gpu.plan.model import GpuPlan
from talos_gpu.plan.problems import Problems
from talos_gpu.profile.pool import Pool

__all__ = ["find_gpu", "plan_gpu"]


def find_gpu(catalogue: Catalogue, pool_name: str, pool: Pool, problems: Problems) -> GpuMatch | None:
    """The products that the pool's model means, if every fact that is used agrees."""
    assert pool.gpu is not None
    path = ("pools", pool_name, "gpu", "model")
    match = catalogue.gpus(pool.gpu.model)
    if isinstance(match, NotListed):
        problems.not_understood(path, match.message, match.declare or _declare_device(pool.gpu.model))
        return None
    if not match.agree(*_FACTS_USED):
        names = ", ".join(match.names)
        problems.not_understood(
            path, f"{pool.gpu.model} is {len(match.gpus)} products: {names}", "Write one of these names, or a PCI id."
        )
        return None
    _check_arch(match, pool_name, pool, problems)
    return match


def _check_arch(match: GpuMatch, pool_name: str, pool: Pool, problems: Problems) -> None:
    """Refuses a GPU whose board carries its own CPU in a pool of another architecture."""
    gpu = match.gpus[0]
    if gpu.cpu_archs and pool.arch not in gpu.cpu_archs:
        written = "" if "arch" in pool.model_fields_set else ", the default"
        problems.refuse(
            ("pools", pool_name, "arch"),
            f"found {pool.arch}{written}, but {gpu.name} exists on {' and '.join(gpu.cpu_archs)} boards only",
            f"Write arch: {gpu.cpu_archs[0]}.",
            cited(gpu.cpu_archs_source),
        )


def _declare_device(text: str) -> str:
    """Lines that would declare the product behind a PCI id, which tells nothing about its nearest neighbour."""
    device = re.sub(r"^(0x)?10de[:\s.-]?|^0x", "", text.strip().lower())
    facts = f'arch: <generation>, class: <datacenter, workstation or geforce>, pciIds: ["{device}"]'
    return f'catalogue:\n  gpus:\n    "<marketing name>": {{{facts}}}\n'


_FACTS_USED = (
    lambda gpu: gpu.arch,
    lambda gpu: gpu.gpu_class,
    lambda gpu: gpu.gsp,
    lambda gpu: _value(gpu.memory_gib),
    lambda gpu: _value(gpu.open_modules),
    lambda gpu: _value(gpu.proprietary_modules),
    lambda gpu: _value(gpu.open_listed_from_branch),
    lambda gpu: gpu.open_listed_since,
    lambda gpu: gpu.open_not_listed_branches,
    lambda gpu: _value(gpu.min_driver),
    lambda gpu: _value(gpu.last_driver_branch),
    lambda gpu: _value(gpu.mig),
    lambda gpu: _value(gpu.mig_details.profiles),
    lambda gpu: _value(gpu.mig_details.min_driver),
    lambda gpu: _value(gpu.fabric_manager),
    lambda gpu: gpu.cpu_archs,
    lambda gpu: gpu.brands,
    lambda gpu: gpu.conflicts,
)


def _value(fact: object) -> object:
    return getattr(fact, "value", None)


def plan_gpu(
    catalogue: Catalogue,
    release: Release,
    match: GpuMatch,
    choice: Choice,
    pool: Pool,
    resources: Decision[Mapping[str, int]],
) -> GpuPlan:
    """What the pool's nodes carry and which driver they get."""
    assert pool.gpu is not None
    gpu = match.gpus[0]
    branch = catalogue.branch(choice.version)
    pinned = pool.driver.track is not None
    flavour_reason = choice.reason if pool.driver.flavour is None else f"pinned by the profile; {choice.reason}"
    sharing = _sharing(pool)
    return GpuPlan(
        model=Known(" / ".join(match.names), f"{pool.gpu.model} by {match.by}", cited(gpu.source), who(gpu.source)),
        architecture=Known(
            gpu.arch, f"{_chips(match)} is of the {gpu.arch} generation", cited(gpu.source), who(gpu.source)
        ),
        count=pool.gpu.count,
        track=Known(choice.track.name, choice.reason, cited(choice.track.source), "profile" if pinned else "default"),
        flavour=Known(choice.flavour, flavour_reason, choice.source, "profile" if pool.driver.flavour else "default"),
        branch=Known(
            choice.track.branch,
            f"track {choice.track.name} of {release.minor.name} is driver branch R{choice.track.branch}",
            cited(choice.track.source),
        ),
        driver=decide(
            release.driver(choice.track.name), f"what {release.tag} carries on track {choice.track.name}", str
        ),
        cuda=_cuda(branch),
        memory_gib=decide(gpu.memory_gib, "marketing size of one GPU", int),
        fabric_manager=decide(gpu.fabric_manager, "only products on NVSwitch boards need it", bool),
        mig=Known(
            pool.mig.strategy if pool.mig else "none",
            "as the profile says" if pool.mig else "the profile asks for no MIG",
            by="profile" if pool.mig else "default",
        ),
        mig_profile=pool.mig.profile if pool.mig else None,
        sharing=sharing,
        replicas=_replicas(pool),
        resources=resources,
    )


def _chips(match: GpuMatch) -> str:
    return " or ".join(dict.fromkeys(gpu.chip or gpu.name for gpu in match.gpus))


def _cuda(branch: DriverBranch | NotListed) -> Decision[str]:
    if isinstance(branch, NotListed):
        return Unknown(branch.message)
    return decide(branch.cuda, f"the newest CUDA that driver branch R{branch.name} supports natively", str)


def _sharing(pool: Pool) -> Known[str]:
    if pool.sharing is None:
        return Known("none", "the profile asks for none", by="default")
    return Known("time-slicing" if pool.sharing.time_slicing else "mps", "as the profile says", by="profile")


def _replicas(pool: Pool) -> int:
    method = pool.sharing and (pool.sharing.time_slicing or pool.sharing.mps)
    return method.replicas if method else 1
