"""Each format tells the same findings, in the words of whoever reads it."""

from __future__ import annotations

import csv
import json
import re
from xml.etree.ElementTree import fromstring

import pytest

from talos_gpu.report.comment import LONGEST, comment
from talos_gpu.report.formats import FORMATS
from talos_gpu.report.report import Report
from talos_gpu.report.text import text
from talos_gpu.report.untrusted import mention_free

from .conftest import of

from talos_gpu.finding import Finding, Position  # isort: skip


def test_text_is_grouped_by_file_with_a_caret_under_the_place(plain: Report) -> None:
    """What a person reads at a terminal, to the letter."""
    assert text(plain) == (
        "schematic.yaml\n"
        "  -        info LNT001  cannot tell without the GPU: EXT001\n"
        "  4:9      error EXT001  found x:v1; a name has no tag\n"
        "        4 |       - x:v1\n"
        "          |         ^\n"
        "           Write the name alone: the Talos release decides the version.\n"
        "           source: a/b:c@v1\n"
        "\n"
        "1 error, 1 info in 1 file\n"
    )


def test_colours_are_the_caller_s(plain: Report) -> None:
    """Every part is handed over with its style."""
    assert "<error>error EXT001</error>" in text(plain, lambda words, style: f"<{style}>{words}</{style}>")


def test_the_caret_stands_below_the_place_in_a_long_line() -> None:
    """Lines of thousands of characters are cut around the place."""
    report = of(Finding(Position("a", 1, 3001), "", "here"), text="x" * 3000 + "Y" + "z" * 3000)
    excerpt, caret = text(report).splitlines()[2:4]
    assert excerpt[caret.index("^")] == "Y"
    assert len(excerpt) < 200


def test_the_line_is_the_one_that_yaml_counts() -> None:
    """Whatever ends the lines above it."""
    report = of(Finding(Position("a.yaml", 4, 1), "", "here"), text="# 1\u2028# 2\r# 3\nthis: 1\r\n")
    assert "        4 | this: 1\n" in text(report)
    report = of(Finding(Position("a.tf", 2, 1), "", "here"), text="# 1\u2028# 1\nthis = 1\n")
    assert "        2 | this = 1\n" in text(report)


def test_json_holds_everything(plain: Report) -> None:
    """With a fingerprint for each."""
    told = json.loads(FORMATS["json"](plain))
    first, second = told["findings"]
    assert told["summary"] == {"error": 1, "warning": 0, "info": 1, "files": 1, "allowed": 0, "baseline": 0}
    assert (second["file"], second["line"], second["column"], second["rule"]) == ("schematic.yaml", 4, 9, "EXT001")
    assert second["fixable"]
    assert first["fingerprint"] != second["fingerprint"]


def test_sarif_brings_help_fingerprints_and_fixes(plain: Report) -> None:
    """What code scanning shows: the rule's page, one place a result, and the change."""
    run = json.loads(FORMATS["sarif"](plain))["runs"][0]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    info, error = run["results"]
    help_text = rules["EXT001"]["help"]["markdown"]
    assert all(f"## {heading}\n" in help_text for heading in ("Why", "Instead", "When to allow", "Source"))
    assert "siderolabs/image-factory" in help_text
    assert run["tool"]["driver"]["rules"][error["ruleIndex"]]["id"] == "EXT001"
    assert (info["level"], error["level"]) == ("note", "error")
    assert info["locations"][0]["physicalLocation"]["region"] == {"startLine": 1, "startColumn": 1}
    replacement = error["fixes"][0]["artifactChanges"][0]["replacements"][0]
    assert replacement["deletedRegion"] == {"startLine": 4, "startColumn": 9, "endLine": 4, "endColumn": 13}
    assert replacement["insertedContent"]["text"] == "x"
    assert error["partialFingerprints"]["talosGpu/v1"]


def test_junit_has_a_failed_case_a_finding_and_skips_infos(plain: Report) -> None:
    """Without findings there is one case, which passed."""
    suite = fromstring(FORMATS["junit"](plain)).find("testsuite")
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("2", "1", "1")
    assert [case[0].tag for case in suite] == ["skipped", "failure"]
    assert fromstring(FORMATS["junit"](of())).find("testsuite/testcase") is not None


def test_github_commands_name_file_line_and_column(plain: Report) -> None:
    """Infos are notices."""
    lines = FORMATS["github"](plain).splitlines()
    assert lines[1].startswith(
        "::error file=schematic.yaml,line=4,col=9,title=EXT001::found x:v1; a name has no tag%0AWrite"
    )
    assert lines[0].startswith("::notice file=schematic.yaml,line=1,col=1,title=LNT001::cannot tell")


def test_a_comment_never_exceeds_what_github_takes() -> None:
    """The worst come first, and what does not fit is counted."""
    many = [Finding(Position("a.yaml", n, 1), "", "x" * 300, "Do it.", "", "EXT001", "warning") for n in range(1, 900)]
    worst = Finding(Position("z.yaml", 1, 1), "", "the worst", "Do it.", "", "EXT001", "error")
    told = comment(of(*many, worst))
    assert len(told) <= LONGEST
    assert told.index("the worst") < told.index("a.yaml")
    assert "more findings did not fit here" in told


def test_pictures_count_twice_in_a_comment() -> None:
    """JavaScript counts so, and comment.yml would cut a comment in the middle of a block."""
    many = [
        Finding(Position("a.yaml", n, 1), "", "\N{PILE OF POO}" * 300, "Do it.", "", "EXT001") for n in range(1, 900)
    ]
    told = comment(of(*many))
    assert len(told.encode("utf-16-le")) // 2 <= LONGEST


