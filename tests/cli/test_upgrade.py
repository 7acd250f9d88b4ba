"""`talos-gpu upgrade` at the command line: what it prints, and what its exit code says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from talos_gpu.cli.app import run

PROFILE = """\
cluster: a
talos: v1.13.9
kubernetes: v1.34.1
pools:
  gpu:
    gpu: {model: L40S}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}}
"""


@pytest.fixture
def upgrade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Runs the command on a profile's text: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)

    def call(text: str, *options: str) -> tuple[int, str, str]:
        Path("profiles").mkdir(exist_ok=True)
        Path("profiles/a.yaml").write_text(text)
        capsys.readouterr()
        code = run(["upgrade", "profiles/a.yaml", *options])
        assert [path.as_posix() for path in Path().rglob("*") if path.is_file()] == ["profiles/a.yaml"]
        return code, *capsys.readouterr()

    return call


def test_a_safe_upgrade_exits_with_0_and_writes_nothing(upgrade) -> None:
    """The first line says so."""
    code, out, err = upgrade(PROFILE, "--to", "v1.13.12")
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == "a: Talos v1.13.9 -> v1.13.12: safe"


def test_steps_are_no_failure(upgrade) -> None:
    """They are there to be taken."""
    code, out, _ = upgrade(PROFILE.replace("v1.13.9", "v1.12.11"), "--to", "1.13.12")
    assert code == 0
    assert out.splitlines()[0] == "a: Talos v1.12.11 -> v1.13.12: safe with steps"


@pytest.mark.parametrize(
    ("text", "to", "verdict"),
    [
        (PROFILE.replace("v1.13.9", "v1.12.11").replace("pools:", "stack: {chart: {version: 0.15.0}}\npools:"), "v1.13.12", "blocked"),
        (PROFILE, "v1.99.0", "unknown"),
    ],
    ids=["blocked", "unknown"],
)  # fmt: skip
def test_what_is_not_safe_exits_with_1(upgrade, text: str, to: str, verdict: str) -> None:
    """Fail closed: a gate may rest on the exit code alone."""
    code, out, _ = upgrade(text, "--to", to)
    assert (code, out.splitlines()[0].rpartition(": ")[2]) == (1, verdict)


@pytest.mark.parametrize(
    ("text", "to", "said"),
    [
        (PROFILE, "v1.13", "expected a Talos release such as v1.14.6, or latest"),
        (PROFILE, "v1.13.9", "the release that the profile names already"),
        (PROFILE, "v1.12.11", "`talosctl rollback` goes back to the image that ran before v1.13.9"),
        (PROFILE.replace("pools", "pool"), "v1.14.6", "profiles/a.yaml:4:1"),
    ],
    ids=["no release", "same release", "downgrade", "broken profile"],
)
def test_what_is_not_understood_exits_with_2_and_says_what_to_write(upgrade, text: str, to: str, said: str) -> None:
    """On stderr; nothing on stdout looks like an answer."""
    code, out, err = upgrade(text, "--to", to)
    assert (code, out) == (2, "")
    assert said in err


def test_a_target_is_asked_for(upgrade) -> None:
    """There is no default that anybody could mean."""
    code, _, err = upgrade(PROFILE)
    assert code == 2
    assert "Missing option '--to'" in err


def test_programs_get_one_document(upgrade) -> None:
    """With the exit code of the text."""
    code, out, _ = upgrade(PROFILE, "--to", "latest", "--format", "json")
    found = json.loads(out)
    assert code == 0
    assert (found["talos"], found["verdict"]) == ({"before": "v1.13.9", "after": "v1.14.6"}, "safe")
