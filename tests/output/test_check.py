"""What the two checks and the survey say about a tree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fleet_on_disk import CODE, look, page, rendered, write

import talos_gpu
from talos_gpu.output import digest
from talos_gpu.output.check import Kind, full, quick
from talos_gpu.output.rendered import RenderedCluster
from talos_gpu.output.survey import State

FILES = {"README.md": b"# lab\n", "kubernetes/a.yaml": b"a: 1\n"}
LEDGER = ".talos-gpu.json"


@pytest.fixture
def cluster(tmp_path: Path) -> RenderedCluster:
    """One cluster, written."""
    made = rendered(tmp_path, "lab", FILES)
    write(tmp_path, made)
    return made


def quickly(root: Path, code: str = CODE) -> list[tuple[str, Kind]]:
    prefix = f"{root}/"
    return [(one.path.removeprefix(prefix), one.kind) for one in quick(f"{root}/dist", look(root, code), page)]


def fully(root: Path, *clusters: RenderedCluster) -> list[tuple[str, Kind]]:
    prefix = f"{root}/"
    return [(one.path.removeprefix(prefix), one.kind) for one in full(f"{root}/dist", clusters, CODE, page)]


def test_a_tree_that_was_just_written_is_up_to_date(tmp_path: Path, cluster: RenderedCluster) -> None:
    """Both checks agree."""
    assert quickly(tmp_path) == []
    assert fully(tmp_path, cluster) == []
    assert look(tmp_path).rows == {"lab": {"talos": "v1.14.6"}}


def test_a_changed_profile_is_stale(tmp_path: Path, cluster: RenderedCluster) -> None:
    """The difference names what changed."""
    (tmp_path / "profiles/lab.yaml").write_text("other")
    assert look(tmp_path).stale == ["profiles/lab.yaml"]
    (found,) = quick(f"{tmp_path}/dist", look(tmp_path), page)
    assert str(found) == f"{tmp_path}/dist/lab/.talos-gpu.json: stale: profiles/lab.yaml changed"
    assert found.is_fault


def test_a_referenced_file_that_is_gone_makes_its_profile_stale(tmp_path: Path) -> None:
    """Every file that a profile names is an input."""
    plain = rendered(tmp_path, "lab", FILES)
    (tmp_path / "patch.yaml").write_text("x")
    inputs = {**plain.inputs, "patch.yaml": digest.of(b"x")}
    write(tmp_path, RenderedCluster("lab", plain.profile, inputs, FILES, {}))
    assert look(tmp_path).stale == []
    (tmp_path / "patch.yaml").unlink()
    assert look(tmp_path).clusters["lab"].changed_inputs == ["patch.yaml"]


def test_another_talos_gpu_makes_everything_stale(tmp_path: Path, cluster: RenderedCluster) -> None:
    """It may write other bytes."""
    assert look(tmp_path, digest.of(b"other code")).states == {"profiles/lab.yaml": State.STALE}


def test_a_profile_without_a_ledger_is_missing(tmp_path: Path, cluster: RenderedCluster) -> None:
    """Nothing was rendered from it yet."""
    (tmp_path / "profiles/new.yaml").write_text("cluster: new\n")
    assert look(tmp_path).states["profiles/new.yaml"] is State.MISSING
    assert quickly(tmp_path) == [("profiles/new.yaml", Kind.MISSING)]


def test_edited_missing_and_foreign_files_are_told_apart(tmp_path: Path, cluster: RenderedCluster) -> None:
    """The foreign one is only a note to the quick check; the full one wants exactly what is rendered."""
    folder = tmp_path / "dist/lab"
    (folder / "README.md").write_text("by hand")
    (folder / "kubernetes/a.yaml").unlink()
    (folder / "kubernetes/mine.yaml").write_text("mine")
    edited, missing = ("dist/lab/README.md", Kind.EDITED), ("dist/lab/kubernetes/a.yaml", Kind.MISSING)
    assert look(tmp_path).states == {"profiles/lab.yaml": State.EDITED}
    assert sorted(quickly(tmp_path)) == sorted(
        [edited, missing, ("dist/lab/kubernetes/mine.yaml", Kind.FOREIGN)], key=str
    )
    assert fully(tmp_path, cluster) == [edited, missing, ("dist/lab/kubernetes/mine.yaml", Kind.UNEXPECTED)]


def test_a_foreign_file_alone_is_no_fault_to_the_quick_check(tmp_path: Path, cluster: RenderedCluster) -> None:
    """It is shown, and the profile is up to date."""
    (tmp_path / "dist/lab/mine.txt").write_text("mine")
    (tmp_path / "dist/mine.txt").write_text("mine")
    assert [difference.is_fault for difference in quick(f"{tmp_path}/dist", look(tmp_path), page)] == [False, False]
    assert look(tmp_path).stale == []


@pytest.mark.parametrize("how", ["executable", "link", "folder"])
def test_right_bytes_in_a_wrong_kind_of_file_are_edited(tmp_path: Path, cluster: RenderedCluster, how: str) -> None:
    """Git records the mode and the kind as well."""
    path = tmp_path / "dist/lab/README.md"
    if how == "executable":
        path.chmod(0o755)
    else:
        path.rename(tmp_path / "elsewhere")
        path.symlink_to(tmp_path / "elsewhere") if how == "link" else path.mkdir()
    assert quickly(tmp_path) == fully(tmp_path, cluster) == [("dist/lab/README.md", Kind.EDITED)]


def test_a_folder_that_became_a_link_to_its_copy_is_not_believed(tmp_path: Path, cluster: RenderedCluster) -> None:
    """Nothing is read through links."""
    (tmp_path / "dist/lab/kubernetes").rename(tmp_path / "outside")
    (tmp_path / "dist/lab/kubernetes").symlink_to(tmp_path / "outside")
    assert ("dist/lab/kubernetes/a.yaml", Kind.MISSING) in quickly(tmp_path)
    assert ("dist/lab/kubernetes/a.yaml", Kind.MISSING) in fully(tmp_path, cluster)


def test_a_cluster_whose_profile_is_gone_is_orphaned(tmp_path: Path, cluster: RenderedCluster) -> None:
    """To both checks; the fleet's page is out of date with it."""
    (tmp_path / "profiles/lab.yaml").unlink()
    orphaned = ("dist/lab/.talos-gpu.json", Kind.ORPHANED)
    assert look(tmp_path).orphaned == ["lab"]
    assert quickly(tmp_path) == fully(tmp_path) == [orphaned, ("dist/README.md", Kind.EDITED)]


