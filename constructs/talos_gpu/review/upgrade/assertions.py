"""What a profile asserts and never selects, driver.version and schematicId, as the new release has it."""

from __future__ import annotations

from pathlib import Path

from talos_gpu.errors import InputError
from talos_gpu.finding import Finding
from talos_gpu.output.render import plan_loaded
from talos_gpu.plan.decision import Decision, Known
from talos_gpu.plan.model import PoolPlan
from talos_gpu.profile import LoadedProfile, Profile
from talos_gpu.profile.pool import Pool
from talos_gpu.review.upgrade.attempt import Attempt
from talos_gpu.review.upgrade.profile_text import Edits
from talos_gpu.yaml_events import key_path

__all__ = ["agreeing", "is_assertion"]


def is_assertion(finding: Finding, profile: Profile) -> bool:
    """Whether it is about a value that must agree with what follows from all others."""
    paths = {key_path(path) for name in profile.pools for path in _paths(name)}
    return finding.path in paths


def agreeing(tried: Attempt, root: Path) -> Edits:
    """The values with which the assertions of a refused profile hold; none where something else refuses it, too."""
    loaded = tried.loaded
    pools = {name: _silent(pool) for name, pool in loaded.profile.pools.items()}
    silent = loaded.profile.model_copy(update={"pools": pools})
    try:
        plan = plan_loaded(LoadedProfile(silent, loaded.file, loaded.composed, loaded.inputs), root)
    except InputError:
        return {}
    edits: dict[tuple[str | int, ...], str] = {}
    for pool in plan.pools:
        said = loaded.profile.pools[pool.name]
        for path, value, fact in zip(_paths(pool.name), _values(said), _facts(pool), strict=True):
            if value is not None and isinstance(fact, Known) and fact.value != value:
                edits[path] = fact.value
    return edits


def _paths(pool: str) -> tuple[tuple[str | int, ...], tuple[str | int, ...]]:
    return ("pools", pool, "driver", "version"), ("pools", pool, "schematicId")


def _values(pool: Pool) -> tuple[str | None, str | None]:
    return pool.driver.version, pool.schematic_id


def _facts(pool: PoolPlan) -> tuple[Decision[str] | None, Decision[str]]:
    return pool.gpu.driver if pool.gpu else None, pool.schematic.id


def _silent(pool: Pool) -> Pool:
    """The pool without its assertions."""
    driver = pool.driver.model_copy(update={"version": None})
    return pool.model_copy(update={"driver": driver, "schematic_id": None})
