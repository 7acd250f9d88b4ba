"""Git by its plumbing: what a repository brings with it is not run, and every kind of entry is told apart."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from repository_on_disk import commit, git, write

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.review import git as plumbing
from talos_gpu.review.difference.files import FileChange
from talos_gpu.review.git import Repository
from talos_gpu.review.revisions import compared
from talos_gpu.review.states import Difference, difference
from talos_gpu.review.telling.text import text

OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {key: one}\n"
LEDGER = "dist/c/.talos-gpu.json"
FILES = {LEDGER: "{}\n", "dist/c/a.yaml": OBJECT, "profiles/c.yaml": "cluster: c\n"}


def changed(base: str | None = None, head: str | None = None) -> Mapping[str, FileChange]:
    """What changed, by path."""
    return {change.path: change for change in every(difference(*compared(base, head, "dist")))}


def every(found: Difference) -> Iterator[FileChange]:
    yield from (*found.inputs, *found.others)
    for cluster in found.clusters:
        yield from cluster.files


def test_nothing_that_a_repository_brings_is_run(repo: Path, tmp_path: Path) -> None:
    """Hooks, filters, text conversion, external diffs, file system monitors, aliases, pagers, commands of settings."""
    trap, mark = tmp_path / "trap", tmp_path / "sprung"
    trap.write_text(f"#!/bin/sh\necho $0 $* >> {mark}\ncat\n")
    trap.chmod(0o755)
    commit(repo, FILES)
    write(repo, {".gitattributes": "* filter=evil diff=evil\n", "dist/c/a.yaml": OBJECT.replace("one", "two")})
    core = ("fsmonitor", "pager", "editor", "sshCommand", "askPass", "alternateRefsCommand")
    drivers = ("diff.external", "diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge")
    others = ("filter.evil.process", "credential.helper", "gpg.program", "uploadpack.packObjectsHook", "pager.cat-file")
    settings = (*(f"core.{name}" for name in core), *drivers, *others)
    for name in settings:
        git(repo, "config", name, str(trap))
    for name in ("rev-parse", "ls-tree", "cat-file", "merge-base", "ls-files", "for-each-ref"):
        git(repo, "config", f"alias.{name}", f"!{trap}")
    for name in ("post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        hook = repo / ".git/hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.symlink_to(trap)
    mark.unlink(missing_ok=True)
    assert set(changed()) == {"dist/c/a.yaml"}
    assert set(changed("HEAD")) == {"dist/c/a.yaml"}
    assert not mark.exists()
    subprocess.run(["git", "status"], cwd=repo, capture_output=True, check=False)
    assert mark.exists(), "the trap works, for others"


def test_a_replaced_object_is_read_as_it_is(repo: Path) -> None:
    """refs/replace would show a reviewer another file than the one that is merged."""
    base = commit(repo, FILES)
    head = commit(repo, {"dist/c/a.yaml": OBJECT.replace("one", "evil")})
    git(repo, "replace", head, base)
    assert git(repo, "show", f"{head}:dist/c/a.yaml").endswith("{key: one}"), "Git itself is deceived"
    (item,) = changed(base, head)["dist/c/a.yaml"].items
    assert [change.after.raw for change in item.changes] == ["evil"]


def test_a_missing_object_is_an_error_and_no_download(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A partial clone whose remote would be asked by a program that the repository names."""
    commit(repo, FILES)
    commit(repo, {"dist/c/a.yaml": OBJECT.replace("one", "two")})
    git(repo, "config", "uploadpack.allowFilter", "true")
    part, mark = tmp_path / "part", tmp_path / "sprung"
    trap = tmp_path / "trap"
    trap.write_text(f'#!/bin/sh\ntouch {mark}\nexec git-upload-pack "$@"\n')
    trap.chmod(0o755)
    git(tmp_path, "clone", "--quiet", "--filter=blob:none", "--no-checkout", f"file://{repo}", str(part))
    git(part, "config", "remote.origin.uploadpack", str(trap))
    git(part, "config", "protocol.file.allow", "always")
    monkeypatch.chdir(part)
    with pytest.raises(OutsideError, match="missing"):
        changed("HEAD~1", "HEAD")
    assert not mark.exists()
    git(part, "cat-file", "-p", "HEAD:dist/c/a.yaml")
    assert mark.exists(), "Git itself downloads"


