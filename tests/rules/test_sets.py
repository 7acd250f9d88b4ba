"""Sets of rules are data: which are on, and how severe each is."""

from __future__ import annotations

from talos_gpu.finding import SEVERITIES, Finding, Position, Severity
from talos_gpu.rules import ENTRIES, RULES
from talos_gpu.rules.sets import RuleSet, rule_sets

IDS = {entry.id for entry in ENTRIES}


def found(rule: str, severity: Severity) -> Finding:
    return Finding(Position("a.yaml", 1, 1), "", "found", rule=rule, severity=severity)


def test_there_are_two() -> None:
    assert set(rule_sets()) == {"default", "strict"}


def test_they_name_rules_and_severities_that_exist() -> None:
    for chosen in rule_sets().values():
        assert chosen.off <= IDS
        assert set(chosen.severities) <= IDS
        assert set(chosen.severities.values()) <= set(SEVERITIES)
        assert chosen.about.endswith(".")


def test_strict_has_everything_on() -> None:
    assert not rule_sets()["strict"].off
    assert rule_sets()["strict"].rules(RULES) == RULES


def test_strict_is_nowhere_milder_than_default() -> None:
    default, strict = rule_sets()["default"], rule_sets()["strict"]
    for entry in ENTRIES:
        mild, hard = (chosen.severities.get(entry.id, entry.severity) for chosen in (default, strict))
        assert SEVERITIES.index(hard) <= SEVERITIES.index(mild), entry.id


def test_what_is_off_is_neither_asked_nor_reported() -> None:
    chosen = RuleSet("mine", "Mine.", frozenset({"EXT001", "LNT002"}), {})
    assert "EXT001" not in {rule.id for rule in chosen.rules(RULES)}
    kept = found("LNT003", "warning")
    assert chosen.judged([found("LNT002", "info"), kept], ENTRIES) == (kept,)


def test_a_set_may_judge_otherwise() -> None:
    chosen = RuleSet("mine", "Mine.", frozenset(), {"LNT002": "error", "LNT004": "info"})
    judged = chosen.judged([found("LNT002", "info"), found("LNT004", "warning")], ENTRIES)
    assert [finding.severity for finding in judged] == ["error", "info"]


def test_a_place_that_a_rule_judges_mildly_gets_no_worse() -> None:
    """EXT001 is an error; where it says warning, a set that says error does not overrule it."""
    hard = RuleSet("hard", "Hard.", frozenset(), {"EXT001": "error"})
    mild = RuleSet("mild", "Mild.", frozenset(), {"EXT001": "info"})
    assert hard.judged([found("EXT001", "warning")], ENTRIES)[0].severity == "warning"
    assert mild.judged([found("EXT001", "warning")], ENTRIES)[0].severity == "info"
