"""shellcheck, yamllint and markdownlint read what a person will read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from judge.build import OracleMissing
from judge.cluster import Cluster
from judge.npm import NODE, installed
from judge.tool import run
from yamllint import linter
from yamllint.config import YamlLintConfig

MARKDOWNLINT = ("markdownlint-cli2", "0.18.1")
YAMLLINT = YamlLintConfig(
    """
extends: default
rules:
  line-length: disable        # addresses and ids cannot be broken
  comments:
    min-spaces-from-content: 1
  indentation:
    spaces: consistent        # schematics: the Image Factory's own four
    indent-sequences: consistent
  document-start: disable     # schematics: byte for byte the factory's text
  truthy:
    check-keys: false
"""
)


@pytest.fixture(scope="module")
def files(
    everything: list[Cluster], repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., list[Path]]:
    """Files by the end of their name, of all clusters, written out; equal ones once."""
    root = tmp_path_factory.mktemp("files")
    seen: dict[bytes, Path] = {}
    for number, cluster in enumerate(everything):
        for path, data in cluster.files.items():
            if data not in seen:
                seen[data] = root / str(number) / path
                seen[data].parent.mkdir(parents=True, exist_ok=True)
                seen[data].write_bytes(data)
    seen[(repository / "dist/README.md").read_bytes()] = root / "README.md"
    shutil.copy(repository / "dist/README.md", root / "README.md")
    return lambda *ends: [path for path in seen.values() if path.name.endswith(ends)]


def test_shellcheck_finds_nothing(files: Callable[..., list[Path]], repository: Path, tmp_path: Path, verdict) -> None:
    """In the commands to copy, in the bridge's script, in our own scripts."""
    if shutil.which("shellcheck") is None:
        raise OracleMissing("shellcheck is missing: apt-get install shellcheck")
    scripts = [*files(".sh"), *(repository / "constructs").rglob("*.sh"), repository / ".ci" / "run"]
    scripts += (repository / ".github").glob("*.sh")
    # SC2317: functions that are handed to `step` by name.
    done = run("shellcheck", "--exclude=SC2317", *scripts, folder=tmp_path)
    verdict("shellcheck", "finding" if done.status else "clean", 1 if done.status else len(scripts))
    assert done.status == 0, done.said[:3000]


def test_yamllint_finds_nothing(files: Callable[..., list[Path]], repository: Path, verdict) -> None:
    """In every YAML file, and in the profiles."""
    faults = []
    paths = [*files(".yaml"), *(repository / "profiles").glob("*.yaml")]
    for path in paths:
        faults += [
            f"{path}:{fault.line}: {fault.message} ({fault.rule})" for fault in linter.run(path.read_text(), YAMLLINT)
        ]
    verdict("yamllint", "finding" if faults else "clean", len(faults) or len(paths))
    assert not faults, "\n".join(faults[:20])


def test_markdownlint_finds_nothing(
    files: Callable[..., list[Path]], repository: Path, tmp_path: Path, verdict
) -> None:
    """In the runbooks and the fleet's page; in the repository's own pages too."""
    tool = installed(*MARKDOWNLINT)
    pages = tmp_path / "pages"
    pages.mkdir()
    for number, path in enumerate([*files(".md"), repository / "README.md", repository / "CHANGELOG.md"]):
        shutil.copy(path, pages / f"{number}.md")
    # One line a sentence or a paragraph; headings of a changelog repeat; <details> and <br> are markdown's only way.
    (tmp_path / ".markdownlint-cli2.jsonc").write_text('{"config": {"MD013": false, "MD024": {"siblings_only": true}}}')
    done = run(NODE, tool / "markdownlint-cli2-bin.mjs", "pages/*.md", folder=tmp_path)
    verdict("markdownlint", "finding" if done.status else "clean", 1 if done.status else len(list(pages.iterdir())))
    assert done.status == 0, done.err[:3000]
