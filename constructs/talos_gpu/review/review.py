"""Everything that a report tells of a change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from talos_gpu.finding import Finding
from talos_gpu.review.impact.verdict import ClusterImpact, Verdict, worst
from talos_gpu.review.rollout.plan import Rollout
from talos_gpu.review.states import Difference

__all__ = ["Fact", "Moment", "Review"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A decision of a plan, as the runbook's table tells it. `pool` is empty for one of the whole cluster."""

    pool: str
    what: str
    value: str
    why: str
    source: str
    by: str


@dataclass(frozen=True, slots=True)
class Moment:
    """What a cluster was at one commit, or in a state without one. `when` is a Unix time, 0 where there is none."""

    name: str
    when: int
    row: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Review:
    """`impacts` and `rollouts` are of the clusters that changed, sorted by name. `fleet` has the row of every cluster
    as it is afterwards, `findings` what the rules find there, `decisions` and `timelines` are by cluster (the oldest
    moment first).
    """

    difference: Difference
    impacts: tuple[ClusterImpact, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    fleet: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    decisions: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    timelines: Mapping[str, tuple[Moment, ...]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst of all clusters."""
        return worst(impact.verdict for impact in self.impacts)
