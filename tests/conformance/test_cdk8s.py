"""cdk8s-cli synthesises the same bytes as main.py, in a folder of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from judge.npm import NODE, installed
from judge.tool import Ran, run

VERSION = "2.207.60"
ORACLE = f"cdk8s-cli v{VERSION}"
NEEDED = ("cdk8s.yaml", "main.py", "constructs", "profiles")


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The repository as a person has it after `make setup` and `make synth`: a copy, for cdk8s-cli deletes folders."""
    root = tmp_path_factory.mktemp("clone")
    for name in NEEDED:
        source = repository / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    (root / ".venv").symlink_to(sys.prefix)
    done = run(root / ".venv/bin/python", "main.py", "synth", folder=root)
    assert done.status == 0, done.said
    return root


def synth(clone: Path, *options: str) -> Ran:
    """`cdk8s synth`, as cdk8s.yaml has it."""
    cdk8s = installed("cdk8s-cli", VERSION) / "bin" / "cdk8s"
    done = run(NODE, cdk8s, "--no-check-upgrade", "synth", *options, folder=clone)
    assert done.status == 0, done.said
    return done


def content(folder: Path) -> dict[str, bytes]:
    """Path to bytes, of every file."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def traces(folder: Path) -> dict[str, tuple[int, int]]:
    """What changes when somebody touches the folder or anything in it: the inode and the time of the last change."""
    return {str(path): (path.stat().st_ino, path.stat().st_ctime_ns) for path in [folder, *folder.rglob("*")]}


def test_the_bytes_are_those_of_main_py(clone: Path, verdict) -> None:
    """In build/cdk8s, with dist/ as it was."""
    before = traces(clone / "dist")
    synth(clone)
    made, expected = content(clone / "build/cdk8s"), content(clone / "dist")
    assert expected
    verdict(ORACLE, "same bytes as main.py synth" if made == expected else "differs", len(expected))
    verdict(ORACLE, "dist untouched" if traces(clone / "dist") == before else "dist touched")
    assert set(made) == set(expected)
    assert [path for path in made if made[path] != expected[path]] == []
    assert traces(clone / "dist") == before


def test_stdout_holds_the_rendered_yaml_and_nothing_else(clone: Path, verdict) -> None:
    """Every YAML file of dist/ once, in an order of cdk8s-cli's own; dist/ stays as it was."""
    before = traces(clone / "dist")
    out = synth(clone, "--stdout").out
    texts = [data.decode() for path, data in content(clone / "dist").items() if path.endswith(".yaml")]
    rest, lost = left_of(out, texts)
    verdict(ORACLE, "--stdout differs" if rest or lost else "--stdout prints what is rendered", len(texts))
    verdict(ORACLE, "dist untouched" if traces(clone / "dist") == before else "dist touched")
    assert not lost, f"not printed: {lost[0][:300]}"
    assert not rest, f"printed beside what is rendered: {rest[:300]}"
    assert traces(clone / "dist") == before


def left_of(printed: str, texts: list[str]) -> tuple[str, list[str]]:
    """What is printed beside `texts`, and which of them are not; longer ones first, for one may hold another."""
    lost = []
    for text in sorted(texts, key=len, reverse=True):
        before, found, after = printed.partition(text)
        printed = f"{before}\0{after}" if found else printed
        lost += [] if found else [text]
    return printed.replace("\0", ""), lost
