"""What an apply leaves on the disk, and what it never touches."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import threading
from pathlib import Path

import pytest
from fleet_on_disk import CODE, MARKED, look, profiles_of, rendered, snapshot, write

from talos_gpu.errors import OutsideError, Refused
from talos_gpu.output import digest, stage
from talos_gpu.output.header import is_written_by_us
from talos_gpu.output.write import apply

FILES = {"README.md": b"# lab\n", "talos/patches/gpu/10-modules.yaml": b"machine: {}\n", "kubernetes/a.yaml": b"a: 1\n"}
LEDGER = ".talos-gpu.json"


def ledger_of(root: Path, name: str = "lab") -> dict[str, object]:
    facts = json.loads((root / "dist" / name / LEDGER).read_bytes())
    assert isinstance(facts, dict)
    return facts


def test_everything_rendered_lies_on_the_disk_with_a_ledger_and_nothing_else(tmp_path: Path) -> None:
    """The first synth."""
    done = write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert snapshot(tmp_path / "dist").keys() == {"README.md", f"lab/{LEDGER}", *(f"lab/{path}" for path in FILES)}
    assert (tmp_path / "dist/lab/kubernetes/a.yaml").read_bytes() == MARKED + b"a: 1\n"
    assert len(done.written) == 5
    assert not done.edited


def test_a_second_apply_writes_nothing(tmp_path: Path) -> None:
    """Not even a new time stamp."""
    cluster = rendered(tmp_path, "lab", FILES)
    write(tmp_path, cluster)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "dist").rglob("*") if path.is_file()}
    done = write(tmp_path, cluster)
    assert (done.written, done.unchanged) == ([], 5)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "dist").rglob("*") if path.is_file()} == before


def test_only_what_changed_is_written(tmp_path: Path) -> None:
    """One file, and the ledger that names it."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    done = write(tmp_path, rendered(tmp_path, "lab", FILES | {"kubernetes/a.yaml": b"a: 2\n"}))
    assert done.written == ["lab/kubernetes/a.yaml", f"lab/{LEDGER}"]
    assert done.edited == []


def test_what_is_no_longer_rendered_goes_with_its_empty_folders(tmp_path: Path) -> None:
    """And a file of somebody else keeps its folder."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    (tmp_path / "dist/lab/kubernetes/mine.txt").write_text("mine")
    done = write(tmp_path, rendered(tmp_path, "lab", {"README.md": b"# lab\n"}))
    assert done.pruned == ["lab/kubernetes/a.yaml", "lab/talos/patches/gpu/10-modules.yaml"]
    assert not (tmp_path / "dist/lab/talos").exists()
    assert (tmp_path / "dist/lab/kubernetes/mine.txt").read_text() == "mine"


def test_an_edited_file_is_replaced_and_reported(tmp_path: Path) -> None:
    """The person who edited it has to hear of it."""
    cluster = rendered(tmp_path, "lab", FILES)
    write(tmp_path, cluster)
    (tmp_path / "dist/lab/README.md").write_text("by hand")
    done = write(tmp_path, cluster)
    assert done.edited == done.written == ["lab/README.md"]
    assert (tmp_path / "dist/lab/README.md").read_bytes() == MARKED + FILES["README.md"]


def test_an_edited_file_that_is_no_longer_rendered_is_kept_and_reported(tmp_path: Path) -> None:
    """Its bytes are not ours, so it is not ours to delete."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    (tmp_path / "dist/lab/kubernetes/a.yaml").write_text("by hand")
    done = write(tmp_path, rendered(tmp_path, "lab", {"README.md": b"# lab\n"}))
    assert done.kept == ["lab/kubernetes/a.yaml"]
    assert (tmp_path / "dist/lab/kubernetes/a.yaml").read_text() == "by hand"


def test_a_file_of_somebody_else_in_the_way_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    """All of them are named at once."""
    for name in ("README.md", "kubernetes/a.yaml"):
        (tmp_path / "dist/lab" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "dist/lab" / name).write_text("mine")
    before = snapshot(tmp_path / "dist")
    with pytest.raises(Refused) as caught:
        write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert len(caught.value.findings) == 2
    assert "dist/lab/README.md was not written by talos-gpu" in str(caught.value)
    assert snapshot(tmp_path / "dist") == before


