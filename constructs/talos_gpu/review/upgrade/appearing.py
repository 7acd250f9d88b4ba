"""The findings that come with a hop: what the rules say of the target, and of the profile as it is afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from talos_gpu.catalog.user_files import user_files
from talos_gpu.catalog.version import minor_of
from talos_gpu.finding import Finding
from talos_gpu.inventory import Given
from talos_gpu.output.names import FACTS
from talos_gpu.report.linting import lint_files
from talos_gpu.review.upgrade.attempt import Attempt
from talos_gpu.review.upgrade.profile_text import edited
from talos_gpu.rules.engine import CANNOT_TELL
from talos_gpu.rules.upgrades import RULES

__all__ = ["appearing", "is_undecided"]

_UPGRADES = {rule.id: rule for rule in RULES}
_JUDGED_ELSEWHERE = frozenset({"UPG007", "UPG008"})
"""Kubernetes: by `kubernetes_path`, which knows the way there. The operator's chart: by the plan, which may move along."""


def appearing(before: Attempt, after: Attempt, kubernetes: str, root: Path, today: date) -> tuple[Finding, ...]:
    """Sorted; those that are there already are left out, and so are the planner's, which `after` holds itself."""
    facts = user_files(root / FACTS)
    plain, aimed_at = Given(kubernetes=kubernetes, facts=facts), Given("", after.name, kubernetes, facts=facts)
    old = lint_files(before.loaded.inputs, plain, today).report
    aimed = lint_files(_still_running(before, after), aimed_at, today).report
    new = lint_files(after.loaded.inputs, plain, today).report
    names = [name for side in (before, after) for name in (side.name, minor_of(side.name))]
    there = {_what(finding, names) for finding in old.findings}
    coming: dict[tuple[str, ...], Finding] = {}
    for finding in (*filter(_is_of_upgrades, aimed.findings), *new.findings):
        if not finding.rule.startswith("PRO") and finding.rule not in _JUDGED_ELSEWHERE:
            coming.setdefault(_what(finding, names), finding)
    return tuple(sorted(finding for what, finding in coming.items() if what not in there))


def _what(finding: Finding, names: Sequence[str]) -> tuple[str, ...]:
    """What makes it the same finding before and after: not the line that it stands on, nor the release that it names."""
    message = finding.message
    for name in names:
        message = message.replace(name, "Talos")
    return finding.rule, finding.position.file, finding.path, finding.severity, message


def _is_of_upgrades(finding: Finding) -> bool:
    return finding.rule in _UPGRADES or is_undecided(finding)


def _still_running(before: Attempt, after: Attempt) -> Mapping[str, bytes]:
    """What the profile will say but for the release: what a change takes away is nothing to find any more."""
    file = after.loaded.file
    return {**after.loaded.inputs, file: edited(after.loaded, {("talos",): before.name})}


def is_undecided(finding: Finding) -> bool:
    """Whether it says that a rule about upgrades, whose breach would stop one, cannot tell."""
    ids = finding.message.rpartition(": ")[2].split(", ") if finding.rule == CANNOT_TELL else []
    return any(_decides(rule) for rule in ids)


def _decides(rule: str) -> bool:
    return rule in _UPGRADES and _UPGRADES[rule].severity == "error" and rule not in _JUDGED_ELSEWHERE
