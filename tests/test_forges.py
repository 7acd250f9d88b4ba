"""The examples for GitLab and Forgejo, and every command line that docs/ and README.md tell people to write."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import click
import pytest
import yaml

from talos_gpu.cli.app import COMMANDS, Commands
from talos_gpu.cli.reports import REVIEWS, wanted

ROOT = Path(__file__).resolve().parent.parent
GITLAB, FORGEJO = ROOT / "docs/gitlab/.gitlab-ci.yml", ROOT / "docs/forgejo/review.yml"
EXAMPLES = (GITLAB, FORGEJO)
PAGES = [ROOT / "README.md", *sorted(path for path in (ROOT / "docs").rglob("*") if path.suffix in {".md", ".yml"})]
FORMATS = {
    "lint": ("text", "json", "sarif", "junit", "github", "markdown", "csv"),
    "synth": ("markdown", "github"),
    "diff": REVIEWS,
    "impact": REVIEWS,
}


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text())


def scripts(path: Path) -> dict[str, str]:
    """Each step's shell text, by its name."""
    data = load(path)
    if path == GITLAB:
        return {
            name: "\n".join(data[name].get("before_script", []) + data[name]["script"])
            for name in ("review", "comment")
        }
    return {step["name"]: step["run"] for step in data["jobs"]["talos-gpu"]["steps"] if "run" in step}


def command_lines(text: str) -> Iterator[list[str]]:
    """The words of each `talos-gpu ...` that stands in a shell text, without what the shell keeps for itself."""
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        if line.strip().startswith("talos-gpu "):
            words = shlex.split(line.strip(), comments=True)
            ends = [number for number, word in enumerate(words) if word in {"||", "&&", "|", ">", ">>"}]
            yield words[1 : min(ends, default=len(words))]


def quoted(page: str) -> Iterator[list[str]]:
    """The words of each `talos-gpu ...` between backquotes, and of lines in blocks of code."""
    for block in re.findall(r"^```(?:sh|console|shell)\n(.*?)^```", page, re.MULTILINE | re.DOTALL):
        yield from command_lines(block)
    for code in re.findall(r"`talos-gpu ([^`\n]+)`", page):
        yield shlex.split(re.sub(r"\.\.\.", "", code.replace("[", " ").replace("]", " ")))


def resolved(words: list[str]) -> tuple[click.Command, list[str]]:
    """The command that the words name, through its groups, and the words that are left."""
    command: click.Command = Commands()
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        found = command.get_command(click.Context(command), rest[0])
        assert found is not None, f"no command: talos-gpu {shlex.join(words)}"
        command, rest = found, rest[1:]
    return command, rest


def assert_flags(words: list[str]) -> None:
    """Each flag exists, and takes the value that is written, where it is no placeholder."""
    command, rest = resolved(words)
    options = {
        name: one
        for one in command.params
        if isinstance(one, click.Option)
        for name in [*one.opts, *one.secondary_opts]
    }
    for number, word in enumerate(rest):
        if word == "--":
            return
        if not word.startswith("-"):
            continue
        name, _, value = word.partition("=")
        assert name in {*options, "--help", "-h", "--version"}, f"talos-gpu {shlex.join(words)}: no flag {name}"
        option = options.get(name)
        if option is None or option.is_flag:
            continue
        value = value or (rest[number + 1] if number + 1 < len(rest) else "")
        if isinstance(option.type, click.Choice) and not value.isupper():
            assert value in option.type.choices, f"talos-gpu {shlex.join(words)}: {name} takes no {value}"
        if name == "--report" and not value.startswith("FORMAT"):
            wanted(value, FORMATS[words[0]])


@pytest.mark.parametrize("path", EXAMPLES, ids=["gitlab", "forgejo"])
def test_each_command_line_of_an_example_is_understood(path: Path) -> None:
    """By click itself, with its values."""
    lines = [words for text in scripts(path).values() for words in command_lines(text)]
    assert [words[0] for words in lines] == ["synth", "lint", "impact", "comment"]
    for words in lines:
        assert_flags(words)
        command, rest = resolved(words)
        command.make_context(words[0], rest)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_command_line_of_a_page_has_flags_that_exist(page: Path) -> None:
    """Whatever somebody copies can be run."""
    text = page.read_text()
    for words in [*quoted(text), *command_lines(text)]:
        if words and words[0] in COMMANDS:
            assert_flags(words)
        else:
            assert words[:1] in ([], ["--version"], ["--help"]), words


def test_a_flag_that_does_not_exist_is_seen() -> None:
    """The reading above does read."""
    for line in (
        "talos-gpu lint --formt x",
        "talos-gpu lint --format yaml",
        "talos-gpu impact --report pdf=x",
        "talos-gpu lnt",
    ):
        (words,) = command_lines(line)
        with pytest.raises((AssertionError, click.BadParameter)):
            assert_flags(words)


