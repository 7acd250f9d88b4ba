"""A review, made of the difference of two states: costs, steps, origins, findings, decisions and history."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from pathlib import Path

from talos_gpu.catalog import Catalogue, load_catalogue
from talos_gpu.errors import InputError, OutsideError
from talos_gpu.finding import Finding
from talos_gpu.inventory import Given
from talos_gpu.output import ledger
from talos_gpu.output.names import FACTS
from talos_gpu.plan import ClusterPlan
from talos_gpu.plan.decision import Known
from talos_gpu.plan.explain import as_data, decisions
from talos_gpu.report.linting import lint_files
from talos_gpu.review.history import timelines
from talos_gpu.review.impact.cluster import impacts
from talos_gpu.review.impact.verdict import Cause, ClusterImpact
from talos_gpu.review.origins import Origins, origins
from talos_gpu.review.profiles import Planned, laid_out, plans_of
from talos_gpu.review.review import Fact, Review
from talos_gpu.review.rollout import Rollout, rollout
from talos_gpu.review.states import Difference, State

__all__ = ["costs", "reviewed"]

Plans = Mapping[str, tuple[Planned, Planned]]


def reviewed(difference: Difference, today: date) -> Review:
    """Everything that there is to tell of a difference. Waivers count as on the day `today`."""
    plans = plans_of(difference)
    with _facts(difference.after) as root:
        catalogue = _catalogue(root)
        told = tuple(_with_lines(impact, plans[impact.name], root) for impact in impacts(difference, plans))
        found = _findings(difference.after, plans, root, today)
    return Review(
        difference,
        told,
        _rollouts(told, plans, catalogue),
        _fleet(difference.after),
        found,
        {name: tuple(_decisions(after.plan)) for name, (_, after) in plans.items() if after.plan},
        timelines(difference),
    )


def costs(difference: Difference) -> tuple[tuple[ClusterImpact, ...], tuple[Rollout, ...]]:
    """What each cluster that changed costs, and the steps that bring the change there: a review without the rest."""
    plans = plans_of(difference)
    told = impacts(difference, plans)
    with _facts(difference.after) as root:
        return told, _rollouts(told, plans, _catalogue(root))


def _facts(state: State) -> AbstractContextManager[Path]:
    """A folder that holds the state's catalogue/ for as long as it is needed, and nothing else."""
    return laid_out(state.read(path for path in state.entries if path.startswith(f"{FACTS}/")))


def _catalogue(root: Path) -> Catalogue:
    """Ours, with the repository's own facts as far as they can be read."""
    try:
        return load_catalogue(extra_dirs=[root / FACTS] if (root / FACTS).is_dir() else [])
    except (InputError, OutsideError):
        return load_catalogue()


def _rollouts(told: tuple[ClusterImpact, ...], plans: Plans, catalogue: Catalogue) -> tuple[Rollout, ...]:
    both = {name: (before.plan, after.plan) for name, (before, after) in plans.items()}
    return tuple(rollout(impact, both[impact.name][0], both[impact.name][1], catalogue) for impact in told)


def _with_lines(impact: ClusterImpact, planned: tuple[Planned, Planned], root: Path) -> ClusterImpact:
    """The same causes, each with the lines of profiles that made it."""
    before, after = (side.loaded for side in planned)
    if after is None or before is None:
        return impact
    found = origins(before, after, root)
    pools = tuple(
        replace(scope, causes=tuple(_told(cause, impact.name, found) for cause in scope.causes))
        for scope in impact.pools
    )
    kubernetes = tuple(_told(cause, impact.name, found) for cause in impact.kubernetes.causes)
    return replace(impact, pools=pools, kubernetes=replace(impact.kubernetes, causes=kubernetes))


def _told(cause: Cause, cluster: str, found: Origins) -> Cause:
    file = cause.place.file.partition(f"/{cluster}/")[2]
    lines = found.of_text(file, cause.path) or found.of_key(cause.path)
    return replace(cause, lines=lines)


def _fleet(state: State) -> Mapping[str, Mapping[str, str]]:
    """What the ledgers say of every cluster; nothing of one that cannot be read."""
    places = {name: state.ledger_of(name) for name in sorted(state.clusters)}
    contents = state.read(places.values())
    fleet: dict[str, Mapping[str, str]] = {}
    for name, place in places.items():
        try:
            fleet[name] = ledger.parse(contents.get(place, b""), place).row
        except OutsideError:
            fleet[name] = {}
    return fleet


def _findings(state: State, plans: Plans, root: Path, today: date) -> tuple[Finding, ...]:
    """What the rules find in the profiles of the clusters that changed, and in the files that they name."""
    data: dict[str, bytes] = {}
    for _, after in plans.values():
        data.update(after.loaded.inputs if after.loaded else {})
    facts = tuple(sorted((root / FACTS).glob("*.yaml"))) if (root / FACTS).is_dir() else ()
    return lint_files(data, Given(facts=facts), today).findings if data else ()


def _decisions(plan: ClusterPlan) -> Iterator[Fact]:
    """Every decision that is known, by pool; what is unknown stands in the rollout's expectations."""
    for entry in decisions(plan):
        pool, what = "", entry.path
        if entry.path.startswith("pools."):
            _, pool, what = entry.path.split(".", 2)
        if isinstance(entry.decision, Known):
            value = _text(as_data(entry.decision.value))
            yield Fact(pool, what, value, entry.decision.reason, entry.decision.source, entry.decision.by)
        else:
            yield Fact(pool, what, "unknown", entry.decision.why, "", "")


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