def test_a_file_of_somebody_else_with_the_same_bytes_is_adopted(tmp_path: Path) -> None:
    """As after a ledger was lost."""
    cluster = rendered(tmp_path, "lab", FILES)
    write(tmp_path, cluster)
    (tmp_path / "dist/lab" / LEDGER).unlink()
    assert write(tmp_path, cluster).written == [f"lab/{LEDGER}"]


def test_files_are_readable_and_not_executable_whatever_the_umask(tmp_path: Path) -> None:
    """Git records the execute bit, so it is repaired; the rest is given once."""
    cluster = rendered(tmp_path, "lab", FILES)
    before = os.umask(0o077)
    try:
        write(tmp_path, cluster)
    finally:
        os.umask(before)
    path = tmp_path / "dist/lab/README.md"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    path.chmod(0o755)
    assert write(tmp_path, cluster).written == ["lab/README.md"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EDQUOT])
def test_a_disk_that_refuses_shows_while_staging_and_leaves_the_old_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Old files as they were, no new folder, no work folder."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    before = snapshot(tmp_path / "dist")
    left = [3]

    def refuse(descriptor: int, content: memoryview) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(number, os.strerror(number))
        return os.write(descriptor, content[: max(1, len(content) // 2)])

    monkeypatch.setattr(stage, "_write", refuse)
    changed = rendered(tmp_path, "lab", {path + ".new/x.yaml": b"changed\n" for path in FILES})
    with pytest.raises(OutsideError, match="Nothing was changed") as caught:
        write(tmp_path, changed)
    assert os.strerror(number) in str(caught.value)
    assert snapshot(tmp_path / "dist") == before
    assert sorted(path.name for path in (tmp_path / "dist/lab").iterdir()) == [
        LEDGER,
        "README.md",
        "kubernetes",
        "talos",
    ]


def test_an_interrupt_while_staging_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C is no different from a full disk."""

    def interrupt(descriptor: int, content: memoryview) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(stage, "_write", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert list((tmp_path / "dist").iterdir()) == []


def test_a_failure_while_renaming_says_so_and_the_next_apply_completes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if the profile changed meanwhile: the files that are new already are known to be ours."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    real = os.replace
    left = [2]

    def refuse(source: str, target: str) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.EIO, "input/output error", source)
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        with pytest.raises(OutsideError, match="run synth again"):
            write(tmp_path, rendered(tmp_path, "lab", {f"new-{number}.yaml": b"new\n" for number in range(4)}))
    done = write(tmp_path, rendered(tmp_path, "lab", {"new-0.yaml": b"other\n"}))
    assert done.edited == done.kept == []
    assert "lab/new-1.yaml" in done.pruned
    assert snapshot(tmp_path / "dist").keys() == {"README.md", "lab/new-0.yaml", f"lab/{LEDGER}"}


def test_a_cluster_whose_profile_is_gone_goes_when_the_run_is_complete(tmp_path: Path) -> None:
    """With its folder, but never with what somebody else put there."""
    lab, attic = (rendered(tmp_path, name, FILES) for name in ("lab", "attic"))
    write(tmp_path, lab, attic)
    (tmp_path / "profiles/attic.yaml").unlink()
    assert write(tmp_path, lab, complete=False).pruned == []
    done = write(tmp_path)
    assert sorted(done.pruned) == sorted(f"attic/{path}" for path in (*FILES, LEDGER))
    assert not (tmp_path / "dist/attic").exists()
    assert b"attic" not in (tmp_path / "dist/README.md").read_bytes()
    assert (tmp_path / "dist/lab/README.md").exists()


def test_a_renamed_cluster_leaves_its_old_folder(tmp_path: Path) -> None:
    """The same profile, another name; even if only this profile is synthesised."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    done = write(tmp_path, rendered(tmp_path, "den", FILES, profile="profiles/lab.yaml"), complete=False)
    assert not (tmp_path / "dist/lab").exists()
    assert (tmp_path / "dist/den/README.md").exists()
    assert f"lab/{LEDGER}" in done.pruned


def test_a_cluster_of_another_profile_is_not_taken_over(tmp_path: Path) -> None:
    """Although that profile was up to date and therefore not rendered."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    before = snapshot(tmp_path / "dist")
    with pytest.raises(Refused, match=r"lab is the cluster of profiles/lab\.yaml already"):
        write(tmp_path, rendered(tmp_path, "lab", {"x": b""}, profile="profiles/other.yaml"), complete=False)
    assert snapshot(tmp_path / "dist") == before


def test_two_rendered_clusters_of_one_name_are_refused(tmp_path: Path) -> None:
    """The caller should have known."""
    with pytest.raises(Refused, match="needs a cluster of its own"):
        write(tmp_path, rendered(tmp_path, "lab", {}), rendered(tmp_path, "lab", {}, profile="profiles/other.yaml"))


@pytest.mark.parametrize(
    "paths",
    [["../x"], ["/x"], ["a/../b"], ["a//b"], ["./a"], ["a\\b"], ["aux.yaml"], ["talos/NUL"], ["a."], ["a "], ["a:b"],
     ["A.yaml", "a.yaml"], ["Talos/a", "talos/b"], ["a", "a/b"], [LEDGER], [""], ["a\x00b"], ["straße", "STRASSE"]],
    ids=str,
)  # fmt: skip
def test_unfit_names_of_ours_are_refused(tmp_path: Path, paths: list[str]) -> None:
    """They would not survive a checkout on every system, or leave the cluster's folder."""
    with pytest.raises(Refused):
        write(tmp_path, rendered(tmp_path, "lab", dict.fromkeys(paths, b"x")))
    assert not (tmp_path / "dist").exists()


@pytest.mark.parametrize("place", ["lab", "lab/kubernetes", "lab/kubernetes/a.yaml"])
def test_a_link_on_the_way_is_refused_and_never_followed(tmp_path: Path, place: str) -> None:
    """Whether it stands for the cluster, a folder of it, or a file."""
    outside = tmp_path / "outside"
    (outside / "kubernetes").mkdir(parents=True)
    (outside / "kubernetes/a.yaml").write_text("theirs")
    trap = tmp_path / "dist" / place
    trap.parent.mkdir(parents=True)
    trap.symlink_to(outside)
    before = snapshot(outside)
    with pytest.raises(Refused, match="link"):
        write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert snapshot(outside) == before


def test_pruning_never_goes_through_a_link(tmp_path: Path) -> None:
    """A folder of ours was replaced by a link to a copy of itself."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    (tmp_path / "dist/lab/kubernetes").rename(tmp_path / "outside")
    (tmp_path / "dist/lab/kubernetes").symlink_to(tmp_path / "outside")
    done = write(tmp_path, rendered(tmp_path, "lab", {"README.md": b"# lab\n"}))
    assert "lab/kubernetes/a.yaml" not in done.pruned
    assert (tmp_path / "outside/a.yaml").exists()


def test_the_outdir_itself_may_be_a_link(tmp_path: Path) -> None:
    """That is the user's decision."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "dist").symlink_to(tmp_path / "elsewhere")
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert (tmp_path / "elsewhere/lab/README.md").exists()


def test_a_folder_where_a_file_has_to_be_is_refused(tmp_path: Path) -> None:
    """Nothing of it is deleted."""
    (tmp_path / "dist/lab/README.md/deep").mkdir(parents=True)
    with pytest.raises(Refused, match="is a folder where a file has to be"):
        write(tmp_path, rendered(tmp_path, "lab", FILES))


def test_a_name_that_is_no_text_is_somebody_elses(tmp_path: Path) -> None:
    """It is left alone, and nothing stumbles over it."""
    cluster = rendered(tmp_path, "lab", FILES)
    write(tmp_path, cluster)
    try:
        Path(os.fsdecode(os.fsencode(tmp_path / "dist/lab") + b"/\xff\xfe")).write_text("x")
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    write(tmp_path, cluster)
    assert look(tmp_path).clusters["lab"].foreign == ["\udcff\udcfe"]


@pytest.mark.parametrize("path", ["../../victim", "../../../victim", "/victim", "a/../../../victim"])
def test_a_forged_ledger_deletes_nothing_outside(tmp_path: Path, path: str) -> None:
    """It is an error that names the ledger, before anything is touched."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"a: 1\n")
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    facts = ledger_of(tmp_path)
    facts["files"] = {path: "0" * 64, "kubernetes/a.yaml": "0" * 64}
    (tmp_path / "dist/lab" / LEDGER).write_text(json.dumps(facts))
    before = snapshot(tmp_path)
    with pytest.raises(OutsideError, match=r"dist/lab/\.talos-gpu\.json"):
        write(tmp_path, rendered(tmp_path, "lab", {"README.md": b"# lab\n"}))
    assert snapshot(tmp_path) == before


def test_a_forged_digest_prunes_nothing(tmp_path: Path) -> None:
    """A file goes only if its bytes are the recorded ones."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    (tmp_path / "dist/lab/mine.txt").write_text("mine")
    facts = ledger_of(tmp_path)
    facts["files"] = {"mine.txt": "0" * 64}
    (tmp_path / "dist/lab" / LEDGER).write_text(json.dumps(facts))
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert (tmp_path / "dist/lab/mine.txt").read_text() == "mine"


def test_a_forged_ledger_with_the_right_digest_deletes_nothing_of_somebody_elses(tmp_path: Path) -> None:
    """Whoever writes a file into the folder can write a ledger too: what shows no trace of ours stays, and is told."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    (tmp_path / "dist/lab/mine.txt").write_bytes(b"mine")
    facts = ledger_of(tmp_path)
    facts["files"] |= {"mine.txt": digest.of(b"mine")}
    (tmp_path / "dist/lab" / LEDGER).write_text(json.dumps(facts))
    (tmp_path / "dist/evil").mkdir()
    (tmp_path / "dist/evil/keep.txt").write_bytes(b"mine")
    forged = facts | {"cluster": "evil", "profile": "profiles/gone.yaml", "files": {"keep.txt": digest.of(b"mine")}}
    (tmp_path / "dist/evil" / LEDGER).write_text(json.dumps(forged))
    done = write(tmp_path, rendered(tmp_path, "lab", FILES | {"kubernetes/a.yaml": b"a: 2\n"}))
    assert (tmp_path / "dist/lab/mine.txt").read_bytes() == (tmp_path / "dist/evil/keep.txt").read_bytes() == b"mine"
    assert set(done.kept) == {"lab/mine.txt", "evil/keep.txt"}


@pytest.mark.parametrize(
    ("path", "content", "ours"),
    [
        ("talos/schematics/gpu.yaml", b"customization: {}\n", True),
        ("talos/gpu/schematic.yaml.tftpl", b"overlay:\n    image: x\n", True),
        ("talos/schematics/gpu.yaml", b"mine\n", False),
        ("talos/notes.yaml", b"customization: {}\n", False),
        ("talos/a.yaml", b"# Written by talos-gpu from profiles/a.yaml.\n", True),
        ("README.md", b"<!-- Written by talos-gpu from profiles/a.yaml.\n", True),
    ],
)
def test_what_we_wrote_shows_it(path: str, content: bytes, ours: bool) -> None:
    """By its header, or as a schematic, which can have none."""
    assert is_written_by_us(path, content) is ours


def test_a_broken_ledger_of_another_cluster_is_a_notice(tmp_path: Path) -> None:
    """Its folder stays as it is."""
    (tmp_path / "dist/attic").mkdir(parents=True)
    (tmp_path / "dist/attic" / LEDGER).write_text("<<<<<<< ours\n")
    done = write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert "unfinished merge" in done.notices[0]
    assert (tmp_path / "dist/attic" / LEDGER).read_text() == "<<<<<<< ours\n"


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_a_fleet_page_of_somebody_else_is_left_alone_with_a_notice(tmp_path: Path, kind: str) -> None:
    """Only our header makes it ours."""
    page = tmp_path / "dist/README.md"
    page.parent.mkdir()
    {"file": lambda: page.write_text("mine"), "folder": page.mkdir, "link": lambda: page.symlink_to("/nowhere")}[kind]()
    done = write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert "left alone" in done.notices[0]
    assert "README.md" not in done.written


def test_two_applies_do_not_interleave_and_the_holder_is_named(tmp_path: Path) -> None:
    """The second waits for a bounded time, and says for whom."""
    cluster = rendered(tmp_path, "lab", FILES)
    work = tmp_path / "dist/.talos-gpu"
    work.mkdir(parents=True)
    told: list[str] = []
    with (work / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        held.write("4711\n")
        held.flush()
        with pytest.raises(OutsideError, match="process 4711 still writes"):
            apply(str(tmp_path / "dist"), [cluster], code=CODE, profiles=[], waiting=told.append, patience_seconds=0.1)
    assert told == ["4711"]
    assert not (tmp_path / "dist/lab").exists()
    write(tmp_path, cluster)
    assert not work.exists()


def test_many_applies_at_once_end_with_one_whole_tree(tmp_path: Path) -> None:
    """Each version is complete, the last one stays."""
    versions = [
        rendered(tmp_path, "lab", {f"{number}/{name}": bytes([65 + number]) * 99 for name in range(20)})
        for number in range(6)
    ]
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            for _ in range(3):
                write(tmp_path, versions[number])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    left = [path.name for path in (tmp_path / "dist/lab").iterdir() if path.is_dir()]
    assert len(left) == 1
    assert len(list((tmp_path / "dist/lab" / left[0]).iterdir())) == 20
    assert not (tmp_path / "dist/.talos-gpu").exists()


def test_a_work_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    """Whoever put it there wants us to delete elsewhere."""
    (tmp_path / "outside/staged").mkdir(parents=True)
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/.talos-gpu").symlink_to(tmp_path / "outside")
    with pytest.raises(OutsideError, match="symbolic link"):
        write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert (tmp_path / "outside/staged").exists()


def test_inputs_that_change_without_a_byte_of_output_change_only_the_ledger(tmp_path: Path) -> None:
    """So that the next run knows that there is nothing to do."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    done = write(tmp_path, rendered(tmp_path, "lab", FILES, text="cluster: lab # note\n"))
    assert done.written == [f"lab/{LEDGER}"]
    assert look(tmp_path).stale == []
    assert profiles_of(tmp_path) == ["profiles/lab.yaml"]


def test_a_new_file_of_an_interrupted_apply_goes_when_the_profile_is_reverted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The survey does not call the cluster up to date, although its ledger and its inputs agree again."""
    old = rendered(tmp_path, "lab", FILES)
    write(tmp_path, old)
    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", _interrupt)  # pruning comes after the new files and before the ledger
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path, rendered(tmp_path, "lab", {"new.yaml": b"new\n"}, text="other"))
    rendered(tmp_path, "lab", FILES)
    assert (tmp_path / "dist/lab/new.yaml").exists()
    assert look(tmp_path).stale == ["profiles/lab.yaml"]
    assert write(tmp_path, old).pruned == ["lab/new.yaml"]
    assert look(tmp_path).stale == []
    assert not look(tmp_path).unfinished


def _interrupt(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


class _OldLibrary:
    """A C library without syncfs."""


class _FailingLibrary:
    """A C library whose syncfs finds that the disk lost something."""

    @staticmethod
    def syncfs(descriptor: int) -> int:
        return -1


def test_without_syncfs_each_file_is_synced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS: three files, the ledger, and the fleet's page."""
    synced: list[int] = []
    monkeypatch.setattr(stage.ctypes, "CDLL", lambda *_, **__: _OldLibrary())
    monkeypatch.setattr(os, "fsync", synced.append)
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert len(synced) == 5


def test_a_sync_that_fails_leaves_the_old_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is renamed before the disk says that it has everything."""
    monkeypatch.setattr(stage.ctypes, "CDLL", lambda *_, **__: _FailingLibrary())
    with pytest.raises(OutsideError, match="Nothing was changed"):
        write(tmp_path, rendered(tmp_path, "lab", FILES))
    assert list((tmp_path / "dist").iterdir()) == []
