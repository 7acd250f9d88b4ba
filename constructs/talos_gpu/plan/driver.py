"""Which of the release's drivers a pool gets, in which flavour, and what to say about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from talos_gpu.catalog import (
    Answer,
    Catalogue,
    Fact,
    Flavour,
    Gpu,
    Missing,
    NotListed,
    Release,
    Stated,
    Track,
    Verdict,
    Version,
)
from talos_gpu.plan.fact import cited, declaration, why_missing
from talos_gpu.plan.model import Notice
from talos_gpu.plan.problems import Problems
from talos_gpu.profile.pool import Pool

__all__ = ["TRACKS_BY_DEFAULT", "Choice", "choose_driver", "driver_notices", "gsp_notices"]

TRACKS_BY_DEFAULT = ("single", "lts", "production")
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
        return _agreeing(_preferred(fitting, pool), release, path, pool, problems)
    reasons = "; ".join(_told([choice for choice, _ in tried])) or _nothing_tried(release, pool)
    where = "flavour" if pool.driver.flavour else "track" if pool.driver.track else ""
    at = (*path, where) if where else ("pools", pool_name, "gpu", "model")
    problems.refuse(at, f"no driver of {release.tag} fits {gpu.name}: {reasons}", _remedy(pool), _first_source(tried))
    return None


def _preferred(fitting: list[Choice], pool: Pool) -> Choice:
    """The first that fits; by default one of a track that nobody warns off, where the card allows one."""
    first = fitting[0]
    avoid = first.track.avoid
    if pool.driver.track or not _avoided(first, pool) or avoid is None:
        return first
    other = next((choice for choice in fitting if not _avoided(choice, pool)), None)
    if other is None:
        return first
    reason = f"{other.reason}; {first.track.name} is passed over: {avoid.text}"
    return replace(other, reason=reason, source="; ".join(filter(None, (other.source, cited(avoid.source)))))


def _avoided(choice: Choice, pool: Pool) -> bool:
    avoid = choice.track.avoid
    return avoid is not None and avoid.arch in {"", pool.arch}


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
    names = [pool.driver.track] if pool.driver.track else [t for t in TRACKS_BY_DEFAULT if t in release.minor.tracks]
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


_GSP_SWITCH = "NVreg_EnableGpuFirmware=0"
_GSP_SOURCE = "NVIDIA driver README of 580, GSP firmware; NVIDIA/open-gpu-kernel-modules#820"


def gsp_notices(gpu: Gpu, choice: Choice, pool_name: str, pool: Pool) -> Iterator[Notice]:
    """Says so where the GSP firmware is switched off on a card or by modules that it means nothing to."""
    in_modules = any(_GSP_SWITCH in parameter for module in pool.modules for parameter in module.parameters)
    if not in_modules and not any(_GSP_SWITCH in argument for argument in pool.kernel_args):
        return
    if not gpu.gsp:
        why = f"is redundant: {gpu.name} is older than Turing and has no GSP"
    elif choice.flavour == "open":
        why = "has no effect: the open modules always use the GSP firmware"
    else:
        return
    yield Notice("gsp", f"Pool {pool_name}: {_GSP_SWITCH} {why}. Remove it.", _GSP_SOURCE)
