"""What holds for the repository itself: its lock, its words, the sizes of its modules, its two commands."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import shutil
import statistics
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PACKAGE = "constructs/talos_gpu"

MADE = {".git", ".venv", "build", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis"}
"""Folders that tools make: where there is no git to ask, they are left out."""


class Locked(NamedTuple):
    requirement: Requirement
    hashes: list[str]
    asked_for_by_us: bool


@pytest.fixture(scope="module")
def pyproject(repository: Path) -> dict[str, dict]:
    return tomllib.loads((repository / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def lock(repository: Path) -> dict[str, Locked]:
    """The entries of requirements.lock by name: each a line `name==version`, then its hashes, then who asked for it."""
    entries = re.split(r"^(?=[a-z0-9])", (repository / "requirements.lock").read_text(), flags=re.MULTILINE)[1:]
    locked = {}
    for entry in entries:
        requirement = Requirement(entry.splitlines()[0].rstrip(" \\"))
        hashes = re.findall(r"--hash=sha256:[0-9a-f]{64}\b", entry)
        locked[canonicalize_name(requirement.name)] = Locked(requirement, hashes, "talos-gpu (pyproject.toml" in entry)
    return locked


def tracked_files(repository: Path) -> list[Path]:
    """What is committed, and what would be if everything were added now."""
    if not (shutil.which("git") and (repository / ".git").exists()):
        return [path for path in repository.rglob("*") if path.is_file() and not MADE & set(path.parts)]
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(command, cwd=repository, check=True, capture_output=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := repository / name).is_file()]


def modules(repository: Path) -> list[Path]:
    return sorted((repository / PACKAGE).rglob("*.py"))


def make_targets(repository: Path) -> set[str]:
    return set(re.findall(r"^([a-z]+):", (repository / "Makefile").read_text(), flags=re.MULTILINE))


def test_constructs_is_a_source_root_and_not_a_package(repository: Path) -> None:
    """A constructs/__init__.py would hide the PyPI package `constructs` that cdk8s needs."""
    assert not (repository / "constructs" / "__init__.py").exists()


class TestLock:
    def test_it_names_no_address_and_no_folder(self, repository: Path) -> None:
        """Where packages come from is the user's affair; the hashes say what they must be."""
        text = (repository / "requirements.lock").read_text()
        options = re.findall(r"(?<![\w-])--[a-z-]+", text)
        assert set(options) == {"--hash"}
        assert "://" not in text
        assert not re.search(r"[\w.-]*/[\w./-]+", text)

    def test_every_package_has_one_exact_version_and_hashes(self, lock: dict[str, Locked]) -> None:
        assert len(lock) > 20
        for name, entry in lock.items():
            assert [specifier.operator for specifier in entry.requirement.specifier] == ["=="], name
            assert entry.hashes, name

    def test_it_is_in_step_with_pyproject(self, pyproject: dict[str, dict], lock: dict[str, Locked]) -> None:
        """What pyproject.toml asks for, the build backend included, is what the lock was made from: run `make lock`."""
        requirements = [
            Requirement(text)
            for text in (
                *pyproject["project"]["dependencies"],
                *pyproject["dependency-groups"]["dev"],
                *pyproject["build-system"]["requires"],
            )
        ]
        assert {canonicalize_name(requirement.name) for requirement in requirements} == {
            name for name, entry in lock.items() if entry.asked_for_by_us
        }
        for requirement in requirements:
            (specifier,) = lock[canonicalize_name(requirement.name)].requirement.specifier
            assert requirement.specifier.contains(specifier.version, prereleases=True), requirement

    def test_it_holds_on_the_machines_we_promise(self, lock: dict[str, Locked]) -> None:
        """Whatever a package is left out for, it is not Linux or macOS with CPython from 3.11 on."""
        for name, entry in lock.items():
            marker = entry.requirement.marker
            for platform in ("linux", "darwin") if marker else ():
                for minor in ("3.11", "3.12", "3.13", "3.14"):
                    machine = {"sys_platform": platform, "python_version": minor, "python_full_version": f"{minor}.0"}
                    ours = marker.evaluate({**machine, "platform_python_implementation": "CPython"})
                    assert ours or name == "colorama", (name, machine)