@pytest.mark.parametrize("path", EXAMPLES, ids=["gitlab", "forgejo"])
def test_images_and_actions_are_pinned_and_nothing_is_secret(path: Path) -> None:
    """An exact release of an image, a commit of an action; tokens are names of variables."""
    text = path.read_text()
    images = re.findall(r"image: (\S+)", text)
    assert images
    assert all(re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+-[a-z-]+", image) for image in images)
    assert all(re.fullmatch(r"https://\S+@[0-9a-f]{40}", used) for used in re.findall(r"uses: (\S+)", text))
    assert not re.search(r"glpat-|gh[ps]_|password|BEGIN [A-Z ]*KEY", text)
    assert not any("${{" in script for script in scripts(path).values())
    for name, script in scripts(path).items():
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
        assert ("TALOS_GPU_TOKEN" in script) == (name.lower() == "comment")


def test_the_token_is_where_nothing_of_the_change_is_run() -> None:
    """GitLab: in a job without code, in an environment of its own. Forgejo: in the step that posts."""
    jobs = load(GITLAB)
    assert jobs["comment"]["variables"] == {"GIT_STRATEGY": "none"}
    assert jobs["comment"]["environment"]["name"] == "talos-gpu-comment"
    assert "environment" not in jobs["review"]
    steps = load(FORGEJO)["jobs"]["talos-gpu"]["steps"]
    assert [step.get("name") for step in steps if "secrets." in json.dumps(step)] == ["Comment"]
    assert set(load(FORGEJO)[True]) == {"pull_request"}


@dataclass
class Forge:
    """What a forge knows, and what was asked of it."""

    head: str = "2" * 40
    comments: list[dict[str, Any]] = field(default_factory=list)
    written: list[tuple[str, str, str]] = field(default_factory=list)


@pytest.fixture
def forge() -> Iterator[tuple[Forge, str]]:
    """A server on loopback that answers as both forges do."""
    knows = Forge()

    class Answers(BaseHTTPRequestHandler):
        heads: ClassVar[set[str]] = set()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

        def answer(self) -> None:
            token = self.headers.get("PRIVATE-TOKEN") or self.headers.get("Authorization", "").removeprefix("token ")
            assert token == "the-token"
            data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path, _, query = self.path.partition("?")
            if self.command != "GET":
                knows.written.append((self.command, path, json.loads(data)["body"]))
            told: Any = {}
            if path.endswith("/user"):
                told = {"id": 7}
            elif re.search(r"/(notes|comments)$", path):
                told = [] if query and not query.endswith("page=1") else knows.comments
            elif re.search(r"/(merge_requests|pulls)/\d+$", path):
                told = {"sha": knows.head, "head": {"sha": knows.head}}
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(told).encode())

        do_GET = do_POST = do_PUT = do_PATCH = answer  # noqa: N815 (the names that http.server looks for)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield knows, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def post(path: Path, folder: Path, address: str, **other: str) -> subprocess.CompletedProcess[str]:
    """The step that comments, with what its forge tells it."""
    (script,) = [text for name, text in scripts(path).items() if name.lower() == "comment"]
    told = {
        "TALOS_GPU_TOKEN": "the-token",
        "CI_API_V4_URL": address,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "17",
        "CI_COMMIT_SHA": "2" * 40,
        "API": address,
        "REPOSITORY": "example/clusters",
        "NUMBER": "17",
        "HEAD": "2" * 40,
        "REPORT": str(folder / "report/comment.md"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "no_proxy": "*",
    }
    return subprocess.run(
        ["bash", "-euc", script], cwd=folder, env=told | other, capture_output=True, text=True, check=False
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The artifact of the job before."""
    (tmp_path / "report").mkdir()
    (tmp_path / "report/comment.md").write_text("## talos-gpu\n\n/close\n")
    return tmp_path


MINE, OTHER = {"author": {"id": 7}, "user": {"id": 7}}, {"author": {"id": 8}, "user": {"id": 8}}
MARKER = "<!-- talos-gpu review -->"
PLACES: Mapping[Path, tuple[str, tuple[str, str]]] = {
    GITLAB: ("/projects/5/merge_requests/17/notes", ("PUT", "/projects/5/merge_requests/17/notes/3")),
    FORGEJO: ("/repos/example/clusters/issues/17/comments", ("PATCH", "/repos/example/clusters/issues/comments/3")),
}


@pytest.mark.parametrize("path", EXAMPLES, ids=["gitlab", "forgejo"])
def test_one_comment_is_kept_up_to_date(path: Path, folder: Path, forge: tuple[Forge, str]) -> None:
    """Found by marker and author: another's is left alone, the own one is updated."""
    knows, address = forge
    knows.comments = [
        {"id": 1, "body": f"{MARKER}\nnot ours", **OTHER},
        {"id": 2, "body": "ours, of another kind", **MINE},
    ]
    first, update = PLACES[path]
    done = post(path, folder, address)
    assert done.returncode == 0, done.stderr
    ((method, place, body),) = knows.written
    assert (method, place) == ("POST", first)
    assert body.startswith(f"{MARKER}\n## talos-gpu\n")
    knows.comments.append({"id": 3, "body": body, **MINE})
    assert post(path, folder, address).returncode == 0
    assert knows.written[1][:2] == update


def test_a_line_of_the_report_is_no_quick_action(folder: Path, forge: tuple[Forge, str]) -> None:
    """GitLab runs lines that begin with a slash as whoever posts them."""
    knows, address = forge
    assert post(GITLAB, folder, address).returncode == 0
    assert not re.search(r"^\s*/", knows.written[0][2], re.MULTILINE)
    assert "/close" in knows.written[0][2]


@pytest.mark.parametrize("path", EXAMPLES, ids=["gitlab", "forgejo"])
@pytest.mark.parametrize("case", ["moved", "no token", "link"])
def test_nothing_is_posted_where_it_should_not_be(
    path: Path, case: str, folder: Path, forge: tuple[Forge, str]
) -> None:
    """A head that has moved on, a fork without the token, a link in the artifact."""
    knows, address = forge
    if case == "moved":
        knows.head = "5" * 40
    if case == "link":
        (folder / "report/comment.md").rename(folder / "secret")
        (folder / "report/comment.md").symlink_to(folder / "secret")
    done = post(path, folder, address, **({"TALOS_GPU_TOKEN": ""} if case == "no token" else {}))
    assert done.returncode == (1 if case == "link" else 0), done.stderr
    assert "Traceback" not in done.stderr
    assert knows.written == []