def test_the_callers_variables_lead_nowhere_else(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a hook GIT_DIR and GIT_INDEX_FILE name what is not the working folder's."""
    commit(repo, FILES)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_COMMON_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert changed("HEAD") == {}


@pytest.mark.parametrize("revision", ["--output=x", "-h", "--", "-"])
def test_a_revision_that_looks_like_an_option_is_refused(repo: Path, revision: str) -> None:
    """Before Git sees it."""
    commit(repo, FILES)
    with pytest.raises(NotUnderstood, match="looks like an option"):
        changed(revision)
    assert not (repo / "x").exists()


@pytest.mark.parametrize("revision", ["nope", "HEAD:dist", "HEAD~5", "", "a b", "HEAD^{tree}", "@{u}", "x\ny"])
def test_what_names_no_commit_is_told(repo: Path, revision: str) -> None:
    """Trees and blobs are no states."""
    commit(repo, FILES)
    with pytest.raises(NotUnderstood, match="found no revision"):
        changed(revision)


def test_kinds_of_entries(repo: Path) -> None:
    """Executable bits, links by their text and never followed, binaries, empty files, names in any bytes."""
    odd = os.fsdecode(b"dist/c/\xff\xfe.yaml")
    commit(repo, {**FILES, "dist/c/run.sh": "x\n", "dist/c/bin": b"\0\1", odd: "a: 1\n", "secret": "s\n"})
    (repo / "dist/c/link").symlink_to("a.yaml")
    (repo / "dist/c/folder").symlink_to("..")
    base = commit(repo)
    assert changed(base) == {}
    (repo / "dist/c/run.sh").chmod(0o755)
    (repo / "dist/c/link").unlink()
    (repo / "dist/c/link").symlink_to("../../secret")
    write(repo, {"dist/c/bin": b"\0\2", odd: "a: 2\n", "dist/c/\u202e\x1b[31m": ""})
    (repo / "dist/c/a.yaml").unlink()
    (repo / "dist/c/a.yaml").symlink_to("../../secret")
    for head in (None, commit(repo)):
        found = changed(base, head)
        assert set(found) == {
            odd,
            *(f"dist/c/{name}" for name in ("run.sh", "link", "bin", "a.yaml", "\u202e\x1b[31m")),
        }
        assert found["dist/c/run.sh"].kinds == ("file", "executable")
        assert found["dist/c/link"].before.target == "a.yaml"
        assert found["dist/c/link"].after.target == "../../secret"
        assert found["dist/c/a.yaml"].kinds == ("file", "link")
        assert found["dist/c/a.yaml"].after.content is None
        assert found[odd].items[0].changes[0].after.raw == "2"
        told = text(difference(*compared(base, head, "dist")), full=True)
        told.encode()
        assert "\\udcff\\udcfe.yaml" in told
        assert "\x1b" not in told
        assert "\u202e" not in told
        assert "- link to a.yaml" in told
        assert "+ link to ../../secret" in told
        assert "binary: 2 -> 2 bytes" in told


def test_a_folder_that_is_a_link_is_not_entered(repo: Path, tmp_path: Path) -> None:
    """Neither the output folder itself, nor one above it."""
    base = commit(repo, FILES)
    write(tmp_path, {"elsewhere/c/.talos-gpu.json": "{}", "elsewhere/c/stolen.yaml": "a: 1\n"})
    git(repo, "rm", "-rq", "dist")
    (repo / "dist").symlink_to(tmp_path / "elsewhere")
    assert {path: change.status for path, change in changed(base).items()} == {
        "dist": "added", "dist/c/a.yaml": "removed"
    }  # fmt: skip
    head = commit(repo)
    assert set(changed(base, head)) == {"dist", "dist/c/a.yaml"}
    assert changed(head) == {}


def test_submodules_are_told_by_their_commit(repo: Path, tmp_path: Path) -> None:
    """Checked out or not; what lies in them is another repository's."""
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet", "--initial-branch=main")
    first = commit(other, {"a.yaml": "a: 1\n"})
    second = commit(other, {"a.yaml": "a: 2\n"})
    commit(repo, FILES)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "dist/c/sub")
    base = commit(repo)
    assert changed(base) == {}
    git(repo / "dist/c/sub", "checkout", "--quiet", first)
    change = changed(base)["dist/c/sub"]
    assert (change.before.entry.id, change.after.entry.id) == (second, first)  # type: ignore[union-attr]
    git(repo, "submodule", "--quiet", "deinit", "--force", "--all")
    assert changed(base) == {}


