"""Profiles that cannot become a cluster: each problem is one line at its place, and nothing is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from talos_gpu.cli.app import run

FOLDER = Path(__file__).with_name("bad_input")


@dataclass(frozen=True)
class Case:
    """A whole profile, and what is said about it: `line:column: key.path: what was found, what is allowed`."""

    name: str
    profile: str
    says: list[str]


def cases(name: str) -> list[Case]:
    content = yaml.safe_load((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return [Case(name, **case) for name, case in content.items()]


NOT_UNDERSTOOD, REFUSED = cases("not-understood"), cases("refused")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with an empty profiles/, where the command runs."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profiles").mkdir()
    return tmp_path


def findings(text: str) -> list[str]:
    """The lines of stderr that place a problem; remedies and sources are indented below them."""
    return [line for line in text.splitlines() if not line.startswith("    ")]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("case", NOT_UNDERSTOOD, ids=lambda case: case.name)
def test_what_is_not_understood(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, one line a problem at its line and column, nothing written."""
    (folder / "profiles/a.yaml").write_text(case.profile, encoding="utf-8")
    assert run(["synth"]) == 2
    assert findings(capsys.readouterr().err) == [f"profiles/a.yaml:{line}" for line in case.says]
    assert list(tree(folder)) == ["profiles/a.yaml"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_what_is_understood_and_refused(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 1, one line a problem at its line and column, nothing written."""
    (folder / "profiles/a.yaml").write_text(case.profile, encoding="utf-8")
    assert run(["synth"]) == 1
    assert findings(capsys.readouterr().err) == [f"profiles/a.yaml:{line}" for line in case.says]
    assert list(tree(folder)) == ["profiles/a.yaml"]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case.name)
def test_every_refusal_says_what_to_do(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below each line stands what to write instead, indented."""
    (folder / "profiles/a.yaml").write_text(case.profile, encoding="utf-8")
    run(["synth"])
    lines = capsys.readouterr().err.splitlines()
    for index, line in enumerate(lines):
        if not line.startswith("    "):
            assert lines[index + 1].startswith("    "), line
            assert not lines[index + 1].startswith("    source:"), line


def test_there_are_enough_of_them() -> None:
    assert len(NOT_UNDERSTOOD) >= 60
    assert len(REFUSED) >= 20


def test_no_sentence_speaks_of_our_tools() -> None:
    """Users write YAML: names of Python and pydantic, and patterns to match, tell them nothing."""
    jargon = re.compile(r"pydantic|str_type|_type\b|Input should|NoneType|\bdict\b|\bNone\b|\bTrue\b|\bFalse\b|\^|\\d")
    assert [line for case in (*NOT_UNDERSTOOD, *REFUSED) for line in case.says if jargon.search(line)] == []


BYTES = {
    "bytes that are no UTF-8": (b"cluster: a\xff\n", "1:11: byte 0xff is not UTF-8"),
    "UTF-16": ("cluster: a\n".encode("utf-16"), "1:1: the file looks like UTF-16, UTF-32 or binary data"),
    "a program": (b"\x7fELF\x00\x00", "1:1: the character U+007F is not allowed in YAML"),
    "a null byte": (b"cluster: a\x00b\n", "1:11: the character U+0000 is not allowed in YAML"),
    "lists in lists in lists": (b"cluster: " + b"[" * 50_000, "1:73: more than 64 lists and maps inside one another"),
    "maps in maps in maps": (b"{a: " * 50_000, "1:257: more than 64 lists and maps inside one another"),
    "a billion laughs": (
        b"a: &a [1, 2, 3, 4, 5, 6, 7, 8, 9]\n"
        + b"".join(b"%c: &%c [%s]\n" % (c, c, b", ".join([b"*%c" % (c - 1)] * 9)) for c in range(ord("b"), ord("k"))),
        "6:8: f[1]: more than 100,000 values, those behind aliases included",
    ),
}


@pytest.mark.parametrize(("data", "says"), BYTES.values(), ids=BYTES)
def test_bytes_that_are_no_profile(data: bytes, says: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Limits hold before anything is composed: no crash, no hang, exit 2."""
    (folder / "profiles/a.yaml").write_bytes(data)
    assert run(["synth"]) == 2
    assert findings(capsys.readouterr().err) == [f"profiles/a.yaml:{says}"]


class TestFiles:
    PROFILE = b"cluster: a\ntalos: v1.11.1\npools:\n  gpu:\n    gpu: {model: L40S}\n    patches: [patch.yaml]\n"

    def write(self, folder: Path, patch: bytes) -> None:
        (folder / "profiles/a.yaml").write_bytes(self.PROFILE)
        (folder / "profiles/patch.yaml").write_bytes(patch)

    @pytest.mark.parametrize(
        ("patch", "says"),
        [
            (b"machine:\n  token: abc\n", "2:10: machine.token: found a secret at machine.token"),
            (b"", "1:1: the file is empty, which Talos takes for a JSON patch and refuses"),
            (b"just a text\n", "1:1: found a single value, expected a machine-config patch"),
            (b"machine: {}\n---\n", "3:1: found an empty patch, which Talos takes for a JSON patch and refuses"),
            (
                b"- op: add\n  path: /machine/token\n  value: abc\n",
                "1:3: [0]: found a secret at machine.token",
            ),
            (
                b"machine:\n  files:\n    - op: create\n      path: /etc/modprobe.d/nvidia.conf\n      content: a\n",
                "4:13: machine.files[0].path: found a file created at /etc/modprobe.d/nvidia.conf: "
                "Talos refuses that at boot, and reboots every 35 minutes",
            ),
        ],
        ids=["a secret", "empty", "a text", "an empty second document", "a secret in a JSON patch", "a boot loop"],
    )
    def test_a_patch_file_is_judged_at_its_own_lines(
        self, patch: bytes, says: str, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.write(folder, patch)
        assert run(["synth", "profiles/a.yaml"]) == 1
        assert findings(capsys.readouterr().err) == [f"profiles/patch.yaml:{says}"]
        assert not (folder / "dist").exists()

    def test_a_json_patch_is_refused_where_configs_have_several_documents(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Talos refuses JSON6902 from contract 1.12 on, and takes it before."""
        self.write(folder, b"- {op: add, path: /machine/sysctls/a.b, value: '1'}\n")
        (folder / "profiles/a.yaml").write_bytes(self.PROFILE.replace(b"v1.11.1", b"v1.12.11"))
        assert run(["synth", "profiles/a.yaml"]) == 1
        (line,) = findings(capsys.readouterr().err)
        assert line.startswith("profiles/patch.yaml:1:1: found a JSON6902 patch; a machine config of v1.12 ")

    def test_a_patch_behind_a_symbolic_link_is_not_read(
        self, folder: Path, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
    ) -> None:
        secret = tmp_path_factory.mktemp("elsewhere") / "secret"
        secret.write_text("machine: {}\n")
        (folder / "profiles/a.yaml").write_bytes(self.PROFILE)
        (folder / "profiles/patch.yaml").symlink_to(secret)
        assert run(["synth", "profiles/a.yaml"]) == 2
        (line,) = findings(capsys.readouterr().err)
        assert line.endswith("it is reached through a symbolic link, or lies outside the repository")

    def test_a_patch_that_is_too_large_is_not_read(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.write(folder, b"# " + b"a" * (1024 * 1024))
        assert run(["synth", "profiles/a.yaml"]) == 2
        (line,) = findings(capsys.readouterr().err)
        assert line == "profiles/a.yaml:6:15: pools.gpu.patches[0]: profiles/patch.yaml: it is larger than 1 MiB"

    def test_a_patch_that_is_a_pipe_does_not_hang(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        import os

        (folder / "profiles/a.yaml").write_bytes(self.PROFILE)
        os.mkfifo(folder / "profiles/patch.yaml")
        assert run(["synth", "profiles/a.yaml"]) == 2
        assert findings(capsys.readouterr().err)[0].endswith("it is not a regular file")


class TestSeveralProfiles:
    GOOD = "cluster: {name}\ntalos: v1.11.1\npools: {{gpu: {{gpu: {{model: L40S}}}}}}\n"

    def test_all_problems_of_all_profiles_are_told_at_once(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One that is not understood decides the exit code; the refusals of the others are told too."""
        (folder / "profiles/a.yaml").write_text(self.GOOD.format(name="A"))
        (folder / "profiles/b.yaml").write_text(self.GOOD.format(name="b") + "kubernetes: v1.99.0\n")
        (folder / "profiles/c.yaml").write_text(self.GOOD.format(name="c"))
        assert run(["synth"]) == 2
        places = [line.split(" ")[0] for line in findings(capsys.readouterr().err)]
        assert places == ["profiles/a.yaml:1:10:", "profiles/b.yaml:4:13:"]
        assert not (folder / "dist").exists()

    def test_two_profiles_of_one_cluster_are_refused(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for name in ("a", "b"):
            (folder / f"profiles/{name}.yaml").write_text(self.GOOD.format(name="same"))
        assert run(["synth"]) == 1
        assert len(findings(capsys.readouterr().err)) == 2
        assert not (folder / "dist").exists()

    def test_what_was_rendered_before_stays_as_it_was(self, folder: Path) -> None:
        """A profile that breaks leaves the whole tree alone, its own folder and the others'."""
        for name in ("a", "b"):
            (folder / f"profiles/{name}.yaml").write_text(self.GOOD.format(name=name))
        assert run(["synth", "--quiet"]) == 0
        before = tree(folder / "dist")
        (folder / "profiles/a.yaml").write_text(self.GOOD.format(name="a") + "foo: 1\n")
        (folder / "profiles/b.yaml").write_text(self.GOOD.format(name="b") + "stack: none\n")
        assert run(["synth", "--quiet"]) == 2
        assert tree(folder / "dist") == before


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["synth"], 2),
            (["synth", "profiles/missing.yaml"], 4),
            (["synth", "profiles"], 2),
            (["synth", "../a.yaml"], 2),
            (["synth", "--full"], 2),
            (["sinth"], 2),
            (["explain"], 2),
            (["explain", "profiles/missing.yaml"], 4),
            (["catalog", "show", "gpus", "nothing of the kind"], 2),
            (["schematic", "id", "missing.yaml"], 4),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
    )
    def test_a_command_line_that_cannot_work(
        self, arguments: list[str], code: int, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """One sentence on stderr, no traceback, nothing written."""
        assert run(arguments) == code
        told = capsys.readouterr().err
        assert told.strip()
        assert "Traceback" not in told
        assert tree(folder) == {}

    def test_what_a_profile_says_cannot_steer_the_terminal(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (folder / "profiles/a.yaml").write_text('"\\e[31mclu\\u202ester": a\n', encoding="utf-8")
        assert run(["synth"]) == 2
        told = capsys.readouterr().err
        assert "\\x1b[31mclu\\u202ester" in told
        assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", told)
