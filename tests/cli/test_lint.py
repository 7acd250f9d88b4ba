"""`talos-gpu lint` and `talos-gpu rule`: exit codes, reports, baselines, fixes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from talos_gpu.cli.app import run
from talos_gpu.report.formats import FORMATS
from talos_gpu.rules import DESCRIBED

BAD = """\
# The image of the GPU nodes.
customization:
  systemExtensions:
    officialExtensions:
      - siderolabs/nonfree-kmod-nvidia-lts
      - siderolabs/nvidia-container-toolkit-lts:535.247.01-v1.17.6 # a tag
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody's repository, which is the working directory."""
    here = tmp_path / "repository"
    here.mkdir()
    (here / "schematic.yaml").write_text(BAD)
    monkeypatch.chdir(here)
    return here


def test_a_finding_says_where_what_and_what_instead(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And fails the run."""
    assert run(["lint", "--talos", "v1.10.3"]) == 1
    out = capsys.readouterr().out
    assert "6:9      error EXT001" in out
    assert "        6 |       - siderolabs/nvidia-container-toolkit-lts:535.247.01-v1.17.6 # a tag\n" in out
    assert "Write the name alone" in out
    assert out.endswith("in 1 file\n")


def test_nothing_found_is_said_and_is_fine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder too."""
    (folder / "schematic.yaml").unlink()
    assert run(["lint"]) == 0
    assert capsys.readouterr().out == "nothing found in 0 files: there is none that lint reads\n"


@pytest.mark.parametrize(("fail_on", "status"), [("error", 1), ("warning", 1), ("info", 1), ("never", 0)])
def test_fail_on_names_the_mildest_that_fails(folder: Path, fail_on: str, status: int) -> None:
    """Never means never."""
    assert run(["lint", "--fail-on", fail_on]) == status


def test_a_path_that_is_missing_is_said(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 4, and nothing is reported as fine."""
    for path in ("nowhere", "/nowhere/talconfig.yaml", "../nowhere"):
        assert run(["lint", "schematic.yaml", path]) == 4
        assert capsys.readouterr().err == f"reading {path}: no such file or directory\n"
    assert run(["lint", ""]) == 2
    assert "an empty PATH names nothing" in capsys.readouterr().err


def test_a_folder_elsewhere_is_read_as_a_root_of_its_own(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are named below it."""
    other = tmp_path / "elsewhere"
    other.mkdir()
    monkeypatch.chdir(other)
    assert run(["lint", str(folder)]) == 1
    assert capsys.readouterr().out.startswith("schematic.yaml\n")


def test_a_link_that_leads_out_is_not_followed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What lies outside the root is neither read nor quoted."""
    secret = tmp_path / "secret.yaml"
    secret.write_text(BAD.replace("nvidia-container-toolkit-lts:", "secret:"))
    (folder / "schematic.yaml").unlink()
    (folder / "link.yaml").symlink_to(secret)
    run(["lint"])
    assert "secret:" not in capsys.readouterr().out


@pytest.mark.parametrize("name", ["link.yaml", "./link.yaml", "folder", "folder/secret.yaml"])
def test_nor_is_one_that_is_named(name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In CI the command line is the maintainer's, and the link a stranger's."""
    (tmp_path / "outside").mkdir()
    secret = tmp_path / "outside" / "secret.yaml"
    secret.write_text(BAD.replace("nvidia-container-toolkit-lts:", "secret:"))
    (folder / "link.yaml").symlink_to(secret)
    (folder / "folder").symlink_to(secret.parent)
    assert run(["lint", "schematic.yaml", name]) == 4
    told = capsys.readouterr()
    assert told.err.startswith(f"reading {name}: it is a link that leads out of the folder that is looked at. Name ")
    assert "secret:" not in told.out


@pytest.mark.parametrize(
    ("text", "status"), [("kind: Component\n", 1), ("talos: [\n", 1), ("checked: x\ntalos: [\n", 2)]
)
def test_a_folder_called_catalogue_may_be_somebody_else_s(
    text: str, status: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Facts of the user's lie in one; what is wrong with those is said before anything rests on them."""
    (folder / "catalogue").mkdir()
    (folder / "catalogue" / "a.yaml").write_text(text)
    assert run(["lint"]) == status
    told = capsys.readouterr()
    assert ("EXT001" in told.out, "catalogue/a.yaml:" in told.err) == (status == 1, status == 2)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_printed_and_written(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file holds what the terminal shows."""
    target = tmp_path / "report"
    assert run(["lint", "--format", name, "--report", f"{name}={target}"]) == 1
    assert target.read_text() == capsys.readouterr().out
    assert "EXT001" in target.read_text()


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (["--talos", "banana"], "found 'banana'; expected a Talos release such as v1."),
        (["--talos", "v1.12.x"], "found 'v1.12.x'; expected a Talos release"),
        (["--talos", "v2.1"], "the catalogue knows no Talos minor 'v2.1'"),
        (["--to", "latest"], "Invalid value for --to: found 'latest'"),
        (["--kubernetes", "stable"], "found 'stable'; expected a Kubernetes version, v1.x.y or v1.x"),
        (["--gpu", "RTX 509O"], "the catalogue knows no GPU 'RTX 509O'; the nearest known: "),
        (["--gpu", "10de:ffff"], "the catalogue knows no GPU with PCI id"),
    ],
)
def test_an_option_that_says_nothing_is_wrong_usage(
    option: list[str], told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip would otherwise only be seen by rules that keep silent."""
    assert run(["lint", *option]) == 2
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Leave the option out where you do not know" in shown.err
    assert shown.out == ""


@pytest.mark.parametrize("talos", ["1.10.3", "v1.10.3", "1.10", " v1.10.3"])
def test_a_release_may_be_written_without_its_v(talos: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And a minor alone, for what asks for no more."""
    assert run(["lint", "--talos", talos]) == 1
    assert "which the catalogue does not know" not in capsys.readouterr().out


def test_a_patch_release_that_is_newer_than_the_catalogue_is_told_with_what_helps(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Giving it again would not."""
    assert run(["lint", "--talos", "v1.10.99"]) == 1
    out = capsys.readouterr().out
    assert "cannot tell without the Talos release v1.10.99, which the catalogue does not know" in out
    assert "the nearest: v1.10." in out
    assert "declare it in a file in catalogue/" in " ".join(out.split())
    assert "Give --talos" not in out


@pytest.mark.parametrize("name", ["json", "text"])
def test_every_finding_says_what_to_do(name: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those on files that were not read, too."""
    (folder / "a.json").write_text('{"nvidia": 1}\n{"gpu": 2}\n')
    (folder / "b.yaml.j2").write_text("machine: {nvidia: [{{ x }}\n%\n")
    (folder / "c.yaml").write_text("machine: {}\nmachine: {kernel: {modules: [{name: nvidia}]}}\n")
    run(["lint", "--format", name])
    out = capsys.readouterr().out
    if name == "json":
        told = json.loads(out)["findings"]
        assert {"LNT001", "LNT002", "LNT004", "EXT001"} <= {finding["rule"] for finding in told}
        assert all(finding["remedy"] for finding in told)
    else:
        assert "Nothing needs to change; what could not be read was not judged." in out


@pytest.mark.parametrize("text", ["sarif", "nonsense=x", "=x", "json="])
def test_a_wrong_report_is_wrong_usage(text: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is read."""
    assert run(["lint", "--report", text]) == 2
    assert "FORMAT=FILE" in capsys.readouterr().err


def test_a_baseline_hides_what_it_knows_and_nothing_else(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Lines may move; what is new is told."""
    assert run(["lint", "--fail-on", "never", "--write-baseline", "known.json"]) == 0
    above = "      - siderolabs/btrfs\n      - siderolabs/nonfree"
    (folder / "schematic.yaml").write_text("# moved\n" + BAD.replace("      - siderolabs/nonfree", above))
    capsys.readouterr()
    assert run(["lint", "--baseline", "known.json", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["findings"] == []
    assert told["summary"]["baseline"] >= 1
    (folder / "schematic.yaml").write_text(BAD + "      - siderolabs/iscsi-tools:v1\n")
    assert run(["lint", "--baseline", "known.json"]) == 1
    assert "7:9" in capsys.readouterr().out


def test_a_broken_baseline_is_not_understood(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rather than taken as empty."""
    (folder / "known.json").write_text("{")
    assert run(["lint", "--baseline", "known.json"]) == 2
    assert "known.json" in capsys.readouterr().err


def test_diff_shows_what_fix_does(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The comment behind the value stays."""
    assert run(["lint", "--diff"]) == 0
    shown = capsys.readouterr().out
    assert (folder / "schematic.yaml").read_text() == BAD
    assert "-      - siderolabs/nvidia-container-toolkit-lts:535.247.01-v1.17.6 # a tag\n" in shown
    assert "+      - siderolabs/nvidia-container-toolkit-lts # a tag\n" in shown
    assert run(["lint", "--fix", "--talos", "v1.10.3"]) == 0
    fixed = BAD.replace(":535.247.01-v1.17.6", "")
    assert (folder / "schematic.yaml").read_text() == fixed
    assert "fixed schematic.yaml:6:9: EXT001" in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--report", "sarif=x"], ["--write-baseline", "x"]])
def test_a_diff_beside_a_report_is_wrong_usage(
    option: list[str], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rather than a file that a pipeline waits for in vain."""
    assert run(["lint", "--diff", *option]) == 2
    assert "--diff shows changes and makes no report" in capsys.readouterr().err
    assert not (folder / "x").exists()


def test_a_diff_of_a_stranger_s_file_commands_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither by its lines, which a blank precedes, nor by the file's name."""
    text = BAD.replace("      - siderolabs/nonfree", "      ##[error]c\n      # ##vso[x]d\n      - siderolabs/nonfree")
    (folder / "schematic.yaml").unlink()
    (folder / "a\n::warning::b.yaml").write_text(text + "    ::x: 1\n")
    assert run(["lint", "--diff"]) == 0
    told = capsys.readouterr()
    assert "+      - siderolabs/nvidia-container-toolkit-lts # a tag\n" in told.out
    assert not re.search(r"^\s*::|##[a-z]*\[", told.out + told.err, re.MULTILINE)


def test_a_diff_shows_lines_as_git_counts_them(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their ends stay what they are, and are not shown; other separators do not end a line."""
    text = BAD.replace("# The image", "# The \N{NO-BREAK SPACE}image").replace("\n", "\r\n").removesuffix("\r\n")
    (folder / "schematic.yaml").write_bytes(text.encode())
    run(["lint", "--diff"])
    assert capsys.readouterr().out.splitlines()[2:] == [
        "@@ -3,4 +3,4 @@",
        "   systemExtensions:",
        "     officialExtensions:",
        "       - siderolabs/nonfree-kmod-nvidia-lts",
        "-      - siderolabs/nvidia-container-toolkit-lts:535.247.01-v1.17.6 # a tag",
        "\\ No newline at end of file",
        "+      - siderolabs/nvidia-container-toolkit-lts # a tag",
        "\\ No newline at end of file",
    ]
    run(["lint", "--fix"])
    assert (folder / "schematic.yaml").read_bytes() == text.replace(":535.247.01-v1.17.6", "").encode()


def test_a_file_whose_name_is_no_utf_8_has_its_place_in_a_baseline(folder: Path) -> None:
    """The name is a stranger's."""
    (folder / "schematic.yaml").rename(folder / "b\udcffd.yaml")
    assert run(["lint", "--write-baseline", "known", "--fail-on", "never", "--report", "csv=out.csv"]) == 0
    (folder / "out.csv").read_bytes().decode()
    assert run(["lint", "--baseline", "known"]) == 0


def test_fixing_keeps_the_mode_of_a_file(folder: Path) -> None:
    """And leaves nothing beside it."""
    (folder / "schematic.yaml").chmod(0o640)
    run(["lint", "--fix"])
    assert (folder / "schematic.yaml").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in folder.iterdir()] == ["schematic.yaml"]


def test_fixing_writes_to_no_file_that_a_link_lies_in_wait_for(folder: Path, tmp_path: Path) -> None:
    """Names beside the file are a stranger's to take, so the new text waits under one that nobody can foresee."""
    precious = tmp_path / "precious"
    precious.write_text("mine\n")
    for name in (".schematic.yaml.talos-gpu", "schematic.yaml.talos-gpu", ".schematic.yaml.tmp"):
        (folder / name).symlink_to(precious)
    run(["lint", "--fix"])
    assert precious.read_text() == "mine\n"
    assert not (folder / "schematic.yaml").is_symlink()
    assert ":535" not in (folder / "schematic.yaml").read_text()


def test_a_link_stays_a_link_when_what_it_leads_to_is_fixed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And one file with two names is changed once."""
    (folder / "link.yaml").symlink_to("schematic.yaml")
    run(["lint", "--diff"])
    assert capsys.readouterr().err == "1 file would change\n"
    run(["lint", "--fix"])
    assert (folder / "link.yaml").is_symlink()
    assert (folder / "schematic.yaml").read_text() == BAD.replace(":535.247.01-v1.17.6", "")
    assert capsys.readouterr().err.count("fixed ") == 1


def test_a_waiver_needs_a_rule_that_may_be_waived(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An image that cannot be built is not allowed by a comment."""
    (folder / "schematic.yaml").write_text(BAD.replace("# a tag", "# talos-gpu: allow EXT001 we like it"))
    assert run(["lint"]) == 1
    out = capsys.readouterr().out
    assert "EXT001" in out
    assert "LNT008" in out


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_rule_has_its_page(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """With what, why, example, instead, when to allow, and source."""
    assert run(["rule", name.lower()]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# {name}: ")
    for heading in ("## Why", "## Example", "## Instead", "## When to allow", "## Source"):
        assert heading in out


def test_a_rule_that_is_not_there_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    """With the nearest that are."""
    assert run(["rule", "EXT01"]) == 2
    assert "near it: EXT0" in capsys.readouterr().err


def test_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """One line each."""
    assert run(["rule"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(DESCRIBED)
