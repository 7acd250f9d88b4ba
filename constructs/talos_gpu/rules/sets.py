"""Sets of rules, as data: which are on, and how severe each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from talos_gpu.finding import SEVERITIES, Finding, Severity
from talos_gpu.rules.own import Entry
from talos_gpu.rules.rule import Rule

__all__ = ["RuleSet", "rule_sets"]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules but those that are `off`; `severities` are of those that this set judges otherwise."""

    name: str
    about: str
    off: frozenset[str]
    severities: Mapping[str, Severity]

    def rules(self, rules: Iterable[Rule[Any]]) -> tuple[Rule[Any], ...]:
        """Those of the rules that are on."""
        return tuple(rule for rule in rules if rule.id not in self.off)

    def judged(self, findings: Iterable[Finding], entries: Iterable[Entry]) -> tuple[Finding, ...]:
        """The findings of what is on, in their order, as severe as this set has it.

        Where a rule was milder about a place than it mostly is, the set makes that no worse.
        """
        own = {entry.id: entry.severity for entry in entries}
        return tuple(self._judged(finding, own) for finding in findings if finding.rule not in self.off)

    def _judged(self, finding: Finding, own: Mapping[str, Severity]) -> Finding:
        wanted = self.severities.get(finding.rule, finding.severity)
        usual = finding.severity == own.get(finding.rule)
        return replace(finding, severity=wanted if usual else max(wanted, finding.severity, key=SEVERITIES.index))


@cache
def rule_sets() -> Mapping[str, RuleSet]:
    """The sets by name."""
    text = (files("talos_gpu.rules") / "data" / "sets.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Mapping[str, Any]] = yaml.safe_load(text)
    return {name: _read(name, written) for name, written in content.items()}


def _read(name: str, written: Mapping[str, Any]) -> RuleSet:
    off: Sequence[str] = written.get("off") or ()
    return RuleSet(name, written["about"], frozenset(off), dict(written.get("severity") or {}))