def test_a_forged_ledger_passes_the_quick_check_and_not_the_full_one(tmp_path: Path, cluster: RenderedCluster) -> None:
    """Which is why the full one is the default in CI."""
    path = tmp_path / "dist/lab" / LEDGER
    facts = json.loads(path.read_bytes())
    facts["files"]["README.md"] = digest.of(b"malice")
    (tmp_path / "dist/lab/README.md").write_bytes(b"malice")
    path.write_text(json.dumps(facts))
    assert quickly(tmp_path) == []
    assert fully(tmp_path, cluster) == [("dist/lab/README.md", Kind.EDITED), ("dist/lab/.talos-gpu.json", Kind.EDITED)]


def test_the_full_check_finds_what_a_forged_ledger_hides(tmp_path: Path, cluster: RenderedCluster) -> None:
    """An older file that nothing renders any more, and that the ledger does not list."""
    smaller = RenderedCluster("lab", cluster.profile, cluster.inputs, {"README.md": b"# lab\n"}, cluster.row)
    assert ("dist/lab/kubernetes/a.yaml", Kind.UNEXPECTED) in fully(tmp_path, smaller)


@pytest.mark.parametrize("content", [b"{}", b"<<<<<<< ours\n", b"\xff" * 9])
def test_a_broken_ledger_is_reported_and_its_profile_rendered(
    tmp_path: Path, cluster: RenderedCluster, content: bytes
) -> None:
    """The survey goes on with the other clusters."""
    (tmp_path / "dist/lab" / LEDGER).write_bytes(content)
    seen = look(tmp_path)
    assert list(seen.broken) == ["lab"]
    assert seen.stale == ["profiles/lab.yaml"]
    assert ("dist/lab/.talos-gpu.json", Kind.EDITED) in quickly(tmp_path)
    assert fully(tmp_path, cluster) == [("dist/lab/.talos-gpu.json", Kind.EDITED)]


def test_a_copied_folder_is_not_taken_for_a_cluster(tmp_path: Path, cluster: RenderedCluster) -> None:
    """Its ledger is of another one."""
    shutil.copytree(tmp_path / "dist/lab", tmp_path / "dist/copy")
    assert "it is of the cluster lab, not of copy" in str(look(tmp_path).broken["copy"])
    assert look(tmp_path).stale == []


def test_two_ledgers_of_one_profile_make_it_stale(tmp_path: Path) -> None:
    """A rename that was interrupted."""
    write(tmp_path, rendered(tmp_path, "lab", FILES))
    write(tmp_path, rendered(tmp_path, "den", FILES))
    path = tmp_path / "dist/den" / LEDGER
    path.write_text(path.read_text().replace("profiles/den.yaml", "profiles/lab.yaml"))
    (tmp_path / "profiles/den.yaml").unlink()
    path.write_text(path.read_text().replace(digest.of(b"cluster: den\n"), digest.of(b"cluster: lab\n")))
    assert look(tmp_path).states == {"profiles/lab.yaml": State.STALE}
    assert ("dist/den/.talos-gpu.json", Kind.STALE) in quickly(tmp_path)


def test_no_outdir_is_a_tree_where_everything_is_missing(tmp_path: Path) -> None:
    """The very first check."""
    made = rendered(tmp_path, "lab", FILES)
    assert quickly(tmp_path)[0] == ("profiles/lab.yaml", Kind.MISSING)
    assert {kind for _, kind in fully(tmp_path, made)} == {Kind.MISSING}


def test_the_digest_of_the_code_sees_every_source_and_no_by_product(tmp_path: Path) -> None:
    """Names count as well as contents."""
    (tmp_path / "data").mkdir()
    (tmp_path / "a.py").write_text("a")
    (tmp_path / "data/b.yaml").write_text("b")
    first = digest.code_digest(str(tmp_path))
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__/a.pyc").write_text("x")
    (tmp_path / ".hidden").write_text("x")
    assert digest.code_digest(str(tmp_path)) == first
    (tmp_path / "data/b.yaml").rename(tmp_path / "data/c.yaml")
    assert digest.code_digest(str(tmp_path)) != first


def test_the_fast_path_imports_the_standard_library_alone() -> None:
    """Of third parties the no-op path may import click, and that is the command line's affair."""
    root = str(Path(talos_gpu.__file__).parents[1])
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import talos_gpu.output.check, talos_gpu.output.digest\n"
        "print([name for name in ('pydantic', 'yaml', 'rich', 'click', 'jinja2', 'jsii', 'pathlib', 'ctypes') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code, root], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
