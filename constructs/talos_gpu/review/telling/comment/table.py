"""The table of verdicts: a row for each pool and each Kubernetes side; grouped by verdict where those are too many.

A cluster that notices nothing has one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from talos_gpu.review.impact.verdict import VERDICTS, ClusterImpact, ScopeImpact, Verdict
from talos_gpu.review.review import Review
from talos_gpu.review.rollout.plan import Rollout
from talos_gpu.review.telling.comment.quoting import in_cell, listed
from talos_gpu.review.telling.words import WORDS, badness, scope_reboots, unjudged

__all__ = ["table"]

_MOST_ROWS = 100
_LONGEST = 16_000
_NAMES = 600
_STATUS = {"added": " (new)", "removed": " (goes)", "changed": ""}
_HEAD = "| cluster | part | verdict | nodes | reboots | Talos |\n| --- | --- | --- | --- | --- | --- |\n"
_GROUPED_HEAD = "| verdict | clusters | nodes | reboots | which |\n| --- | --- | --- | --- | --- |\n"


def table(review: Review) -> str:
    """The table, the worst cluster first; empty where no cluster changed."""
    rollouts = {rollout.cluster: rollout for rollout in review.rollouts}
    impacts = sorted(review.impacts, key=badness)
    missing = unjudged(review)
    if not impacts and not missing:
        return ""
    if len(impacts) + len(missing) <= _MOST_ROWS:
        rows = [_unjudged_row(name) for name in missing]
        rows += [row for impact in impacts for row in _rows(impact, rollouts.get(impact.name))]
        whole = _HEAD + "".join(rows)
        if len(rows) <= _MOST_ROWS and len(whole) <= _LONGEST:
            return whole
    return _GROUPED_HEAD + "".join(_grouped(impacts, rollouts, missing))


def _rows(impact: ClusterImpact, rollout: Rollout | None) -> Iterator[str]:
    name = in_cell(impact.name) + _STATUS[impact.status]
    if impact.verdict == "none":
        yield _row(name, "all of it", _verdict("none"), "-", "0", _talos(impact))
        return
    for scope in impact.scopes:
        part = f"pool {in_cell(scope.name)}" if scope.name else "Kubernetes"
        yield _row(name, part, _verdict(scope.verdict), _nodes(scope), _reboots(scope, rollout), _talos(impact))


def _unjudged_row(name: str) -> str:
    return _row(in_cell(name), "all of it", _verdict("unknown"), "?", "?", "?")


def _verdict(verdict: Verdict) -> str:
    told = WORDS[verdict]
    return f"{told.mark} **{told.name}**: {told.meaning}"


def _nodes(scope: ScopeImpact) -> str:
    if not scope.name:
        return "-"
    if not scope.nodes:
        return "not listed"
    names = (in_cell(node, 63) for node in scope.nodes)
    return f"{len(scope.nodes)}: {listed(names, 60)}" if len(scope.nodes) < 4 else str(len(scope.nodes))


def _reboots(scope: ScopeImpact, rollout: Rollout | None) -> str:
    number = scope_reboots(scope, rollout)
    return "?" if number is None else str(number)


def _talos(impact: ClusterImpact) -> str:
    before, after = impact.talos
    if before and after and before != after:
        return f"{in_cell(before)} → {in_cell(after)}"
    return in_cell(after or before) if after or before else "?"


def _grouped(
    impacts: Sequence[ClusterImpact], rollouts: Mapping[str, Rollout], missing: Sequence[str]
) -> Iterator[str]:
    """One row a verdict, the worst first, each with as many names as a row has room for."""
    for verdict in reversed(VERDICTS):
        group = [impact for impact in impacts if impact.verdict == verdict]
        names = [*(missing if verdict == "unknown" else ()), *(impact.name for impact in group)]
        if names:
            nodes = sum(len(pool.nodes) for impact in group for pool in impact.pools if pool.verdict != "none")
            numbers = [scope_reboots(pool, rollouts.get(impact.name)) for impact in group for pool in impact.pools]
            open_ended = None in numbers or len(names) > len(group)
            reboots = f"{sum(number or 0 for number in numbers):,}{' or more' if open_ended else ''}"
            yield _row(_verdict(verdict), f"{len(names):,}", f"{nodes:,}", reboots, listed(map(in_cell, names), _NAMES))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |\n"
