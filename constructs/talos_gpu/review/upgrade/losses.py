"""What certainly runs on the GPUs before a hop and afterwards does not, or nobody knows: GPUs, CUDA images, toolkits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from talos_gpu.catalog import Catalogue, Gpu, GpuMatch, Release, Stated, Verdict
from talos_gpu.catalog.talos import Flavour
from talos_gpu.plan.decision import Known
from talos_gpu.plan.fact import cited
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.review.upgrade.attempt import Attempt
from talos_gpu.review.upgrade.model import Loss, NoOrUnknown

__all__ = ["losses"]


@dataclass(frozen=True, slots=True)
class _Pool:
    """The GPUs that a pool's model may mean, and their driver before and after; `after` is empty where nobody knows."""

    name: str
    gpus: tuple[Gpu, ...]
    before: str
    old_flavour: Flavour
    after: str
    flavour: Flavour


def losses(before: ClusterPlan, after: Attempt) -> tuple[Loss, ...]:
    """Pool by pool: first its GPUs, then images, then toolkits, oldest CUDA first."""
    return tuple(
        loss
        for pool in before.gpu_pools
        if (known := _pool(pool, after)) is not None
        for loss in _of_pool(known, after.catalogue)
    )


def _pool(pool: PoolPlan, after: Attempt) -> _Pool | None:
    """None where nothing certain is known of what runs before, or where a refusal leaves open what runs afterwards."""
    gpu = pool.gpu
    assert gpu is not None
    said = after.loaded.profile.pools[pool.name].gpu
    match = after.catalogue.gpus(said.model) if said else None
    if not isinstance(match, GpuMatch) or not isinstance(gpu.driver, Known):
        return None
    driver, flavour = _afterwards(pool.name, after)
    if after.plan is None and not driver:
        return None
    old = _flavour(gpu.flavour.value)
    return _Pool(pool.name, match.gpus, gpu.driver.value, old, driver, _flavour(flavour or old))


def _afterwards(pool: str, after: Attempt) -> tuple[str, str]:
    """Driver and flavour: of the plan, or where the profile is refused, of what it pins."""
    if after.plan is not None:
        plan = next((found.gpu for found in after.plan.pools if found.name == pool), None)
        if plan is None:
            return "", ""
        return plan.driver.value if isinstance(plan.driver, Known) else "", plan.flavour.value
    pinned = after.loaded.profile.pools[pool].driver
    release = after.catalogue.release(after.name)
    fact = release.driver(pinned.track) if isinstance(release, Release) and pinned.track else None
    return fact.value if isinstance(fact, Stated) else "", pinned.flavour or ""


def _flavour(text: str) -> Flavour:
    return "open" if text == "open" else "proprietary"


def _of_pool(pool: _Pool, catalogue: Catalogue) -> Iterator[Loss]:
    driven = list(_gpus(pool, catalogue))
    yield from driven
    if any(loss.answer == "no" for loss in driven) or not pool.after:
        return
    for image in catalogue.cuda_images():
        plain = image.kind == "base"
        fits = _fits(catalogue.image_fits, image.version) if plain else _fits(catalogue.toolkit_runs, image.cuda)
        yield from _lost(pool, "image", image.reference, fits)
    for toolkit in catalogue.toolkits():
        yield from _lost(pool, "toolkit", f"CUDA {toolkit.name}", _fits(catalogue.toolkit_runs, toolkit.name))


def _fits(judge: Callable[[str, str, Gpu], Verdict], version: str) -> Callable[[str, Gpu], Verdict]:
    return lambda driver, gpu: judge(version, driver, gpu)


def _gpus(pool: _Pool, catalogue: Catalogue) -> Iterator[Loss]:
    names = " / ".join(gpu.name for gpu in pool.gpus)
    if not pool.after:
        why = f"nobody states which driver it gets instead of {pool.before}"
        yield Loss(pool.name, "gpu", names, "unknown", why, "")
        return
    same = (pool.before.partition(".")[0], pool.old_flavour) == (pool.after.partition(".")[0], pool.flavour)
    found = _worst([catalogue.drives(pool.after, pool.flavour, gpu) for gpu in pool.gpus])
    # What nobody knows of a branch that drives it today is no news.
    if found is not None and (found.answer == "no" or not same):
        yield Loss(pool.name, "gpu", names, _answer(found), found.reason, cited(found.source))


def _lost(
    pool: _Pool, kind: Literal["image", "toolkit"], what: str, fits: Callable[[str, Gpu], Verdict]
) -> Iterator[Loss]:
    """At most one: the worst that is said of any product that the pool's model may mean."""
    if not all(fits(pool.before, gpu).answer == "yes" for gpu in pool.gpus):
        return
    found = _worst([fits(pool.after, gpu) for gpu in pool.gpus])
    if found is not None:
        yield Loss(pool.name, kind, what, _answer(found), found.reason, cited(found.source))


def _worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """One that says no, else one that does not know; None where all say yes."""
    for answer in ("no", "unknown"):
        for verdict in verdicts:
            if verdict.answer == answer:
                return verdict
    return None


def _answer(verdict: Verdict) -> NoOrUnknown:
    return "no" if verdict.answer == "no" else "unknown"
