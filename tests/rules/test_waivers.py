"""What may be allowed, where a waiver counts, and what is wrong with waivers themselves."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest

from talos_gpu.finding import Finding, Position, Severity
from talos_gpu.inventory import Cluster, SourceFile
from talos_gpu.inventory.source_file import read_source
from talos_gpu.rules.own import Entry, OwnRule
from talos_gpu.rules.rule import Rule
from talos_gpu.rules.waivers import Waiver, waivers
from talos_gpu.rules.waiving import Waived, waive

TODAY = date(2026, 11, 24)


def rule(name: str, severity: Severity, waivable: bool = False) -> Entry:
    return Rule(name, "a name", severity, "0.1.0", Cluster, lambda *_: (), "Do.", "somebody", waivable)


ENTRIES = (
    rule("ABC001", "warning"),
    rule("ABC002", "error"),
    rule("ABC003", "error", waivable=True),
    rule("ABC004", "info"),
    OwnRule("LNT009", "waiver that matches nothing", "info", "Remove it.", "somebody"),
)


def found(rule: str, line: int = 2, severity: Severity = "warning", file: str = "a.yaml") -> Finding:
    return Finding(Position(file, line, 3 if line else 0), "", "found x", rule=rule, severity=severity)


def written(text: str, path: str = "a.yaml") -> tuple[Waiver, ...]:
    return waivers({path: read_source(path, text.encode())}, ())


def waived(text: str, *findings: Finding, today: date = TODAY) -> Waived:
    return waive(findings, written(text), ENTRIES, today)


def ids(result: Waived) -> list[str]:
    return [finding.rule for finding in result.findings]


class TestComments:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("a: 1\nb: 2  # talos-gpu: allow ABC001 because of that\n", 2),
            ("# talos-gpu: allow ABC001 because of that\n\nb: 2\n", 2),
            ("a: 1\n  # talos-gpu: allow ABC001 because of that\nb: 2\n", 3),
            ("a: 1\n# talos-gpu: allow ABC001 because of that\n# more words\n# and more\nb: 2\n", 5),
            ("a: 1\r\nb: 2  # talos-gpu: allow ABC001 because of that\r\n", 2),
            ("a: 1\nb: |\n  c: 2  # talos-gpu:allow ABC001: because of that\n", 3),
            ('a = 1\nb = 2  // talos-gpu: allow ABC001 - "because of that"\n', 2),
        ],
        ids=["on the line", "on top", "above", "above other comments", "CRLF", "in a block string", "in HCL"],
    )
    def test_one_counts_for_its_line_or_the_next(self, text: str, line: int) -> None:
        result = waived(text, found("ABC001", line), found("ABC001", line + 7))
        assert [finding.position.line for finding in result.allowed] == [line]
        assert [finding.position.line for finding in result.findings] == [line + 7]

    def test_on_top_of_a_file_it_counts_for_the_file_as_a_whole_too(self) -> None:
        result = waived("---\n# talos-gpu: allow ABC001 because\na: 1\n", found("ABC001", 0), found("ABC001", 3))
        assert len(result.allowed) == 2
        assert not waived("a: 1\n# talos-gpu: allow ABC001 because\nb: 1\n", found("ABC001", 0)).allowed

    @pytest.mark.parametrize(
        "text",
        [
            "a: b#talos-gpu: allow ABC001 because\n",
            "a: 1  # talos-gpu allow ABC001 because\n",
            "a: 1  # talos-gpu: allowed ABC001\n",
        ],
    )
    def test_what_is_no_waiver_is_none(self, text: str) -> None:
        assert written(text) == ()

    def test_the_reason_may_hold_anything_and_a_last_day_may_stand_before_it(self) -> None:
        (waiver,) = written("a: 1  # talos-gpu: allow ABC001 until 2027-01-31: see #12, at last\n")
        assert (waiver.rule, waiver.until, waiver.reason) == ("ABC001", date(2027, 1, 31), "see #12, at last")
        assert str(waiver.place) == "a.yaml:1:7"

    def test_two_rules_are_allowed_on_one_line_by_two_comments(self) -> None:
        text = "# talos-gpu: allow ABC001 because\n# talos-gpu: allow ABC004 because\na: 1\n"
        assert len(waived(text, found("ABC001", 3), found("ABC004", 3, "info")).allowed) == 2

    def test_another_file_is_not_covered(self) -> None:
        text = "# talos-gpu: allow ABC001 because\na: 1\n"
        assert ids(waived(text, found("ABC001", 2, file="b.yaml"))) == ["LNT009", "ABC001"]


PROFILE = """\
cluster: lab
talos: v1.14.6
pools: {gpu: {gpu: {model: L40S}}}
allow:
  - rule: ABC001
    reason: because of that
