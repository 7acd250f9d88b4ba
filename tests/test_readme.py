"""README's first screen tells the truth: its profile renders, to the files that it lists, and is judged as it says."""

from __future__ import annotations

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from talos_gpu.cli.app import COMMANDS, run


@pytest.fixture(scope="module")
def readme(repository: Path) -> str:
    return (repository / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, readme: str) -> Path:
    """A repository that holds README's profile."""
    monkeypatch.chdir(tmp_path)
    profile = re.search(r"```yaml\n(# yaml-language-server.*?)```", readme, re.DOTALL)
    assert profile
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/homelab.yaml").write_text(profile[1])
    return tmp_path


def test_the_profile_gives_every_file_that_is_listed(folder: Path, readme: str) -> None:
    """A star or a folder stands for at least one file."""
    assert run(["synth", "--quiet"]) == 0
    listed = re.search(r"```text\n(README\.md .*?)```", readme, re.DOTALL)
    assert listed
    for line in listed[1].splitlines():
        name = line.split()[0]
        found = list((folder / "dist/homelab").glob(f"{name}**/*" if name.endswith("/") else name))
        assert found, name


def test_the_quoted_refusal_is_what_is_said(folder: Path, readme: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Line and column too."""
    quoted = re.search(r"^profiles/homelab\.yaml:\d.*$", readme, re.MULTILINE)
    assert quoted
    path = folder / "profiles/homelab.yaml"
    path.write_text(path.read_text() + "    driver: {flavour: proprietary}\n")
    assert run(["synth"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == quoted[0]


def test_every_command_has_its_row(readme: str) -> None:
    """The table names each command once or more, and none that does not exist."""
    named = set(re.findall(r"^\| `talos-gpu ([a-z]+)", readme, re.MULTILINE))
    assert named | {"completion"} == set(COMMANDS)


def test_the_comment_that_is_shown_is_what_diff_writes(
    folder: Path, readme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Line by line; between them there is more."""
    path = folder / "profiles/homelab.yaml"
    pool = "    gpu: {model: RTX 5090}\n"
    nodes = "    nodes: {gpu-1: {address: 192.0.2.21}, gpu-2: {address: 192.0.2.22}}\n"
    path.write_text(path.read_text().replace(pool, pool + nodes))
    assert run(["synth", "--quiet"]) == 0
    shutil.copytree(folder, folder / "before")
    changed = path.read_text().replace(pool, pool + "    driver: {track: production}\n")
    path.write_text(changed.replace("pools:", "stack: {kind: gpu-operator, namespace: gpu}\npools:"))
    assert run(["synth", "--quiet"]) == 0
    capsys.readouterr()
    assert run(["diff", "./before", ".", "--format", "markdown"]) == 0
    told = capsys.readouterr().out.splitlines()
    quoted = [line.removeprefix("> ") for line in readme.splitlines() if line.startswith("> ")]
    assert len(quoted) > 10
    assert [line for line in quoted if line not in told] == []


def test_the_finding_that_is_shown_is_what_lint_prints(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """To the letter."""
    monkeypatch.chdir(repository / "tests/rules/systems/3-h100-nvl")
    run(["lint", "talos/patches/nvidia-no-cgroups.yaml", "--talos", "v1.11.5"])
    assert f"```text\n{capsys.readouterr().out}```" in (repository / "README.md").read_text()


def test_the_table_of_rooms_is_the_house(repository: Path, readme: str) -> None:
    """Every layer that import-linter holds, in its order; a room without a row would be one that nobody explains."""
    layers = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0][
        "layers"
    ]
    assert _first_cells(readme, "| room | what it is |") == layers


def test_the_table_of_the_review_s_parts_names_every_part(repository: Path, readme: str) -> None:
    """Modules and folders alike, each once."""
    folder = repository / "constructs/talos_gpu/review"
    parts = {path.stem for path in folder.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(_first_cells(readme, "| part | what it is |")) == sorted(parts - {"__init__"})


def _first_cells(readme: str, head: str) -> list[str]:
    """The names in backticks of the first column of the table that begins with `head`."""
    rows = readme.split(f"{head}\n| --- | --- |\n")[1].split("\n\n")[0].splitlines()
    return [name for row in rows for name in re.findall(r"`([a-z_]+)/?`", row.split("|")[1])]
