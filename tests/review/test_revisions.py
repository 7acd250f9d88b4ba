"""Which two states a command line means."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from repository_on_disk import commit, git, write

from talos_gpu.errors import NotUnderstood, OutsideError, Refused
from talos_gpu.review.revisions import compared, output_folder
from talos_gpu.review.states import Difference, difference

PROFILE = "cluster: {}\ntalos: {}\npools:\n  gpu:\n    gpu: {{model: L40S}}\n"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {key: one}\n"
FILES = {"dist/c/.talos-gpu.json": "{}\n", "dist/c/a.yaml": OBJECT}


def found(
    base: str | None = None, head: str | None = None, outdir: str = "dist", *, rendered: bool = False
) -> Difference:
    return difference(*compared(base, head, outdir, rendered=rendered))


def paths(told: Difference) -> set[str]:
    return {change.path for change in (*told.inputs, *told.others, *(f for c in told.clusters for f in c.files))}


def names(told: Difference) -> tuple[str, str]:
    return told.before.tree.name, told.after.tree.name


def with_object(value: str) -> Mapping[str, str]:
    return {"dist/c/a.yaml": OBJECT.replace("one", value)}


def test_without_names_it_is_what_the_branch_and_the_work_tree_change(repo: Path) -> None:
    """What the default branch got meanwhile is no change of ours."""
    base = commit(repo, FILES)
    git(repo, "checkout", "--quiet", "-b", "work")
    commit(repo, {"dist/c/b.yaml": "b: 1\n"})
    git(repo, "checkout", "--quiet", "main")
    commit(repo, with_object("theirs"))
    git(repo, "checkout", "--quiet", "work")
    write(repo, {"dist/c/new.yaml": "n: 1\n"})
    told = found()
    assert paths(told) == {"dist/c/b.yaml", "dist/c/new.yaml"}
    assert names(told) == (f"merge base with main ({base[:10]})", "work tree")


def test_the_remotes_default_branch_counts_first(repo: Path) -> None:
    """A local main may be old, or ours."""
    first = commit(repo, FILES)
    commit(repo, with_object("two"))
    git(repo, "update-ref", "refs/remotes/origin/trunk", first)
    git(repo, "symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert paths(found()) == {"dist/c/a.yaml"}


def test_one_name_is_the_base_and_two_are_both(repo: Path) -> None:
    """The work tree is the other side of one."""
    first, second = commit(repo, FILES), commit(repo, with_object("two"))
    git(repo, "tag", "v1", first)
    write(repo, with_object("three"))
    assert names(found("v1")) == (f"v1 ({first[:10]})", "work tree")
    assert names(found(first[:12], "HEAD")) == (first[:10], f"HEAD ({second[:10]})")
    values = [
        change.after.raw
        for told in (found("v1"), found("v1", "HEAD"))
        for change in told.clusters[0].files[0].items[0].changes
    ]
    assert values == ["three", "two"]


@pytest.mark.parametrize("outdir", ["build/out", "./build/out/", "build//out"])
def test_another_output_folder(repo: Path, outdir: str) -> None:
    """However it is written."""
    commit(repo, {path.replace("dist", "build/out"): content for path, content in FILES.items()})
    write(repo, {"build/out/c/a.yaml": "a: 1\n", "dist/c/b.yaml": "b: 1\n"})
    assert paths(found("HEAD", outdir=outdir)) == {"build/out/c/a.yaml"}
    assert output_folder(outdir) == "build/out"


@pytest.mark.parametrize("outdir", ["..", "../dist", "/tmp", "."])
def test_an_output_folder_elsewhere_is_refused(repo: Path, outdir: str) -> None:
    """No revision of this repository has it."""
    commit(repo, FILES)
    with pytest.raises(NotUnderstood, match="outside of the working folder"):
        found(outdir=outdir)


def test_folders_are_roots_or_outputs(repo: Path, tmp_path: Path) -> None:
    """The root of a repository has profiles/ or the output folder; anything else is an output folder."""
    commit(repo, {**FILES, "profiles/c.yaml": "cluster: c\n"})
    write(tmp_path / "root", {**FILES, **with_object("two"), "profiles/c.yaml": "cluster: d\n"})
    write(tmp_path / "output", {"c/.talos-gpu.json": "{}\n", "c/a.yaml": OBJECT.replace("one", "three")})
    assert paths(found("HEAD", "../root")) == {"dist/c/a.yaml", "profiles/c.yaml"}
    assert paths(found("../output", "HEAD")) == {"dist/c/a.yaml"}
    assert paths(found("../output", "../root/")) == {"dist/c/a.yaml"}
    assert paths(found("../output", "dist")) == {"dist/c/a.yaml"}
    assert paths(found("dist")) == set()
    (tmp_path / "link").symlink_to("output")
    assert paths(found("../output", "../link")) == set()


def test_folders_need_no_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outside of Git the working folder is the other side of one."""
    write(tmp_path, {**FILES, "old/c/.talos-gpu.json": "{}\n"})
    monkeypatch.chdir(tmp_path)
    assert paths(found("old")) == {"dist/c/a.yaml"}
    with pytest.raises(NotUnderstood, match="no Git repository around"):
        found("main")
    with pytest.raises(NotUnderstood, match="no Git repository around"):
        found()