"""


def allowed_by_profile(text: str, cluster: Cluster, *findings: Finding) -> Waived:
    files = {"profiles/lab.yaml": read_source("profiles/lab.yaml", text.encode())}
    return waive(findings, waivers(files, [cluster]), ENTRIES, TODAY)


class TestProfiles:
    @pytest.mark.parametrize(
        ("cluster", "file", "covered"),
        [
            (Cluster("lab", (), files=frozenset({"dist/lab/a.yaml"})), "dist/lab/a.yaml", True),
            (Cluster("dist/lab", (), files=frozenset({"dist/lab/a.yaml"})), "dist/lab/a.yaml", True),
            (Cluster("x", (), files=frozenset({"profiles/lab.yaml", "a.yaml"})), "a.yaml", True),
            (Cluster("other", (), files=frozenset({"dist/other/a.yaml"})), "dist/other/a.yaml", False),
            (Cluster("other", ()), "profiles/lab.yaml", True),
        ],
        ids=["cluster of that name", "folder of that name", "cluster of its file", "another cluster", "itself"],
    )
    def test_one_counts_for_the_profile_and_its_cluster(self, cluster: Cluster, file: str, covered: bool) -> None:
        result = allowed_by_profile(PROFILE, cluster, found("ABC001", 7, file=file))
        assert bool(result.allowed) is covered

    def test_what_is_wrong_with_one_stands_at_its_entry(self) -> None:
        text = PROFILE.replace("    reason: because of that\n", "")
        (fault,) = allowed_by_profile(text, Cluster("lab", ())).findings
        assert (str(fault), fault.rule) == (
            "profiles/lab.yaml:5:5: allow[0]: found no reason for allowing ABC001; without one it is not allowed",
            "LNT005",
        )

    def test_the_key_of_another_kind_of_file_is_no_waiver(self) -> None:
        assert written("kind: AuthorizationPolicy\nallow:\n  - rule: ABC001\n    reason: x\n") == ()


class TestWhatMayBeAllowed:
    @pytest.mark.parametrize(
        ("finding", "allowed"),
        [
            (found("ABC001"), True),
            (found("ABC004", severity="info"), True),
            (found("ABC003", severity="error"), True),
            (found("ABC002", severity="error"), False),
            (found("ABC002", severity="warning"), True),
            (found("LNT009", severity="info"), False),
        ],
        ids=["warning", "info", "waivable error", "error", "warning of an error", "fault of a waiver"],
    )
    def test_warnings_infos_and_waivable_errors(self, finding: Finding, allowed: bool) -> None:
        result = waived(f"a: 1\nb: 2  # talos-gpu: allow {finding.rule} because\n", finding)
        assert bool(result.allowed) is allowed
        assert ("LNT008" in ids(result)) is not allowed
        assert (finding in result.findings) is not allowed


class TestFaults:
    @pytest.mark.parametrize(
        ("comment", "expected"),
        [
            ("allow ABC001", ["ABC001", "LNT005"]),
            ("allow ABC001 until 2027-01-31", ["ABC001", "LNT005"]),
            ("allow ABC001 until 2026-11-23 because", ["ABC001", "LNT006"]),
            ("allow ABC001 until 2026-02-30 because", ["ABC001", "LNT006"]),
            ("allow ABC001 until 2026-2-3 because", ["ABC001", "LNT006"]),
            ("allow ABC001 until 31.12.2099 because", ["ABC001", "LNT006"]),
            ("allow ABC001 until upstream puts it right", []),
            ("allow ABC999 because", ["ABC001", "LNT007"]),
            ("allow abc001 because", ["ABC001", "LNT007"]),
            ("allow ABC0011 because", ["ABC001", "LNT007"]),
            ("allow ABC001because", ["ABC001", "LNT007"]),
            ("allow", ["ABC001", "LNT007"]),
            ("allow ABC002 because", ["ABC001", "LNT008"]),
            ("allow ABC003 because", ["ABC001", "LNT009"]),
            ("allow ABC001 until 2026-11-24 because", ["LNT010"]),
            ("allow ABC001 until 2026-12-24 because", ["LNT010"]),
            ("allow ABC001 until 2026-12-25 because", []),
            ("allow ABC001 because", []),
        ],
    )
    def test_each_is_a_finding(self, comment: str, expected: list[str]) -> None:
        """A waiver that is at fault allows nothing; one that expires soon still does."""
        result = waived(f"a: 1\nb: 2  # talos-gpu: {comment}\n", found("ABC001"))
        assert ids(result) == expected

    def test_a_day_that_does_not_exist_is_told_as_that(self) -> None:
        result = waived("a: 1  # talos-gpu: allow ABC001 until 2026-02-30 because\n")
        assert result.findings[0].message == (
            "found no day behind until; expected one such as 2027-01-31, without which ABC001 is not allowed"
        )

    def test_no_clock_is_read(self) -> None:
        text = "a: 1\nb: 2  # talos-gpu: allow ABC001 until 2026-11-30 because\n"
        assert ids(waived(text, found("ABC001"), today=date(2026, 12, 1))) == ["ABC001", "LNT006"]
        assert ids(waived(text, found("ABC001"), today=date(2026, 1, 1))) == []

    def test_of_a_rule_that_could_not_decide_nobody_says_that_its_waiver_is_useless(self) -> None:
        unable = Finding(
            Position("b.yaml"), "", "cannot tell without the GPU: ABC003, ABC004", rule="LNT001", severity="info"
        )
        assert ids(waived("a: 1  # talos-gpu: allow ABC003 because\n", unable)) == ["LNT001"]

    @pytest.mark.parametrize("rule", ["LNT002", "LNT003", "PRO001", "PRO002"])
    def test_nor_where_its_file_was_not_judged(self, rule: str) -> None:
        text = "a: 1  # talos-gpu: allow ABC003 because\n"
        unread = Finding(Position("a.yaml", 2, 1), "", "not read", rule=rule)
        elsewhere = dataclasses.replace(unread, position=Position("b.yaml", 2, 1))
        assert "LNT009" not in ids(waived(text, unread))
        assert "LNT009" in ids(waived(text, elsewhere))

    def test_what_the_profile_is_refused_for_is_told_once(self) -> None:
        text = PROFILE.replace("rule: ABC001", "rule: nope")
        refused = Finding(Position("profiles/lab.yaml", 5, 11), "allow[0].rule", "found 'nope'", rule="PRO001")
        assert ids(allowed_by_profile(text, Cluster("lab", ()), refused)) == ["PRO001"]
        beside = allowed_by_profile(f"{text}# talos-gpu: allow nope because\n", Cluster("lab", ()), refused)
        assert ids(beside) == ["PRO001", "LNT007"]
        other = dataclasses.replace(refused, path="pools")
        assert ids(allowed_by_profile(text, Cluster("lab", ()), other)) == ["LNT007", "PRO001"]

    def test_nor_of_a_rule_that_was_not_asked(self) -> None:
        comment = written("a: 1  # talos-gpu: allow ABC003 because\n")
        assert waive((), comment, ENTRIES, TODAY, asked={"ABC001"}).findings == ()
        assert len(waive((), comment, ENTRIES, TODAY, asked={"ABC003"}).findings) == 1

    def test_a_stranger_steers_no_terminal_by_the_name_of_a_rule(self) -> None:
        result = waived("a: 1  # talos-gpu: allow \x1b[31mABC001 because\n")
        assert "\x1b" not in result.findings[0].message


def test_its_line_is_the_one_that_yaml_counts() -> None:
    (waiver,) = written("# a\u2028# b\nb: 2  # talos-gpu: allow ABC001 because\n")
    assert waiver.lines == frozenset({3})


def test_files_that_are_no_yaml_are_read_too() -> None:
    file = SourceFile("main.tf", b'locals {\n  image = "x"  # talos-gpu: allow ABC001 because\n}\n')
    assert [waiver.lines for waiver in waivers({"main.tf": file}, ())] == [frozenset({2})]
