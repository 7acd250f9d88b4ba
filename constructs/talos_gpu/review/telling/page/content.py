"""What a page tells of a review: its clusters, the worst first, the dangers told once, the files with their anchors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields

from talos_gpu.finding import SEVERITIES, Finding
from talos_gpu.review.difference.files import FileChange
from talos_gpu.review.impact.verdict import DANGERS, VERDICTS, Cause, ClusterImpact, Verdict
from talos_gpu.review.quotable.line import shown_value
from talos_gpu.review.review import Fact, Moment, Review
from talos_gpu.review.rollout.plan import Rollout
from talos_gpu.review.states import ClusterChange

__all__ = ["Cluster", "Danger", "anchors", "clusters", "dangers", "every_file", "findings_elsewhere"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """Everything of one cluster. `verdict` is None of one that did not change, `unknown` where nobody judged it.

    `row` is the one of the fleet, or the last one of a cluster that goes; `before` what stood there where it changed.
    """

    number: int
    name: str
    status: str
    verdict: Verdict | None
    row: Mapping[str, str]
    before: Mapping[str, str]
    change: ClusterChange | None
    impact: ClusterImpact | None
    rollout: Rollout | None
    findings: tuple[Finding, ...]
    decisions: tuple[Fact, ...]
    moments: tuple[Moment, ...]

    @property
    def anchor(self) -> str:
        """Its name where that can stand in an address, else its number."""
        return f"cluster-{self.name}" if _NAME.fullmatch(self.name) else f"cluster_{self.number}"

    @property
    def is_told(self) -> bool:
        """Whether there is more to tell than its row."""
        return bool(self.verdict or self.findings or self.decisions or self.moments)

    @property
    def pools(self) -> Mapping[str, tuple[Fact, ...]]:
        """The decisions by pool; those of the whole cluster have no name, and come first."""
        names = dict.fromkeys(["", *(fact.pool for fact in self.decisions)])
        found = {name: tuple(fact for fact in self.decisions if fact.pool == name) for name in names}
        return {name: facts for name, facts in found.items() if facts}

    @property
    def words(self) -> str:
        """What a search finds it by beside its row: pools, nodes, and what changed."""
        scopes = self.impact.scopes if self.impact else ()
        found = [word for scope in scopes for word in (scope.name, *scope.nodes[:50])]
        for cause in self.impact.causes[:40] if self.impact else ():
            found += [cause.subject, cause.path, shown_value(cause.after, cause.path, cause.before)]
        found += [file.file for file in (self.change.files[:60] if self.change else ())]
        return " ".join(dict.fromkeys(word.lower() for word in found if word))[:2000]


@dataclass(frozen=True, slots=True)
class Danger:
    """A cause that is a danger, and every cluster and scope that it is one for; a scope without a name is Kubernetes."""

    cause: Cause
    places: tuple[tuple[Cluster, str], ...]


def clusters(review: Review) -> tuple[Cluster, ...]:
    """Every cluster that anything is known of, the worst first, then by name."""
    told = review.difference
    changes = {change.name: change for change in told.clusters}
    impacts = {impact.name: impact for impact in review.impacts}
    rollouts = {rollout.cluster: rollout for rollout in review.rollouts}
    names = {*review.fleet, *changes, *impacts, *review.decisions, *review.timelines}
    verdicts: dict[str, Verdict | None] = {
        name: impacts[name].verdict if name in impacts else "unknown" if name in changes else None for name in names
    }
    found = _findings(review, changes, names)
    ordered = sorted(names, key=lambda name: (-_badness(verdicts[name]), name))
    return tuple(
        Cluster(
            number,
            name,
            _status(changes.get(name), impacts.get(name)),
            verdicts[name],
            *_rows(review, changes.get(name), name),
            changes.get(name),
            impacts.get(name),
            rollouts.get(name),
            found.get(name, ()),
            review.decisions.get(name, ()),
            review.timelines.get(name, ()),
        )
        for number, name in enumerate(ordered, 1)
    )


def findings_elsewhere(review: Review, told: tuple[Cluster, ...]) -> tuple[Finding, ...]:
    """Those that belong to no cluster of these, the worst first."""
    known = {id(finding) for cluster in told for finding in cluster.findings}
    return tuple(finding for finding in _worst_first(review.findings) if id(finding) not in known)


def dangers(told: tuple[Cluster, ...]) -> tuple[Danger, ...]:
    """Every danger once, the worst first, with all that it threatens."""
    found: dict[object, tuple[Cause, list[tuple[Cluster, str]]]] = {}
    for cluster in told:
        for scope in cluster.impact.scopes if cluster.impact else ():
            for cause in scope.causes:
                if cause.verdict in DANGERS:
                    found.setdefault(_what(cause), (cause, []))[1].append((cluster, scope.name))
    every = [Danger(cause, tuple(dict.fromkeys(places))) for cause, places in found.values()]
    return tuple(sorted(every, key=lambda danger: -VERDICTS.index(danger.cause.verdict)))


def every_file(review: Review) -> Iterator[FileChange]:
    """The files that changed, as they are told: inputs, clusters by name, what lies beside them."""
    told = review.difference
    yield from told.inputs
    for cluster in told.clusters:
        yield from cluster.files
        if cluster.ledger_file is not None:
            yield cluster.ledger_file
    yield from told.others


def anchors(review: Review) -> Mapping[str, str]:
    """Where on the page each file's difference is, by its path."""
    return {file.path: f"file-{number}" for number, file in enumerate(every_file(review), 1)}


def _badness(verdict: Verdict | None) -> int:
    return -1 if verdict is None else VERDICTS.index(verdict)


def _status(change: ClusterChange | None, impact: ClusterImpact | None) -> str:
    return impact.status if impact else change.status if change else "unchanged"


def _rows(review: Review, change: ClusterChange | None, name: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    before = change.before.row if change and change.before else {}
    after = review.fleet.get(name) or (change.ledger.row if change and change.ledger else {})
    return after, before if change and change.status == "changed" else {}


def _what(cause: Cause) -> object:
    """What makes two causes the same danger: all but where they stand."""
    return tuple(getattr(cause, field.name) for field in fields(cause) if field.name not in {"place", "lines"})


def _findings(
    review: Review, changes: Mapping[str, ClusterChange], names: set[str]
) -> Mapping[str, tuple[Finding, ...]]:
    """The findings of each cluster: in its folder, in its profile, and in what else its ledger says it came from."""
    owners: dict[str, list[str]] = {}
    for name, change in changes.items():
        for file in {change.ledger.profile, *change.ledger.inputs} if change.ledger else ():
            owners.setdefault(file, []).append(name)
    start = f"{review.difference.after.outdir}/"
    found: dict[str, list[Finding]] = {}
    for finding in _worst_first(review.findings):
        file = finding.position.file
        folder = file[len(start) :].partition("/")[0] if file.startswith(start) else ""
        for owner in owners.get(file, [folder] if folder in names else []):
            found.setdefault(owner, []).append(finding)
    return {name: tuple(findings) for name, findings in found.items()}


def _worst_first(findings: tuple[Finding, ...]) -> list[Finding]:
    return sorted(findings, key=lambda finding: (SEVERITIES.index(finding.severity), finding))