FORBIDDEN = {
    # Each pattern is broken once by [] so that it does not find itself.
    "a path of somebody's machine": r"(?<![\w.${}/-])/(?:wor[k]|roo[t]|hom[e]/[a-z][\w-]*|User[s]/\w+|op[t]/wheels)(?![\w-])",
    "an address of a package index": r"pyp[i]\.org|pythonhoste[d]\.org|registr[y]\.npmjs|pro[x]y\.golang|su[m]\.golang",
    "an e-mail address": r"(?<!git@)\b(?!git@)[\w.+-]+@(?!example\.)[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|io|dev|de)\b",
    "a private key or token": r"BEGIN (?:[A-Z]+ )*PRIVATE KE[Y]|gh[pousr]_\w{36}|xox[bp]-\w{10}",
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_committed_file_holds(repository: Path, what: str) -> None:
    """Nothing in the repository tells where or by whom it was made."""
    pattern = re.compile(FORBIDDEN[what])
    found = [
        f"{path.relative_to(repository)}:{number}: {match.group()}"
        for path in tracked_files(repository)
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if (match := pattern.search(line))
    ]
    assert not found, "\n".join(found)


VERSIONS = re.compile(r"(?<![\w.])(?:v?1\.\d+\.\d+|5\d\d\.\d+(?:\.\d+)?|v2[3-6]\.\d+(?:\.\d+)?)(?![\d.]*\d)")

CITED = re.compile(r"@v\d[\w.-]*")


def strings_of(tree: ast.Module) -> Iterator[ast.Constant]:
    """Every string of a module that the program can see: not the docstrings, those of fields included."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node


def test_no_release_of_a_vendor_is_named_in_code(repository: Path) -> None:
    """Releases of Talos, drivers and charts live in catalog/data, so that a new one is a change of data.

    A citation (`repo:path@tag`) names the tag at which something was read, and a text that cites the Image Factory a
    release of that program: they decide nothing.
    """
    found = [
        f"{path.relative_to(repository)}:{string.lineno}: {match.group()}"
        for path in modules(repository)
        for string in strings_of(ast.parse(path.read_text()))
        if "Image Factory" not in str(string.value)
        for match in VERSIONS.finditer(CITED.sub("", str(string.value)))
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "is_version"),
    [
        ("v1.14.6", True),
        ("talos 1.9.0 and", True),
        ("570.211.01", True),
        ("v26.3.3", True),
        ("v1", False),
        ("10.1.2.3", False),
        ("1.2.3.4", False),
        ("0.18.2", False),
        ("v2.1.0", False),
    ],
)
def test_a_release_is_told_from_other_numbers(text: str, is_version: bool) -> None:
    assert bool(VERSIONS.search(text)) is is_version


def test_a_release_in_a_docstring_is_allowed_and_in_an_f_string_it_is_not() -> None:
    def seen(source: str) -> list[object]:
        return [string.value for string in strings_of(ast.parse(source))]

    assert seen('"""Since v1.13.0."""\nx: int = 1\n"""Until v1.14.0."""\n') == []
    assert seen('x = f"v1.13.{y}"\n') == ["v1.13."]


def test_a_clone_without_its_modules_says_how_to_get_them(repository: Path) -> None:
    """`python main.py` before `make setup`: a sentence and exit code 4, no traceback."""
    done = subprocess.run([sys.executable, "-S", "main.py", "synth"], cwd=repository, capture_output=True, text=True)
    assert done.returncode == 4
    assert done.stderr.startswith("main.py: this Python has no module ")
    assert "make setup" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_module_is_short(repository: Path) -> None:
    """A module is one idea that can be read at once."""
    lines = {path.relative_to(repository): len(path.read_text().splitlines()) for path in modules(repository)}
    assert len(lines) > 10
    assert not {str(path): count for path, count in lines.items() if count > 400}


def test_functions_are_seen_at_once(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nine functions in ten have fewer than 40 lines. `pytest -s` shows the median and the longest ones."""
    lengths = sorted(
        (
            (node.end_lineno or node.lineno) - node.lineno + 1,
            f"{path.relative_to(repository)}:{node.lineno} {node.name}",
        )
        for path in modules(repository)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    longest = "\n".join(f"{length:4} {name}" for length, name in reversed(lengths[-10:]))
    median = statistics.median(length for length, _ in lengths)
    print(f"\n{len(lengths)} functions, median {median} lines, longest:\n{longest}")
    assert sum(length < 40 for length, _ in lengths) >= 0.9 * len(lengths), capsys.readouterr().out


class TestCommands:
    def test_the_readme_shows_the_two_commands_on_its_first_screen(self, repository: Path) -> None:
        first_screen = (repository / "README.md").read_text().splitlines()[:40]
        assert {"make synth", "make test"} <= {line.strip().lstrip("$ ").split("  ")[0] for line in first_screen}

    def test_every_make_target_that_the_documents_name_exists(self, repository: Path) -> None:
        documents = [path for path in tracked_files(repository) if path.suffix == ".md" and path.parent == repository]
        spans = (
            span
            for path in documents
            for span in re.findall(r"`([^`\n]+)`|^(?:\$ )?(make [a-z]+)", path.read_text(), flags=re.MULTILINE)
        )
        named = {words[1] for span in spans if (words := "".join(span).split())[:1] == ["make"] and words[1:]}
        assert {"synth", "test"} <= named
        assert {name for name in named if name.isalpha()} <= make_targets(repository)

    def test_cdk8s_cli_never_gets_hold_of_dist(self, repository: Path) -> None:
        """cdk8s-cli deletes its output folder before the app starts."""
        assert re.findall(r"^output: (.*)$", (repository / "cdk8s.yaml").read_text(), flags=re.MULTILINE) == [
            "build/cdk8s"
        ]

    def test_the_arrows_of_the_house_are_enforced(self, repository: Path, pyproject: dict[str, dict]) -> None:
        """The contract names every part of the house, top to bottom, and a part it does not name is an error."""
        house, *_ = pyproject["tool"]["importlinter"]["contracts"]
        assert house["type"] == "layers"
        assert house["exhaustive"] is True
        parts = [layer.strip("()") for layer in house["layers"]]
        assert parts[0] == "cli"
        assert parts.index("output") < parts.index("kubernetes") < parts.index("plan") < parts.index("profile")


@pytest.mark.parametrize(
    "lock", sorted(Path(__file__).parent.glob("oracles/npm/*/package-lock.json")), ids=lambda path: path.parent.name
)
def test_what_npm_installs_is_named_by_its_hash(lock: Path) -> None:
    """And by no address: where packages come from is the user's affair."""
    packages = json.loads(lock.read_text())["packages"]
    assert len(packages) > 1
    assert [name for name, package in packages.items() if name and not package["integrity"].startswith("sha512-")] == []
    assert '"resolved"' not in lock.read_text()


# Runs main.py as `python main.py ...` would, and writes down every program that it starts.
WATCHED = """
import os, runpy, sys
programs = os.open("programs.txt", os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
starts = {"subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "os.fork"}
sys.addaudithook(lambda event, arguments: os.write(programs, f"{event}\\n".encode()) if event in starts else None)
sys.argv[:] = ["main.py", *sys.argv[1:]]
runpy.run_path("main.py", run_name="__main__")
"""


@pytest.fixture(scope="module")
def rendered(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what `python main.py synth` needs, rendered, without a dist/ of before."""
    clone = tmp_path_factory.mktemp("clone")
    shutil.copy(repository / "main.py", clone)
    for folder in ("constructs", "profiles"):
        shutil.copytree(repository / folder, clone / folder)
    subprocess.run([sys.executable, "main.py", "synth", "--quiet"], cwd=clone, check=True)
    return clone


def top_level_imports(arguments: list[str], clone: Path) -> set[str]:
    """The packages that `python arguments...` imports, by `-X importtime`; it must end with status 0.

    What only was looked for is left out: the standard library's copy asks for Jython's `org`.
    """
    command = [sys.executable, "-X", "importtime", *arguments]
    result = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    names = re.findall(r"^import time: +\d+ \| +\d+ \| +(\w+)", result.stderr, flags=re.MULTILINE)
    return {name for name in set(names) if importlib.util.find_spec(name)}


@pytest.mark.parametrize("arguments", [["synth", "--check"], ["synth"]], ids=" ".join)
def test_when_nothing_changed_only_click_is_imported_and_no_program_starts(
    rendered: Path, arguments: list[str]
) -> None:
    """The path that runs most often costs little more than Python itself."""
    bare = top_level_imports(["-c", "pass"], rendered)
    imported = top_level_imports(["-c", WATCHED, *arguments], rendered)
    assert imported - bare - sys.stdlib_module_names == {"click", "talos_gpu"}
    assert (rendered / "programs.txt").read_text() == ""