def test_a_folder_and_a_revision_of_one_name_are_told_apart_by_how_they_are_written(repo: Path) -> None:
    """The refusal says how."""
    commit(repo, FILES)
    git(repo, "branch", "old")
    write(repo, {"old/c/.talos-gpu.json": "{}\n", **with_object("two")})
    with pytest.raises(NotUnderstood) as caught:
        found("old")
    assert caught.value.findings[0].remedy.startswith("Write ./old for the folder, refs/heads/old")
    assert paths(found("./old")) == paths(found("refs/heads/old")) == {"dist/c/a.yaml"}
    assert found("./old").clusters[0].files[0].status == "added"


def test_a_state_without_anything_of_ours_is_told(repo: Path) -> None:
    """A misspelled output folder is no empty difference."""
    commit(repo, FILES)
    with pytest.raises(NotUnderstood, match="found neither dits/ nor profiles/"):
        found(outdir="dits")


def test_a_repository_without_a_commit_or_a_default_branch(repo: Path) -> None:
    """It is asked for a base."""
    write(repo, FILES)
    with pytest.raises(NotUnderstood, match="no origin/HEAD, main or master"):
        found()
    commit(repo)
    git(repo, "branch", "--move", "other")
    with pytest.raises(NotUnderstood, match="no origin/HEAD, main or master"):
        found()


def test_renderings_of_two_revisions(repo: Path) -> None:
    """What is committed in the output does not count, what profiles name does."""
    profile = PROFILE.format("c", "v1.14.5")
    patch = "    patches: [{file: patches/a.yaml}]\n"
    commit(
        repo,
        {
            "profiles/c.yaml": profile + patch,
            "profiles/patches/a.yaml": "machine: {sysctls: {vm.swappiness: '1'}}\n",
            **FILES,
        },
    )
    write(repo, {"profiles/patches/a.yaml": "machine: {sysctls: {vm.swappiness: '2'}}\n"})
    told = found("HEAD", rendered=True)
    assert [cluster.name for cluster in told.clusters] == ["c"]
    assert paths(told) == {"profiles/patches/a.yaml", *(path for path in paths(told) if "90-user" in path)}
    assert any("90-user" in path for path in paths(told))
    write(repo, {"profiles/c.yaml": PROFILE.format("c", "v1.14.6"), "profiles/d.yaml": PROFILE.format("d", "v1.14.6")})
    told = found("HEAD", rendered=True)
    assert [(cluster.name, cluster.status) for cluster in told.clusters] == [("c", "changed"), ("d", "added")]
    assert "dist/README.md" in paths(told)
    assert not (repo / "dist/d").exists()
    assert told.before.tree.name.endswith(", rendered")
    assert found("HEAD", "HEAD", rendered=True).is_empty


def test_profiles_that_cannot_be_rendered_are_told_with_their_state(repo: Path) -> None:
    """With every finding, and the revision that they stand in."""
    base = commit(repo, {"profiles/c.yaml": PROFILE.format("c", "v1.14.6").replace("model", "modell")})
    write(repo, {"profiles/c.yaml": PROFILE.format("c", "v1.14.6")})
    with pytest.raises(NotUnderstood) as caught:
        found("HEAD", rendered=True)
    assert str(caught.value).startswith(f"HEAD ({base[:10]}):profiles/c.yaml:5:")
    refused = PROFILE.format("c", "v1.14.6").replace("L40S}", "RTX 5090}\n    driver: {flavour: proprietary}")
    write(repo, {"profiles/c.yaml": refused})
    with pytest.raises(Refused) as told:
        found("./", rendered=True)
    assert "profiles/c.yaml:6:" in str(told.value)


def test_a_profile_that_is_a_link_or_names_one_is_refused(repo: Path, tmp_path: Path) -> None:
    """What it leads to is nobody's business."""
    write(tmp_path, {"secret.yaml": "token: abc\n"})
    commit(repo, {"profiles/c.yaml": PROFILE.format("c", "v1.14.6")})
    (repo / "profiles/d.yaml").symlink_to("../../secret.yaml")
    with pytest.raises(NotUnderstood, match="found a symbolic link"):
        found("HEAD", rendered=True)
    (repo / "profiles/d.yaml").unlink()
    (repo / "profiles/patch.yaml").symlink_to("../../secret.yaml")
    named = PROFILE.format("c", "v1.14.6") + "    patches: [{file: patch.yaml}]\n"
    write(repo, {"profiles/c.yaml": named})
    with pytest.raises((NotUnderstood, OutsideError)) as caught:
        found("HEAD", rendered=True)
    assert "abc" not in str(caught.value)


def test_a_profile_of_a_name_in_any_bytes(repo: Path) -> None:
    """It is refused: no header could name it."""
    odd = os.fsdecode(b"profiles/\xff.yaml")
    commit(repo, {odd: PROFILE.format("c", "v1.14.6")})
    with pytest.raises(NotUnderstood, match="characters that nobody sees"):
        found("HEAD", rendered=True)


def test_the_ledger_leads_to_no_file_that_nobody_committed(repo: Path) -> None:
    """A pull request could name the credentials of whoever compares it."""
    ledger = (
        '{"cluster": "c", "code": "%s", "files": {}, "inputs": {"patches/a.yaml": "%s", ".git/config": "%s", "own": "%s"},'
        ' "profile": "profiles/c.yaml", "row": {}, "schema": 1, "tool": "talos-gpu"}'
    ) % (("0" * 64,) * 4)
    commit(repo, {**FILES, "patches/a.yaml": "a: 1\n"})
    write(repo, {"dist/c/.talos-gpu.json": ledger, "patches/a.yaml": "a: 2\n", "own": "password: hunter2hunter2\n"})
    told = found("HEAD")
    assert told.clusters[0].after is not None
    assert paths(told) == {"patches/a.yaml"}
