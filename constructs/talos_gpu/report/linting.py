"""From files to a report: read, judge, take away what is allowed or known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from talos_gpu.catalog import load_catalogue
from talos_gpu.finding import Finding
from talos_gpu.inventory import Given, Inventory, take
from talos_gpu.inventory.walk import walk
from talos_gpu.report.report import Report
from talos_gpu.rules import DESCRIBED, ENTRIES, RULES, check
from talos_gpu.rules.baseline import compare
from talos_gpu.rules.sets import RuleSet, rule_sets
from talos_gpu.rules.waivers import waivers
from talos_gpu.rules.waiving import waive

__all__ = ["Linted", "lint", "lint_files"]


@dataclass(frozen=True, slots=True)
class Linted:
    """`report` is what is told; `findings` are those before a baseline took the known ones away."""

    report: Report
    findings: tuple[Finding, ...]


def lint(
    root: Path,
    paths: Sequence[str],
    given: Given,
    today: date,
    chosen: str = "default",
    known: frozenset[str] = frozenset(),
    facts: Iterable[Path] = (),
) -> Linted:
    """What the rules of the set `chosen` find in the files at `paths` below `root`.

    `known` are fingerprints of a baseline, `facts` data files of the user's, verified.

    Raises:
        OutsideError: when a path is missing, or lies outside `root`.
    """
    walked = walk(root, paths)
    return lint_files(walked.data, replace(given, facts=tuple(facts)), today, chosen, known, walked.notes)


def lint_files(
    data: Mapping[str, bytes],
    given: Given,
    today: date,
    chosen: str = "default",
    known: frozenset[str] = frozenset(),
    notes: Iterable[Finding] = (),
) -> Linted:
    """The same for files that were read already, by path. `notes` say what of them was left out."""
    inventory = take(data, given)
    rules = rule_sets()[chosen]
    found = _found(inventory, notes, rules, given.facts)
    asked = {entry.id for entry in ENTRIES} - rules.off
    waived = waive(found, waivers(inventory.files, inventory.clusters), ENTRIES, today, asked)
    # Severities last: a set that makes a warning an error does not take anybody's waiver away.
    left = rules.judged(waived.findings, ENTRIES)
    compared = compare(left, known)
    report = Report(
        compared.new, compared.fingerprints, inventory.files, len(inventory.files), len(waived.allowed), compared.known
    )
    return Linted(report, left)


def _found(inventory: Inventory, notes: Iterable[Finding], rules: RuleSet, facts: Iterable[Path]) -> set[Finding]:
    catalogue = load_catalogue(extra_dirs=list(facts))
    told = (_advised(note) for note in (*inventory.notes, *notes))
    return {*check(inventory.clusters, catalogue, rules.rules(RULES)), *told}


def _advised(note: Finding) -> Finding:
    """The note with a remedy: its own, or that of its rule."""
    return note if note.remedy else replace(note, remedy=DESCRIBED[note.rule].remedy)
