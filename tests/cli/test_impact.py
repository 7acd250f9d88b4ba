"""`talos-gpu impact` at the command line: what it prints, and when it fails a merge."""

from __future__ import annotations

from pathlib import Path

import pytest

from talos_gpu.cli.app import run
from talos_gpu.review.impact.rule import rules

PROFILE = """\
cluster: a
talos: v1.13.9
delivery: flux
pools:
  gpu:
    gpu: {model: L40S}
    nodes: {gpu-1: {address: 192.0.2.21}}
"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Renders profiles into two repositories, before/ and after/, and goes there."""

    def make(before: str, after: str) -> None:
        for name, text in (("before", before), ("after", after)):
            (tmp_path / name / "profiles").mkdir(parents=True)
            (tmp_path / name / "profiles/a.yaml").write_text(text)
            monkeypatch.chdir(tmp_path / name)
            assert run(["synth", "--quiet"]) == 0
        monkeypatch.chdir(tmp_path)

    return make


def told(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str]:
    capsys.readouterr()
    code = run(["impact", "./before", "./after", *options])
    return code, capsys.readouterr().out


def test_a_pool_gets_its_verdict_and_each_cause_its_source(folders, capsys):
    """The table first, then the causes."""
    folders(PROFILE, PROFILE + "    extensions: [iscsi-tools]\n")
    code, out = told(capsys)
    lines = out.splitlines()
    assert code == 0
    assert lines[0] == "a (changed, Talos v1.13.9)"
    assert lines[2].split() == ["pool", "gpu", "1", "node", "node-upgrade"]
    assert "(schematic-changed)" in out
    assert "now siderolabs/iscsi-tools" in out
    assert "back: talosctl --nodes 192.0.2.21 rollback, node by node" in out
    assert "source: siderolabs/docs:" in out
    assert lines[-1] == "1 cluster changed, at worst: node-upgrade"


def test_dangers_come_before_costs(folders, capsys):
    """A changed registry before an upgrade."""
    folders(
        PROFILE,
        PROFILE.replace("pools:", "images: {mirror: registry.example.org}\npools:") + "    extensions: [iscsi-tools]\n",
    )
    _, out = told(capsys)
    assert (
        out.index("  dangers")
        < out.index("(images-from-elsewhere)")
        < out.index("  costs")
        < out.index("(schematic-changed)")
    )


@pytest.mark.parametrize(("limit", "expected"), [("live", 1), ("node-upgrade", 1), ("drain", 0), ("unknown", 0)])
def test_fail_on_is_a_gate(folders, capsys, limit, expected):
    """An upgrade fails what allows less."""
    folders(PROFILE, PROFILE + "    extensions: [iscsi-tools]\n")
    assert told(capsys, "--fail-on", limit)[0] == expected


def test_unknown_fails_every_gate(folders, capsys):
    """What nobody knows may be the worst."""
    folders(PROFILE, PROFILE.replace("192.0.2.21", "192.0.2.22"))
    code, out = told(capsys, "--fail-on", "source-changed")
    assert code == 1
    assert "(node-address)" in out


def test_nothing_changed_is_said(folders, capsys):
    """And no gate fails."""
    folders(PROFILE, PROFILE)
    assert told(capsys, "--fail-on", "live") == (0, "no cluster changed\n")


def test_the_rules_can_be_read(capsys):
    """Each with its verdict and its source."""
    assert run(["impact", "--rules"]) == 0
    out = capsys.readouterr().out
    for rule in rules():
        assert f"{rule.id}: {rule.verdict}\n" in out
    assert "before v1.14" in out


def test_strangers_text_cannot_steer_the_terminal(folders, capsys, tmp_path):
    """A file that somebody edited by hand."""
    folders(PROFILE, PROFILE)
    place = tmp_path / "after/dist/a/flux/stack.yaml"
    place.write_text(place.read_text() + '  odd: "\\e[31mred"\n')
    _, out = told(capsys)
    assert "\x1b" not in out
    assert "spec.odd" in out


def test_a_profile_that_was_not_rendered_is_unknown(folders, tmp_path, capsys):
    """Nothing in dist/ changed, so nothing would fail a merge otherwise."""
    folders(PROFILE, PROFILE)
    (tmp_path / "after/profiles/a.yaml").write_text(PROFILE.replace("L40S", "H100 NVL"))
    code, out = told(capsys, "--fail-on", "unknown")
    assert code == 1
    assert out.startswith("unknown  profiles/a.yaml changed, and was not rendered")
    assert out.endswith("0 clusters changed, at worst: unknown\n")


def test_the_rollout_follows_the_causes(folders, capsys):
    """With the way back, and what is expected afterwards."""
    folders(PROFILE, PROFILE + "    extensions: [iscsi-tools]\n")
    _, out = told(capsys)
    causes, _, steps = out.partition("  rollout: 1 reboot in all")
    assert "schematic-changed" in causes
    assert "back: talosctl --nodes 192.0.2.21 rollback" in steps
    assert "      pool gpu: kernel " in steps
