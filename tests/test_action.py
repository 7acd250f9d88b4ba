"""The GitHub action and the two workflows: what runs with which rights, and what the script does."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from talos_gpu.inventory.walk import walk

ROOT = Path(__file__).resolve().parent.parent
WORKFLOWS = ("action.yml", "docs/github/lint.yml", "docs/github/comment.yml")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")


def load(name: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text())


def steps(name: str) -> Iterator[dict[str, Any]]:
    data = load(name)
    for job in [data["runs"]] if "runs" in data else data["jobs"].values():
        yield from job["steps"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_other_actions_are_pinned_by_commit(name: str) -> None:
    """A tag can be moved by whoever owns it."""
    used = [step["uses"] for step in steps(name) if "uses" in step]
    assert used
    for reference in used:
        assert PINNED.fullmatch(reference) or reference == "talos-gpu/talos-gpu@main", reference


@pytest.mark.parametrize("name", WORKFLOWS)
def test_no_expression_is_pasted_into_a_script(name: str) -> None:
    """Inputs and events reach scripts through the environment alone."""
    for step in steps(name):
        assert "${{" not in step.get("run", "")
        assert "${{" not in str(step.get("with", {}).get("script", ""))


def test_the_one_that_may_write_checks_nothing_out() -> None:
    """And runs nothing of the pull request; the one that reads may only read."""
    reading, writing = load("docs/github/lint.yml"), load("docs/github/comment.yml")
    assert reading["permissions"] == {"contents": "read"}
    assert set(reading[True]) == {"pull_request"}
    assert set(writing[True]) == {"workflow_run"}
    assert not any("checkout" in step.get("uses", "") or "run" in step for step in steps("docs/github/comment.yml"))


def test_without_a_report_nothing_is_posted() -> None:
    """The job that looked says why; a report that is no regular file is none: a link could lead to the token."""
    download, post = steps("docs/github/comment.yml")
    assert download["continue-on-error"]
    assert post["if"] == f"${{{{ steps.{download['id']}.outcome == 'success' }}}}"
    script = post["with"]["script"]
    assert script.index("lstatSync(process.env.REPORT).isFile()") < script.index("readFileSync")


@pytest.mark.parametrize(("event", "status"), [("pull_request", 0), ("push", 0), ("pull_request_target", 2)])
def test_pull_request_target_is_refused(event: str, status: int) -> None:
    """It would run with a token that may write, on files of strangers."""
    script = next(steps("action.yml"))["run"]
    done = subprocess.run(["bash", "-euc", script], env={**os.environ, "EVENT": event}, capture_output=True, text=True)
    assert done.returncode == status
    assert ("::error" in done.stdout) == bool(status)


def run(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """The action's script in a checked-out repository."""
    program = folder.parent / "talos-gpu"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT / "constructs"} exec {sys.executable} -m talos_gpu "$@"\n')
    program.chmod(0o755)
    names = ("PATH", "TALOS", "KUBERNETES", "GPU", "SET", "FAIL_ON", "BASELINE")
    defaults = {"PATH": ".", "SET": "default", "FAIL_ON": "error"}
    given = {f"LINT_{name}": inputs.get(name.lower(), defaults.get(name, "")) for name in names}
    files = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output"}
    environment = {**os.environ, **given, "RUNNER_TEMP": str(folder.parent)}
    environment |= {name: str(folder.parent / file) for name, file in files.items()}
    command = ["bash", str(ROOT / ".github/lint.sh"), str(program)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody's repository, with a mistake."""
    folder = tmp_path / "repository"
    folder.mkdir()
    text = "customization:\n  systemExtensions:\n    officialExtensions:\n      - siderolabs/nvidia-container-toolkit-lts:1\n"
    (folder / "schematic.yaml").write_text(text)
    return folder


def test_findings_are_annotations_and_fail_the_job(folder: Path) -> None:
    """The report lies where the second workflow finds it, and in the summary."""
    done = run(folder)
    assert done.returncode == 1, done.stderr
    assert "::error file=schematic.yaml,line=4,col=9,title=EXT001::" in done.stdout
    report = folder.parent / "talos-gpu-report"
    assert (folder.parent / "output").read_text() == f"report={report}\n"
    assert (folder.parent / "summary").read_text() == (report / "comment.md").read_text()
    assert '"ruleId": "EXT001"' in (report / "lint.sarif").read_text()


def test_inputs_are_never_code(folder: Path) -> None:
    """Whatever a workflow hands over is one word of the command line."""
    done = run(folder, talos='v1.13.0"; touch hacked; "', gpu="L40S\n$(touch hacked)", fail_on="never")
    assert not (folder / "hacked").exists()
    assert done.returncode == 2, done.stderr
    assert "touch hacked" in done.stderr


def test_what_is_allowed_to_fail_does_not(folder: Path) -> None:
    """With --fail-on never, and where the only path is fine."""
    (folder / "fine").mkdir()
    assert run(folder, fail_on="never").returncode == 0
    assert run(folder, path="fine\n").returncode == 0


HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())


@pytest.mark.parametrize(
    "name",
    [
        "a.yaml", "b.yml", "c.json", "d.yaml.j2", "e.yml.jinja", "f.yaml.jinja2", "g.yaml.tpl", "h.yaml.tmpl",
        "i.yaml.gotmpl", "j.yaml.tftpl", "k.tf", "l.tofu", "m.tfvars", "n.hcl", "o.tftpl", "Kustomization",
        "README.md", "x.j2", "yaml", "MyKustomization",
    ],
)  # fmt: skip
def test_the_hook_runs_where_lint_reads(name: str, tmp_path: Path) -> None:
    """A change of any file that it reads may be the mistake; a change of others is not."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / name).write_text("nvidia: 1\n")
    read = set(walk(tmp_path).data)
    assert bool(re.search(HOOKS[0]["files"], f"folder/{name}")) == (read == {f"folder/{name}"})


def test_pre_commit_runs_the_hooks(folder: Path) -> None:
    """In a repository of somebody's, with three lines; the environment is this one, so that nothing is fetched."""
    hooks = "\n".join(f"      - id: {hook['id']}\n        language: system" for hook in HOOKS[:1])
    config = f"repos:\n  - repo: {folder.parent / 'hooks'}\n    rev: main\n    hooks:\n{hooks}\n"
    (folder / ".pre-commit-config.yaml").write_text(config)
    source = folder.parent / "hooks"
    source.mkdir()
    (source / ".pre-commit-hooks.yaml").write_bytes((ROOT / ".pre-commit-hooks.yaml").read_bytes())
    environment = {**os.environ, "PRE_COMMIT_HOME": str(folder.parent / "cache"), "HOME": str(folder.parent)}
    environment |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GIT_CONFIG_NOSYSTEM": "1"}
    environment |= {
        f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }

    def call(*command: str, where: Path = folder) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=where, env=environment, capture_output=True, text=True, check=False)

    for where in (source, folder):
        call("git", "init", "--quiet", "--initial-branch", "main", where=where)
        call("git", "add", "--all", where=where)
        assert call("git", "commit", "--quiet", "--message", "x", where=where).returncode == 0
    done = call(sys.executable, "-m", "pre_commit", "run", "--all-files")
    assert done.returncode == 1
    assert "EXT001" in done.stdout, done.stdout + done.stderr
    (folder / "schematic.yaml").write_text("customization: {}\n")
    assert call(sys.executable, "-m", "pre_commit", "run", "--all-files").returncode == 0
