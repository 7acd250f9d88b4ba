"""`talos-gpu diff`: what it prints, and how it ends."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click
import pytest

from talos_gpu.cli import paging
from talos_gpu.cli.app import run
from talos_gpu.cli.reports import REVIEWS

PROFILE = "cluster: {}\ntalos: v1.14.6\npools:\n  gpu:\n    gpu: {{model: L40S}}\n"


def git(folder: Path, *words: str) -> None:
    who = {f"GIT_{role}_{what}": "tester@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {f"GIT_{role}_DATE": "2026-01-01T00:00:00+00:00" for role in ("AUTHOR", "COMMITTER")}
    subprocess.run(
        ["git", *words], cwd=folder, check=True, capture_output=True,
        env={**os.environ, **who, **when, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A repository with a profile and its output, all of it committed; the command runs in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/a.yaml").write_text(PROFILE.format("a"))
    assert run(["synth", "--quiet"]) == 0
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "all")
    capsys.readouterr()
    return tmp_path


def values(folder: Path) -> Path:
    return folder / "dist/a/kubernetes/gpu-operator/values.yaml"


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def test_what_the_work_tree_changed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By cluster and field; exit code 0, for a difference is nothing wrong."""
    edit(values(folder), "enabled: false", "enabled: true")
    assert run(["diff"]) == 0
    out = capsys.readouterr().out
    assert "a changed (profiles/a.yaml)\n" in out
    assert ".enabled: false -> true  dist/a/kubernetes/gpu-operator/values.yaml:" in out
    assert out.endswith("1 cluster: 1 changed, 0 unchanged; 1 file of the output and 0 files beside it\n")


def test_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither in the work tree, nor in .git."""
    edit(values(folder), "enabled: false", "enabled: true")

    def state() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    before = state()
    assert run(["diff"]) == 0
    assert run(["diff", "--render", "HEAD"]) == 0
    assert state() == before


def test_a_rendering_shows_what_the_profile_would_change(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What lies in the output does not count."""
    edit(values(folder), "enabled: false", "enabled: true")
    edit(folder / "profiles/a.yaml", "v1.14.6", "v1.14.5")
    assert run(["diff", "--render"]) == 0
    out = capsys.readouterr().out
    assert "~ talos: v1.14.6 -> v1.14.5  profiles/a.yaml:2" in out
    assert "values.yaml" not in out
    assert "dist/a/README.md" in out


def test_profiles_that_are_refused_are_told_and_no_traceback(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With place, message and remedy; the exit code is that of synth."""
    (folder / "profiles/a.yaml").write_text(PROFILE.format("a").replace("model", "modell"))
    assert run(["diff", "--render"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("profiles/a.yaml:5:")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "nope: found no revision"),
        (["--", "--output=x"], "--output=x: found no revision: it looks like an option"),
        (["--outdir", "../x"], "../x: found an output folder outside"),
        (["--outdir", "x", "./dist", "./dist"], ""),
    ],
)
def test_what_is_not_understood(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    """Exit code 2, and a sentence."""
    assert run(["diff", *arguments]) == (2 if message else 0)
    assert message in capsys.readouterr().err


def test_two_folders(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Output folders alone, without their profiles."""
    assert run(["synth", "--quiet", "--outdir", "other"]) == 0
    edit(values(folder), "enabled: false", "enabled: true")
    assert run(["diff", "other", "dist"]) == 0
    assert "1 file of the output and 0 files beside it" in capsys.readouterr().out


def test_the_output_folder_of_the_environment(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for synth."""
    monkeypatch.setenv("CDK8S_OUTDIR", "other")
    assert run(["synth", "--quiet"]) == 0
    assert run(["diff"]) == 0
    assert "\na added (profiles/a.yaml)\n" in capsys.readouterr().out


def test_outside_of_a_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says what to do."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    assert run(["diff"]) == 2
    assert "Name two folders, or run talos-gpu in a repository." in capsys.readouterr().err


def test_it_is_paged_on_a_terminal_and_only_when_it_is_long(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe gets it all."""
    paged: list[str] = []
    monkeypatch.setattr(click, "echo_via_pager", paged.append)
    edit(values(folder), "enabled: false", "enabled: true")
    assert run(["diff"]) == 0
    monkeypatch.setattr(paging.sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("LINES", "50")
    assert run(["diff"]) == 0
    assert paged == []
    monkeypatch.setenv("LINES", "3")
    assert run(["diff"]) == 0
    assert len(paged) == 1


def test_it_imports_no_more_than_it_needs(folder: Path) -> None:
    """Neither models nor catalogue nor Node: a difference of a thousand clusters starts at once."""
    code = (
        "import sys; from talos_gpu.cli.app import run; run(['diff']);"
        "sys.exit(' '.join({'pydantic', 'jsii', 'jinja2', 'rich', 'talos_gpu.catalog'} & set(sys.modules)) or 0)"
    )
    import sys

    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("command", ["diff", "impact"])
@pytest.mark.parametrize("form", REVIEWS)
def test_every_format_can_be_printed_and_written(
    form: str, command: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file holds what the terminal shows."""
    edit(folder / "profiles/a.yaml", "{model: L40S}", "{model: L40S}\n    driver: {track: production}")
    assert run(["synth", "--quiet"]) == 0
    capsys.readouterr()
    assert run([command, "--format", form, "--report", f"{form}=report"]) == 0
    out = capsys.readouterr().out
    assert (folder / "report").read_text() == out
    assert "siderolabs/nvidia-open-gpu-kernel-modules-production" in out


def test_one_run_writes_several_reports(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As a job for pull requests does; a text in a file has no colours."""
    edit(values(folder), "enabled: false", "enabled: true")
    assert run(["diff", "--report", "markdown=comment.md", "--report", "json=review.json", "--report", "text=a"]) == 0
    assert "a changed" in capsys.readouterr().out
    assert (folder / "comment.md").read_text().startswith("## ")
    assert (folder / "review.json").read_text().startswith('{\n  "schemaVersion": 1')
    assert "\x1b" not in (folder / "a").read_text()


@pytest.mark.parametrize("text", ["json", "sarif=x", "=x", "json="])
def test_a_wrong_report_is_wrong_usage(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is compared."""
    assert run(["diff", "nonsense", "--report", text]) == 2
    assert "expected FORMAT=FILE" in capsys.readouterr().err


def test_a_schema_can_be_had_of_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """And of a profile, which is what most ask for."""
    assert run(["schema", "review"]) == 0
    assert '"title": "talos-gpu review"' in capsys.readouterr().out
    assert run(["schema"]) == 0
    assert '"title": "talos-gpu profile"' in capsys.readouterr().out
