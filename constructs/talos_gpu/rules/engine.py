"""Runs the rules over clusters: findings sorted, each once, and one word about each fact that is lacking."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from talos_gpu.catalog import Catalogue
from talos_gpu.finding import Finding, Position
from talos_gpu.inventory import Cluster, Subject, place_of
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["CANNOT_TELL", "check"]

CANNOT_TELL = "LNT001"
"""The rule under which it is said that other rules lack a fact."""


_UNDECIDED = "Write the fact into the cluster's files; until then what depends on it is not judged."


def check(clusters: Iterable[Cluster], catalogue: Catalogue, rules: Sequence[Rule[Any]]) -> tuple[Finding, ...]:
    """Everything that `rules` find in `clusters`, sorted by place; where they cannot tell, one info a fact."""
    found: set[Finding] = set()
    for cluster in clusters:
        facts = Facts(cluster, catalogue.with_declared(cluster.declared))
        lacking = _Unable()
        for rule in rules:
            found.update(_offences(rule, cluster, facts, lacking))
        found.update(lacking.findings())
    return _once(found)


def _once(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sorted; of what is said of one place by two key paths, as by way of an alias, or of a patch that is applied twice, the first."""
    first: dict[tuple[Position, str, str], Finding] = {}
    for finding in sorted(found):
        first.setdefault((finding.position, finding.rule, finding.message), finding)
    return tuple(first.values())


def _offences(rule: Rule[Any], cluster: Cluster, facts: Facts, lacking: _Unable) -> Iterator[Finding]:
    for subject in cluster.of(rule.looks_at):
        try:
            for offence in rule.check(subject, facts):
                yield _finding(rule, offence)
        except Lacking as fact:
            lacking.note(fact, rule.id, subject)


def _finding(rule: Rule[Any], offence: Offence) -> Finding:
    value = offence.value
    return Finding(
        value.place,
        value.shown_path,
        offence.message,
        offence.remedy or rule.remedy,
        rule.source,
        rule.id,
        offence.severity or rule.severity,
        offence.fix,
    )


class _Unable:
    """The facts that are lacking in one cluster: which rules need each, and in which file that shows first."""

    def __init__(self) -> None:
        self._rules: dict[tuple[str, str], set[str]] = {}
        self._files: dict[tuple[str, str], str] = {}

    def note(self, fact: Lacking, rule: str, subject: Subject) -> None:
        """Remember that `rule` could not judge `subject`."""
        key = (fact.what, fact.remedy or _UNDECIDED)
        self._rules.setdefault(key, set()).add(rule)
        file = place_of(subject).file
        self._files[key] = min(self._files.get(key, file), file)

    def findings(self) -> Iterator[Finding]:
        """One info a fact."""
        for (what, remedy), ids in sorted(self._rules.items()):
            message = f"cannot tell without {what}: {', '.join(sorted(ids))}"
            place = Position(self._files[what, remedy])
            yield Finding(place, "", message, remedy, "", CANNOT_TELL, "info")
