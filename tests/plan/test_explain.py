"""`explain`: every decision with its reason, as text, JSON and Markdown."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from talos_gpu.cli.app import run

PROFILE = "profiles/velaryon-talhelper-flux.yaml"


class TextExtension(SingleFileSnapshotExtension):
    """Snapshots are files that a person can read."""

    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(TextExtension)


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(repository / "profiles", tmp_path / "profiles")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_a_plan_is_told_in_full(form: str, capsys: pytest.CaptureFixture[str], snapshot: SnapshotAssertion) -> None:
    """The driver, its reason and its source stand in every form."""
    assert run(["explain", PROFILE, "--format", form]) == 0
    told = capsys.readouterr().out
    assert "535.247.01" in told.replace("\\.", ".")
    assert "what v1.11.1 carries on track lts" in told.replace("\\.", ".")
    assert told == snapshot


def test_a_path_narrows_it_down(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", PROFILE, "pools.velaryon.gpu", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["notices"] == []
    assert {row["path"].rsplit(".", 1)[0] for row in told["decisions"]} == {"pools.velaryon.gpu"}


def test_a_path_that_is_no_decision_names_its_neighbours(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", PROFILE, "pools.velaryon.gpu.drivers"]) == 2
    assert "pools.velaryon.gpu.driver" in capsys.readouterr().err


def test_what_is_unknown_says_so_and_how_to_declare_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", "profiles/current-topf-gpu-operator.yaml", "toolkit"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("toolkit: unknown\n    why: ")
    assert "containerToolkit: ..." in told


def test_every_decision_of_every_profile_gives_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    for path in sorted(Path("profiles").glob("*.yaml")):
        assert run(["explain", str(path), "--format", "json"]) == 0
        for row in json.loads(capsys.readouterr().out)["decisions"]:
            assert row["reason"] if row["known"] else row["why"], row
