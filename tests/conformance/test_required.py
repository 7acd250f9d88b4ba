"""A judge that says nothing fails the run: a small suite of its own, with this suite's conftest, shows it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from judge.required import REQUIRED, missing
from judge.tool import Ran, run

ORACLE = "mutations"
ONE = "def test_one(verdict):\n    verdict('kustomize v5', 'folder built')\n"


@pytest.fixture
def suite(repository: Path, tmp_path: Path) -> Path:
    """One test, which gives one of the required verdicts."""
    folder = tmp_path / "a" / "b" / "suite"
    folder.mkdir(parents=True)
    shutil.copy(repository / "tests/conformance/conftest.py", folder)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    (folder / "test_one.py").write_text(ONE)
    return folder


def ran(suite: Path, *arguments: str | Path) -> Ran:
    """pytest with the suite's settings, as make runs it."""
    environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", suite / "pytest.ini", *arguments)
    return run(*command, folder=suite, environment=environment)


@pytest.mark.parametrize("options", [(), ("--numprocesses", "2")])
def test_a_judge_that_is_silent_fails_the_run(suite: Path, verdict, options: tuple[str, ...]) -> None:
    """The exit status, the table and the runner's last line say so, however the tests are spread."""
    done = ran(suite, suite, *options)
    lines = [line.split() for line in done.out.splitlines()]
    silent = [line for line in lines if line[-4:] == ["required,", "and", "never", "counted"]]
    with verdict.of(ORACLE, "silent judge: red", "silent judge: NOT SEEN"):
        assert done.status == 1, done.said
        assert len(silent) == len(REQUIRED) - 1
        assert f"1 passed, {len(silent)} errors" in done.out
        assert "no verdict 'node config exactly as planned'" in done.out


def test_a_part_of_the_suite_needs_no_more_than_its_own(suite: Path) -> None:
    """Nobody could ask one judge otherwise."""
    for part in ((suite, "-k", "one"), (suite / "test_one.py",)):
        done = ran(suite, *part)
        assert done.status == 0, done.said


def test_a_verdict_counted_zero_times_is_missing() -> None:
    """As one that was never given; any version of an oracle will do, and another word will not."""
    counts = {(oracle.replace("*", "1"), word): 1 for oracle, word in REQUIRED}
    assert missing(counts, full=False) == []
    assert missing({**counts, ("shellcheck", "clean"): 0}, full=False) == [("shellcheck", "clean")]
    assert missing({**counts, ("shellcheck", "clean"): 0, ("shellcheck", "finding"): 1}, full=False)
    assert missing(counts, full=True)
