"""The smaller commands, and the command line as a whole."""

from __future__ import annotations

import io
import json
from importlib import import_module, metadata
from pathlib import Path

import click
import pytest
import yaml

from talos_gpu.cli.app import COMMANDS, run

LTS = "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7"
SCHEMATIC = """customization:
  systemExtensions:
    officialExtensions:
      - siderolabs/nonfree-kmod-nvidia-lts
      - siderolabs/nvidia-container-toolkit-lts
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gpu.yaml").write_text(SCHEMATIC)
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` of each is good enough to work from, and the list tells the same in one line."""
    command = import_module(f"talos_gpu.cli.{COMMANDS[name][0]}").command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert run([name, "--help"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 4
    assert run(["--help"]) == 0
    assert COMMANDS[name][1].split()[0] in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [["nonsense"], ["synth", "--nonsense"], ["explain"]], ids=" ".join)
def test_wrong_usage_is_not_understood(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, with the way to the help."""
    assert run(arguments) == 2
    assert "--help" in capsys.readouterr().err


def test_a_command_that_is_none_is_told_with_those_near_it(capsys: pytest.CaptureFixture[str]) -> None:
    """And with all of them where none is near."""
    assert run(["lnit"]) == 2
    assert "there is no command lnit; near it: lint, init" in capsys.readouterr().err
    assert run(["xyzzy"]) == 2
    assert f"there is no command xyzzy; write one of {', '.join(COMMANDS)}" in capsys.readouterr().err


def test_schematic_id_prints_as_sha256sum_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Id, two blanks, file."""
    assert run(["schematic", "id", "gpu.yaml"]) == 0
    assert capsys.readouterr().out == f"{LTS}  gpu.yaml\n"


def test_schematic_id_reads_standard_input(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dash stands for it."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SCHEMATIC.encode())))
    assert run(["schematic", "id", "-"]) == 0
    assert capsys.readouterr().out == f"{LTS}  -\n"


def test_schematic_id_refuses_what_the_factory_refuses(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At its line and column."""
    (folder / "bad.yaml").write_text("customization:\n  extensions: []\n")
    assert run(["schematic", "id", "gpu.yaml", "bad.yaml"]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("bad.yaml:2:3: ")
    assert captured.out == ""


def test_schematic_url_prints_every_address(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the form that the Talos release serves."""
    assert run(["schematic", "url", "gpu.yaml", "--talos", "v1.11.1"]) == 0
    told = capsys.readouterr().out
    assert f"installer:  factory.talos.dev/metal-installer/{LTS}:v1.11.1" in told
    assert f"https://factory.talos.dev/image/{LTS}/v1.11.1/metal-amd64.iso" in told
    assert f"https://pxe.factory.talos.dev/pxe/{LTS}/v1.11.1/metal-amd64" in told
    assert run(["schematic", "url", "gpu.yaml", "--talos", "v1.99.0"]) == 2


def test_a_missing_file_is_something_outside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 4."""
    assert run(["schematic", "id", "absent.yaml"]) == 4
    assert "reading absent.yaml: no such file or directory" in capsys.readouterr().err


def test_catalog_list_prints_a_table_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    """All 223 GPUs of the catalogue."""
    assert run(["catalog", "list", "gpus"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + 223
    assert run(["catalog", "list", "gpus", "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 223


def test_catalog_show_prints_what_is_known_of_one_thing(capsys: pytest.CaptureFixture[str]) -> None:
    """With sources, as YAML or JSON; what is not known exits 2 with the lines that would declare it."""
    assert run(["catalog", "show", "gpus", "rtx 5070 ti"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["arch"] == "blackwell"
    assert run(["catalog", "show", "releases", "v1.14.6", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["tag"] == "v1.14.6"
    assert run(["catalog", "show", "releases", "v1.14.99"]) == 2
    assert "v1.14.99: {sameAs: v1.14.6}" in capsys.readouterr().err


def test_catalog_add_writes_a_file_that_verify_takes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Out of the Image Factory's own list."""
    listing = [
        {"name": f"siderolabs/{name}", "ref": f"ghcr.io/siderolabs/{name}:{tag}", "digest": "sha256:" + "0" * 64}
        for name, tag in (
            ("nvidia-open-gpu-kernel-modules-lts", "580.200.01-v1.14.7"),
            ("nvidia-container-toolkit-lts", "580.200.01-v1.19.2"),
        )
    ]
    Path("list.json").write_text(json.dumps(listing))
    assert run(["catalog", "add", "v1.14.7", "--from", "list.json", "--checked", "2026-12-01"]) == 0
    assert capsys.readouterr().out == "catalogue/v1.14.7.yaml\n"
    assert run(["catalog", "verify", "catalogue/v1.14.7.yaml"]) == 0
    assert run(["catalog", "add", "v1.14.7", "--from", "list.json"]) == 2
    capsys.readouterr()
    assert run(["catalog", "list", "releases", "--format", "json"]) == 0
    added = [row for row in json.loads(capsys.readouterr().out) if row["release"] == "v1.14.7"]
    assert added[0]["drivers"] == "lts 580.200.01"


def test_catalog_add_says_why_a_list_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In words, and nothing of Python's."""
    assert run(["catalog", "add", "v1.14.7", "--from", "none.json"]) == 4
    assert capsys.readouterr().err == "reading none.json: no such file or directory\n"
    Path("list.json").write_bytes(b"\xff")
    assert run(["catalog", "add", "v1.14.7", "--from", "list.json"]) == 4
    assert "reading list.json: found a file that is no text" in capsys.readouterr().err


def test_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Draft 2020-12, with the keys of a profile."""
    assert run(["schema"]) == 0
    assert "pools" in json.loads(capsys.readouterr().out)["properties"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_name_the_program(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each asks talos-gpu itself."""
    assert run(["completion", shell]) == 0
    assert "_TALOS_GPU_COMPLETE" in capsys.readouterr().out


def test_what_is_printed_cannot_steer_a_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of a profile are shown escaped."""
    (folder / "profiles").mkdir()
    (folder / "profiles/a.yaml").write_text('cluster: "\\e[31mred"\ntalos: v1.14.6\npools: {}\n')
    assert run(["synth"]) == 2
    assert "\x1b" not in capsys.readouterr().err


def test_the_version_is_told_installed_or_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A clone may be used without being installed."""
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("talos-gpu")

    def absent(_: str) -> str:
        raise metadata.PackageNotFoundError

    monkeypatch.setattr(metadata, "version", absent)
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == "talos-gpu, from a clone that is not installed\n"


def test_no_color_is_honoured(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even where colour could be shown."""
    (folder / "profiles").mkdir()
    (folder / "profiles/a.yaml").write_text("cluster: a\ntalos: v1.14.6\npools: {gpu: {gpu: {model: L40S}}}\n")
    monkeypatch.setattr(
        "click.utils.should_strip_ansi", lambda stream=None, color=None: not color and color is not None
    )
    assert run(["explain", "profiles/a.yaml", "talos"]) == 0
    assert "\x1b[1m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert run(["explain", "profiles/a.yaml", "talos"]) == 0
    assert "\x1b" not in capsys.readouterr().out
