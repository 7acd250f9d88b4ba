"""A review in plain words: what a verdict means, how many clusters, nodes and reboots."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from talos_gpu.output import digest
from talos_gpu.output.ledger import Ledger
from talos_gpu.review.difference.files import FileChange
from talos_gpu.review.impact.verdict import VERDICTS, ClusterImpact, ScopeImpact, Verdict
from talos_gpu.review.review import Review
from talos_gpu.review.rollout.plan import Rollout
from talos_gpu.review.states import PROFILES, Difference

__all__ = [
    "WORDS",
    "Totals",
    "Words",
    "badness",
    "counted",
    "scope_reboots",
    "totals",
    "unjudged",
    "unrendered",
    "verdict_of",
]


_PROFILE = re.compile(rf"{PROFILES}/[^./][^/]*\.ya?ml")


@dataclass(frozen=True, slots=True)
class Words:
    """A verdict for people: a mark that is seen from afar, its name, and what it means to who has never heard of it."""

    mark: str
    name: str
    meaning: str


WORDS: Mapping[Verdict, Words] = {
    "none": Words("⚪", "no effect", "nothing acts on it"),
    "live": Words("🟢", "live", "applied without a restart of anything"),
    "restart-pods": Words("🟡", "pods restart", "pods are replaced: what runs in them stops and starts again"),
    "restart-kubelet-or-cri": Words(
        "🟡", "a service of the node restarts", "kubelet or containerd; with containerd its containers do"
    ),
    "reboot": Words("🟠", "reboot", "the node reboots, or what changed waits until it does"),
    "node-upgrade": Words("🟠", "node upgrade", "the node gets another boot image, and reboots into it"),
    "drain": Words("🟠", "drain", "pods must leave the node before, or are evicted"),
    "recreate": Words("🔴", "recreate", "an object must be deleted and made anew, and is gone in between"),
    "data-loss": Words("🔴", "data loss", "what is deleted holds what nothing brings back"),
    "source-changed": Words(
        "🔴", "source changed", "the same is fetched from somewhere else, or trusted on somebody else's word"
    ),
    "unknown": Words("🔴", "unknown", "no rule tells what it costs: expect the worst"),
}


@dataclass(frozen=True, slots=True)
class Totals:
    """`nodes` are those that notice anything; `unlisted` counts pools that do, and whose nodes nobody lists.

    `reboots` are those that are known of; `open` counts clusters that have more of them, nobody knows how many.
    """

    clusters: int
    nodes: int
    unlisted: int
    reboots: int
    open: int


def unjudged(review: Review) -> tuple[str, ...]:
    """Clusters that changed, and of which nobody said what it costs."""
    judged = {impact.name for impact in review.impacts}
    return tuple(cluster.name for cluster in review.difference.clusters if cluster.name not in judged)


def unrendered(difference: Difference) -> tuple[str, ...]:
    """Inputs that changed and whose output was not rendered since: ledgers know every byte that they came from.

    Either no cluster of a profile changed, or a cluster did and its ledger still names other bytes.
    """
    ledgers = [found for cluster in difference.clusters for found in (cluster.before, cluster.after) if found]
    known = {path for found in ledgers for path in (found.profile, *found.inputs)}
    now = [cluster.after for cluster in difference.clusters if cluster.after]
    return tuple(
        change.path
        for change in difference.inputs
        if (_PROFILE.fullmatch(change.path) and change.path not in known) or _is_behind(change, now)
    )


def _is_behind(change: FileChange, ledgers: Iterable[Ledger]) -> bool:
    """Whether a ledger of today was written from other bytes; of what cannot be read nothing is claimed."""
    side = change.after
    if side.entry is not None and side.content is None:
        return False
    present = digest.of(side.content) if side.content is not None else None
    return any(present != found.inputs[change.path] for found in ledgers if change.path in found.inputs)


def verdict_of(review: Review) -> Verdict:
    """The worst of all clusters. A cluster that nobody judged is unknown, and so is a change that was not rendered."""
    return "unknown" if unjudged(review) or unrendered(review.difference) else review.verdict


def badness(impact: ClusterImpact) -> tuple[int, str]:
    """Sorts the worst first, then by name."""
    return -VERDICTS.index(impact.verdict), impact.name


def scope_reboots(scope: ScopeImpact, rollout: Rollout | None) -> int | None:
    """How often the nodes of a pool reboot, all together; None where nobody can tell."""
    verdicts = {cause.verdict for cause in scope.causes} if scope.name else set()
    if "unknown" in verdicts:
        return None
    if not verdicts & {"node-upgrade", "reboot"}:
        return 0
    if rollout is None or rollout.reboots is None or not scope.nodes:
        return None
    upgraded, rebooted = scope.nodes_with("node-upgrade"), scope.nodes_with("reboot")
    return len(upgraded) * max(1, len(rollout.releases) - 1) + len(rebooted - upgraded)


def totals(review: Review) -> Totals:
    """The numbers of the headline."""
    rollouts = {rollout.cluster: rollout for rollout in review.rollouts}
    pools = [pool for impact in review.impacts for pool in impact.pools if pool.verdict != "none"]
    changed = [(impact, rollouts.get(impact.name)) for impact in review.impacts if impact.status == "changed"]
    missing = unjudged(review)
    return Totals(
        clusters=len({impact.name for impact in review.impacts}) + len(missing),
        nodes=sum(len(pool.nodes) for pool in pools),
        unlisted=sum(not pool.nodes for pool in pools),
        reboots=sum(rollout.reboots or 0 for _, rollout in changed if rollout),
        open=sum(None in {scope_reboots(pool, rollout) for pool in impact.pools} for impact, rollout in changed)
        + len(missing),
    )


def counted(number: int, word: str) -> str:
    """`1 node`, `2 nodes`."""
    return f"{number:,} {word}{'s' * (number != 1)}"