def test_what_did_not_fit_is_counted_to_the_last() -> None:
    """One finding is no findings."""
    findings = [Finding(Position("a.yaml", n, 1), "", "x" * 40_000, "Do it.", "", "EXT001") for n in (1, 2)]
    assert "**1 more finding did not fit here**" in comment(of(*findings))


@pytest.mark.parametrize("name", ["text", "github", "markdown", "sarif", "junit"])
def test_what_a_profile_lacks_is_named(name: str) -> None:
    """Its message goes on from the key path."""
    lacking = Finding(Position("lab.yaml", 4, 3), "pools.gpu", "is missing, and has no default", "Do it.", "", "PRO001")
    other = Finding(Position("lab.yaml", 5, 3), "machine.files", "found a file; expected none", "Do it.", "", "TAL001")
    told = FORMATS[name](of(lacking, other))
    assert "pools.gpu: is missing, and has no default" in told.replace("%3A", ":")
    assert name == "junit" or "machine.files: found" not in told


def test_a_csv_row_a_finding(plain: Report) -> None:
    """Below a header."""
    rows = list(csv.reader(FORMATS["csv"](plain).splitlines()))
    assert rows[0][:3] == ["rule", "severity", "file"]
    assert rows[2][:5] == ["EXT001", "error", "schematic.yaml", "4", "9"]


@pytest.mark.parametrize("name", FORMATS)
def test_no_control_or_bidi_character_reaches_a_reader(name: str, hostile: Report) -> None:
    """Whatever the format."""
    told = FORMATS[name](hostile)
    assert not any(character in told for character in "\x1b\u202e\r\x00")


@pytest.mark.parametrize("name", FORMATS)
def test_no_line_is_a_command_of_a_stranger_s(name: str, hostile: Report) -> None:
    """A line begins with `::` only where it is our own command, which holds no raw line break."""
    told = FORMATS[name](hostile)
    commands = [line for line in told.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (1 if name == "github" else 0)
    assert name == "github" or not re.search(r"##[a-z]*\[", told)


@pytest.mark.parametrize("length", range(60, 110))
def test_nor_is_one_that_begins_where_a_sentence_is_wrapped(length: int) -> None:
    """Blanks before it do not keep GitHub from reading a command."""
    remedy = f"{'x' * length} ::error::pwned and some more words."
    told = text(of(Finding(Position("a", 1, 1), "", "found", remedy)))
    assert "::error::pwned" in told
    assert not [line for line in told.splitlines() if line.lstrip().startswith("::")]


@pytest.mark.parametrize("name", ["json", "sarif"])
def test_a_program_reads_what_was_written(name: str, hostile: Report) -> None:
    """However a command is taken apart, the JSON means the same."""
    assert "##[add-mask]x" in json.dumps(json.loads(FORMATS[name](hostile)))


@pytest.mark.parametrize("lines", ["a: 1\n::warning::x\n##[x]", "a: 1\n  ::warning::x\n##vso[x]"])
def test_nor_are_lines_to_write(lines: str) -> None:
    """A remedy of several lines is a block of a comment, and rows of a text."""
    for name in ("markdown", "text", "junit", "csv"):
        told = FORMATS[name](of(Finding(Position("a", 1, 1), "", "::found", lines)))
        assert not re.search(r"^\s*::|##[a-z]*\[", told, re.MULTILINE), name


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_s_name_need_not_be_utf_8(name: str) -> None:
    """Whatever the format, it can be printed and written."""
    told = FORMATS[name](of(Finding(Position("b\udcffd.yaml", 1, 1), "", "found", "Do it.", "", "EXT001"), text="a"))
    assert told.encode()
    assert name != "sarif" or '"uri": "b%FFd.yaml"' in told


def test_a_workflow_command_s_properties_are_escaped(hostile: Report) -> None:
    """`% LF : ,` of a file's name."""
    assert "file=a%2Cb%3Ac%25%0A%3A%3Awarning%3A%3Ax.yaml,line=1" in FORMATS["github"](hostile)


def test_markdown_shows_strangers_text_as_text(hostile: Report) -> None:
    """Fences outlast backticks; nobody is called, no comment is opened, no block is closed."""
    told = comment(hostile)
    outside = told.split("`````")[0]
    assert "@everyone" not in outside.replace("`", "")
    assert "<!--" not in outside.replace("\\<!--", "")
    assert "</details" not in outside.replace("\\</details", "")
    fences = [line for line in told.splitlines() if line.startswith("`````")]
    assert len(fences) == 2
    assert "1 |   - ::error" in told


def test_a_cell_is_no_formula(hostile: Report) -> None:
    """What begins with = is quoted."""
    row = list(csv.reader(FORMATS["csv"](hostile).splitlines()))[1]
    assert row[6].startswith("'=found")


def test_files_that_were_not_read_are_not_quoted(plain: Report) -> None:
    """A finding in another file has no excerpt."""
    stranger = Finding(Position("/etc/passwd", 1, 1), "", "x")
    assert Report((stranger,), ("f",), plain.files, 1).line(stranger) is None


def test_a_mention_is_none_for_who_decodes_entities_first() -> None:
    """GitHub does: what stands behind the sign keeps the name away from it. Code is left alone."""
    assert mention_free("@a, fixes #1, `@b`") == "&#64;&#8203;a, fixes &#35;&#8203;1, `@b`"
