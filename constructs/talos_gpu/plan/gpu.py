"""Which GPU, which of the release's drivers, in which flavour."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from talos_gpu.catalog import (
    Answer,
    Catalogue,
    DriverBranch,
    Fact,
    Flavour,
    Gpu,
    GpuMatch,
    Missing,
    NotListed,
    Release,
    Stated,
    Track,
    Verdict,
    Version,
)
from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.fact import cited, decide, declaration, who, why_missing
from talos_gpu.plan.model import GpuPlan, Notice
from talos_gpu.plan.problems import Problems
from talos_gpu.profile.pool import Pool

__all__ = ["Choice", "choose_driver", "driver_notices", "find_gpu", "plan_gpu"]

_TRACKS_BY_DEFAULT = ("single", "lts", "production")
"""Tracks in the order in which they are tried; any other one only when pinned."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A driver of the release for a pool: the first that can drive the card, or the pinned one."""

    track: Track
    flavour: Flavour
    version: str
    why: str
    reason: str
    source: str
    certain: bool


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
    return match


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
    lambda gpu: gpu.brands,
    lambda gpu: gpu.conflicts,
)


def _value(fact: object) -> object:
    return getattr(fact, "value", None)


def choose_driver(
    catalogue: Catalogue, release: Release, gpu: Gpu, pool_name: str, pool: Pool, problems: Problems
) -> Choice | None:
    """The driver for the pool. Notes a refusal for each reason why none fits."""
    path = ("pools", pool_name, "driver")
    tracks = release.minor.tracks
    if pool.driver.track and pool.driver.track not in tracks:
        known = ", ".join(tracks)
        problems.refuse(
            (*path, "track"),
            f"found {pool.driver.track}, but the tracks of {release.minor.name} are: {known}",
            "Write one of these, or remove the line.",
            cited(release.minor.source),
        )
        return None
    tried = list(_candidates(catalogue, release, gpu, pool))
    fitting = [choice for choice, answer in tried if answer == "yes"] or [
        choice for choice, answer in tried if answer == "unknown"
    ]
    if fitting:
        return _agreeing(fitting[0], release, path, pool, problems)
    reasons = "; ".join(_told([choice for choice, _ in tried])) or _nothing_tried(release, pool)
    where = "flavour" if pool.driver.flavour else "track" if pool.driver.track else ""
    at = (*path, where) if where else ("pools", pool_name, "gpu", "model")
    problems.refuse(at, f"no driver of {release.tag} fits {gpu.name}: {reasons}", _remedy(pool), _first_source(tried))
    return None


def _told(tried: list[Choice]) -> Iterator[str]:
    """Each reason once, with the drivers that it rules out."""
    for why in dict.fromkeys(choice.why for choice in tried):
        drivers = dict.fromkeys(f"{item.track.name} {item.version}" for item in tried if item.why == why)
        yield f"{why} ({', '.join(drivers)})"


def _nothing_tried(release: Release, pool: Pool) -> str:
    names = [pool.driver.track] if pool.driver.track else list(release.minor.tracks)
    published = "; ".join(
        f"{name} has {' and '.join(release.minor.tracks[name].flavours)} modules only" for name in names
    )
    return published or "the release carries no NVIDIA driver"


def _candidates(catalogue: Catalogue, release: Release, gpu: Gpu, pool: Pool) -> Iterator[tuple[Choice, str]]:
    names = [pool.driver.track] if pool.driver.track else [t for t in _TRACKS_BY_DEFAULT if t in release.minor.tracks]
    for name in names:
        track = release.minor.tracks[name]
        fact = release.driver(name)
        version = track.branch if isinstance(fact, Missing) else fact.value
        for flavour in _flavours(catalogue, track, version, gpu, pool):
            verdict = catalogue.drives(version, flavour, gpu)
            reason = f"{name} is {version}, {flavour}: {verdict.reason}"
            choice = Choice(
                track, flavour, version, verdict.reason, reason, cited(verdict.source), verdict.answer == "yes"
            )
            yield choice, _answer(verdict, fact, version, gpu)


def _answer(verdict: Verdict, driver: Fact[str], branch: str, gpu: Gpu) -> Answer:
    """A branch whose exact version nobody states is not too old for a card that a later release of it lists."""
    floor = gpu.min_driver
    same_branch = isinstance(floor, Stated) and Version.parse(floor.value).branch == branch
    return "unknown" if isinstance(driver, Missing) and same_branch and verdict.answer == "no" else verdict.answer


def _flavours(catalogue: Catalogue, track: Track, version: str, gpu: Gpu, pool: Pool) -> list[Flavour]:
    """Flavours to try, best first: open where the card has a GSP and its open support is not alpha.

    Where sources contradict each other about the flavour, what the catalogue proposes comes first.
    """
    if pool.driver.flavour:
        return [pool.driver.flavour] if pool.driver.flavour in track.flavours else []
    proposed = [flavour for flavour in track.flavours if flavour in {item.propose for item in gpu.conflicts}]
    if proposed:
        return [*proposed, *(flavour for flavour in track.flavours if flavour not in proposed)]
    prefer_open = gpu.gsp and not catalogue.open_alpha(version, gpu)
    order: list[Flavour] = ["open", "proprietary"] if prefer_open else ["proprietary", "open"]
    return [flavour for flavour in order if flavour in track.flavours]


def _agreeing(choice: Choice, release: Release, path: tuple[str, ...], pool: Pool, problems: Problems) -> Choice | None:
    asserted = pool.driver.version
    if asserted is None:
        return choice
    fact = release.driver(choice.track.name)
    if isinstance(fact, Missing):
        problems.refuse(
            (*path, "version"),
            f"found {asserted}, but which driver {release.tag} carries on track {choice.track.name} is unknown: "
            f"{why_missing(fact)}",
            declaration(fact.declare, asserted),
        )
        return None
    if asserted == fact.value:
        return choice
    carried = ", ".join(f"{name} {fact.value}" for name, fact in release.drivers.items())
    problems.refuse(
        (*path, "version"),
        f"found {asserted}, but {release.tag} carries {choice.version} on track {choice.track.name} ({carried})",
        "driver.version never selects: change the track or the Talos release, or remove the line.",
    )
    return None


def _remedy(pool: Pool) -> str:
    if pool.driver.flavour or pool.driver.track:
        return "Remove the pinned track or flavour, or choose a Talos release whose drivers support the card."
    return "Choose a Talos release whose drivers support the card."


def _first_source(tried: list[tuple[Choice, str]]) -> str:
    return tried[0][0].source if tried else ""


def driver_notices(catalogue: Catalogue, gpu: Gpu, choice: Choice) -> Iterator[Notice]:
    """What an operator should know about this driver on this card."""
    if not choice.certain and not gpu.conflicts:
        yield Notice("driver", f"Not certain that it drives {gpu.name}: {choice.reason}", choice.source)
    for conflict in gpu.conflicts:
        sides = "; ".join(f"{says} ({cited(source)})" for says, source in conflict.positions)
        yield Notice("conflict", f"Sources disagree on {conflict.about}: {sides}. Taken: {choice.flavour}.")
    branch = catalogue.branch(choice.version)
    if isinstance(branch, NotListed) or isinstance(branch.end_of_life, Missing):
        return
    ended = branch.end_of_life
    if ended.source.checked and ended.value < ended.source.checked[: len(ended.value)]:
        yield Notice(
            "driver",
            f"Driver branch R{branch.name} is past its end of life ({ended.value}): no security fixes.",
            cited(ended.source),
        )


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
