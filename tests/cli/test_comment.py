"""`talos-gpu comment`: reports in files become one comment."""

from __future__ import annotations

from pathlib import Path

import pytest

from talos_gpu.cli.app import run


def test_reports_are_joined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the order in which they are named."""
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text("## a\n")
    Path("b.md").write_text("## b\n")
    assert run(["comment", "b.md", "a.md"]) == 0
    assert capsys.readouterr().out == "## b\n\n## a\n"


def test_a_report_that_is_not_there_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What should have made it failed, and the others are shown all the same."""
    monkeypatch.chdir(tmp_path)
    Path("lint.md").write_text("## lint\n")
    assert run(["comment", "check.md", "lint.md"]) == 0
    assert capsys.readouterr().out == "### There is no `check.md`: the job's log says why\n\n## lint\n"


def test_what_cannot_be_read_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And the exit code of something outside."""
    assert run(["comment", str(tmp_path)]) == 4
    assert "is a directory" in capsys.readouterr().err


def test_none_is_wrong_usage() -> None:
    """There is nothing to join."""
    assert run(["comment"]) == 2


@pytest.mark.parametrize("options", [["--format", "github"], ["--report", "markdown=x.md"]])
def test_reports_of_synth_go_with_check(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """What synth writes is no report."""
    assert run(["synth", *options]) == 2
    assert "go with --check" in capsys.readouterr().err