def test_a_repository_of_sha_256(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ids of files on the disk are made as the repository makes its own, folders beside it as well."""
    git(tmp_path, "init", "--quiet", "--object-format=sha256", "--initial-branch=main", "repo")
    repo = tmp_path / "repo"
    monkeypatch.chdir(repo)
    base = commit(repo, FILES)
    assert len(base) == 64
    assert changed() == {}
    assert changed(base, ".") == {}
    assert changed("./dist", base) == {}
    write(repo, {"dist/c/a.yaml": OBJECT.replace("one", "two")})
    assert set(changed()) == set(changed(base, "./dist")) == {"dist/c/a.yaml"}


def test_a_shallow_clone_says_what_to_do(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its history ends before the merge base."""
    commit(repo, FILES)
    git(repo, "checkout", "--quiet", "-b", "work")
    commit(repo, {"dist/c/a.yaml": OBJECT.replace("one", "two")})
    git(repo, "checkout", "--quiet", "main")
    commit(repo, {"other": "x"})
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=work", f"file://{repo}", "shallow")
    monkeypatch.chdir(tmp_path / "shallow")
    with pytest.raises(NotUnderstood) as caught:
        changed()
    assert "they share no commit" in str(caught.value)
    assert caught.value.findings[0].remedy.startswith("Fetch more history")
    assert changed("HEAD") == {}


def test_a_repository_of_somebody_else_is_not_trusted(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git's own words say how to trust it."""
    commit(repo, FILES)
    monkeypatch.setattr(plumbing, "_CALLERS", re.compile("GIT_.*"))
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(OutsideError, match=r"safe\.directory"):
        changed()


def test_without_git_two_folders_can_be_compared(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a revision is told to need it."""
    commit(repo, FILES)
    write(tmp_path, {f"old/{path}": content for path, content in FILES.items()})
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    assert changed("../old", "./") == {}
    with pytest.raises(OutsideError, match="there is no git on this machine"):
        changed("HEAD")


def test_a_huge_file_is_told_and_not_read(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its id says that it changed; one of more than a megabyte is still compared by its lines."""
    lines = "".join(f"line{number}: {number}\n" for number in range(80_000))
    base = commit(repo, {**FILES, "dist/c/large.yaml": lines, "dist/c/huge.yaml": lines * 4})
    write(repo, {"dist/c/large.yaml": lines + "more: 1\n", "dist/c/huge.yaml": lines * 4 + "more: 1\n"})
    for head in (None, commit(repo)):
        found = changed(base, head)
        assert found["dist/c/huge.yaml"].is_unread
        assert found["dist/c/huge.yaml"].has_meaning
        assert found["dist/c/large.yaml"].text
        told = text(difference(*compared(base, head, "dist")))
        assert "dist/c/huge.yaml\n    too large to be compared" in told
        assert "dist/c/large.yaml\n    +1 -0 lines" in told


def test_a_subfolder_of_a_repository_is_a_place_of_its_own(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies beside it in the repository is not looked at; its name may be anything."""
    name = ":(exclude)gpu *"
    base = commit(repo, {**{f"{name}/{path}": content for path, content in FILES.items()}, **FILES})
    monkeypatch.chdir(repo / name)
    write(repo, {"dist/c/a.yaml": "other: 1\n", f"{name}/dist/c/a.yaml": OBJECT.replace("one", "two")})
    assert set(changed()) == set(changed(base)) == {"dist/c/a.yaml"}
    assert set(changed(base, commit(repo))) == {"dist/c/a.yaml"}
    assert len(Repository(".").history("HEAD", ["dist"], 5)) == 2


def test_history_is_of_the_paths_that_were_asked_for(repo: Path) -> None:
    """Newest first, with times."""
    first = commit(repo, FILES)
    commit(repo, {"README.md": "x"})
    last = commit(repo, {"dist/c/a.yaml": "a: 1\n"})
    when = 1767225600
    assert Repository(".").history("HEAD", ["dist/c"], 10) == ((last, when), (first, when))
    assert Repository(".").history("HEAD", ["dist/c"], 1) == ((last, when),)


def test_what_git_ignores_is_no_part_of_the_work_tree(repo: Path) -> None:
    """Machine configs with their secrets lie there. What is committed counts all the same."""
    base = commit(repo, {**FILES, "dist/c/talos/kept.log": "1\n"})
    secret = "machine: {token: abcdef.0123456789abcdef}\n"
    write(repo, {"dist/c/talos/clusterconfig/a.yaml": secret, "dist/c/talos/clusterconfig/.gitignore": "a.yaml\n"})
    write(repo, {".gitignore": "*.log\nsecrets/\n", "dist/c/secrets/a/b.yaml": secret, "dist/c/x.log": secret})
    write(repo, {"dist/c/talos/kept.log": "2\n", "dist/c/nested/.git/config": secret})
    assert set(changed()) == set(changed(base)) == {"dist/c/talos/clusterconfig/.gitignore", "dist/c/talos/kept.log"}


@pytest.fixture
def deep(repo: Path) -> Iterator[str]:
    """A file so deep that Python's own `rmtree` fails on it, and so would pytest's clean-up."""
    commit(repo, FILES)
    path = f"dist/c/{'d/' * 1500}a.yaml"
    for step in path.split("/")[:-1]:
        Path(step).mkdir(exist_ok=True)
        os.chdir(step)
    Path("a.yaml").write_text("a: 1\n")
    os.chdir(repo)
    yield path
    os.chdir(repo)
    subprocess.run(["rm", "-r", "dist"], check=True)


def test_folders_that_lie_deeper_than_python_recurses(repo: Path, deep: str) -> None:
    """In a commit and in the work tree."""
    assert set(changed("HEAD")) == {deep}
    assert set(changed("HEAD~0", commit(repo))) == set()
    assert set(changed("HEAD~1", "HEAD")) == {deep}
