"""What a change costs, and what it costs because of what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, get_args

from talos_gpu.finding import Position

__all__ = ["DANGERS", "VERDICTS", "Cause", "ClusterImpact", "ScopeImpact", "Verdict", "at_least", "worst"]

Verdict = Literal[
    "none",
    "live",
    "restart-pods",
    "restart-kubelet-or-cri",
    "reboot",
    "node-upgrade",
    "drain",
    "recreate",
    "data-loss",
    "source-changed",
    "unknown",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
"""The mildest first.

none: nothing acts on it. live: applied without a restart of anything. restart-pods: pods are replaced.
restart-kubelet-or-cri: a service of the node restarts; with the CRI its containers do. reboot: the node reboots, or what
changed waits until it does. node-upgrade: the node gets another image, which includes a reboot. drain: pods must leave
the node, or are evicted. recreate: an object must be deleted and made anew. data-loss: what is deleted holds what
nothing brings back. source-changed: the same is fetched from somewhere else, or trusted on somebody else's word.
unknown: no rule tells; it counts as the worst.
"""

DANGERS: frozenset[Verdict] = frozenset({"unknown", "source-changed", "data-loss", "recreate", "drain"})
"""What a report tells before everything else."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One change and what it costs. `subject` is the thing that changed, in words; `path` the key path inside it.

    `before` and `after` are short texts, empty where nothing stood or stands. `place` is where in the output it stands
    now, or stood. `rule` is the id of the row of facts that decides, `why` and `source` are its words; `do` says what
    the operator has to do beside applying it, and `back` how it is undone, where there is more to it than a revert.
    `lines` are the places in profiles, and in files that they name, that made it change; empty where none did.
    `nodes` are those that it concerns, empty where nobody lists them. `gone` are the places that stand no more.
    """

    verdict: Verdict
    subject: str
    path: str
    kind: Literal["added", "removed", "changed", "reordered"]
    before: str
    after: str
    place: Position
    rule: str
    why: str
    source: str
    do: str = ""
    back: str = ""
    lines: tuple[Position, ...] = ()
    nodes: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScopeImpact:
    """What a change costs one pool, or the Kubernetes side of the cluster (`name` is empty then).

    `nodes` are the names of the pool's nodes, empty where the profile lists none. `causes`: the worst first.
    """

    name: str
    nodes: tuple[str, ...]
    causes: tuple[Cause, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of its causes."""
        return worst(cause.verdict for cause in self.causes)

    def nodes_with(self, verdict: Verdict) -> frozenset[str]:
        """Its nodes that a cause of this verdict concerns; a cause that names none concerns all."""
        told = [cause.nodes or self.nodes for cause in self.causes if cause.verdict == verdict]
        return frozenset(self.nodes).intersection(node for nodes in told for node in nodes)


@dataclass(frozen=True, slots=True)
class ClusterImpact:
    """What a change costs one cluster: pool by pool, then its Kubernetes side.

    `talos` is the release before and after, empty where nobody says it or the cluster was not, or is no more. The
    verdicts are those of the release that runs: the one before. `notes` say what could not be read or planned.
    """

    name: str
    status: Literal["added", "removed", "changed"]
    talos: tuple[str, str]
    pools: tuple[ScopeImpact, ...]
    kubernetes: ScopeImpact
    notes: tuple[str, ...] = field(default=())

    @property
    def scopes(self) -> tuple[ScopeImpact, ...]:
        """The pools, and the Kubernetes side."""
        return (*self.pools, self.kubernetes)

    @property
    def causes(self) -> tuple[Cause, ...]:
        """Every cause once, the worst first; one that several pools share is told once."""
        every = dict.fromkeys(cause for scope in self.scopes for cause in scope.causes)
        return tuple(sorted(every, key=lambda cause: -VERDICTS.index(cause.verdict)))

    @property
    def verdict(self) -> Verdict:
        """The worst of its scopes."""
        return worst(scope.verdict for scope in self.scopes)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of them; `none` where there is none."""
    return max(verdicts, key=VERDICTS.index, default="none")


def at_least(verdict: Verdict, limit: Verdict) -> bool:
    """Whether it is as bad as `limit`, or worse."""
    return VERDICTS.index(verdict) >= VERDICTS.index(limit)
