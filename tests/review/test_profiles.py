"""The plan of a cluster in a state: from the profile as it lies there, and never a traceback."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir

import pytest

from talos_gpu.output.ledger import Ledger
from talos_gpu.review.profiles import plan_in
from talos_gpu.review.states import State
from talos_gpu.review.tree import FolderTree, MemoryTree

PROFILE = "cluster: a\ntalos: v1.13.9\npools: {gpu: {gpu: {model: L40S}}}\n"
FACTS = "checked: 2026-11-28\nsource: example.org/list\ntalos: {v1.13.99: {sameAs: v1.13.9}}\n"


def planned(files: dict[str, str], *, profile: str = "profiles/a.yaml"):
    tree = MemoryTree("before", {path: text.encode() for path, text in files.items()})
    digests = {profile: "0" * 64}
    return plan_in(State.of(tree, "dist"), Ledger("a", profile, digests, "0" * 64, {}, {}))


def test_the_plan_is_that_of_the_profile_as_it_lies_there():
    """With the nodes' release."""
    found = planned({"profiles/a.yaml": PROFILE})
    assert found.plan.talos.value == "v1.13.9"
    assert found.loaded.file == "profiles/a.yaml"
    assert not found.notes


@pytest.mark.parametrize("folder", ["profiles", "clusters"])
@pytest.mark.parametrize("patch", ["own.yaml", "own/a.yaml"])
def test_the_files_that_it_names_come_with_it(patch, folder):
    """Though the ledger does not know them yet, and wherever the profile lies."""
    text = PROFILE.replace("{gpu: {model: L40S}}", f"{{gpu: {{model: L40S}}, patches: [{patch}]}}")
    files = {f"{folder}/a.yaml": text, f"{folder}/{patch}": "machine: {sysctls: {a: '1'}}\n"}
    found = planned(files, profile=f"{folder}/a.yaml")
    assert not found.notes
    assert found.plan.pools[0].machine.user_patches[0].text.startswith("machine")


def test_a_profile_beside_all_folders_is_not_read():
    """And that is said."""
    assert "lies in no folder" in planned({"a.yaml": PROFILE}, profile="a.yaml").notes[0]


def test_the_repository_s_own_facts_count():
    """A release that catalogue/ declares can be planned."""
    text = PROFILE.replace("v1.13.9", "v1.13.99")
    assert planned({"profiles/a.yaml": text, "catalogue/own.yaml": FACTS}).plan.talos.value == "v1.13.99"
    assert planned({"profiles/a.yaml": text}).plan is None


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "before: the profile profiles/a.yaml is not there"),
        ({"profiles/a.yaml": "a: [\n"}, "before: no plan: profiles/a.yaml:2:1: "),
        ({"profiles/a.yaml": PROFILE.replace("L40S", "L41S")}, "before: no plan: profiles/a.yaml:3:"),
        ({"profiles/a.yaml": PROFILE, "catalogue/own.yaml": "a: b\n"}, "before: no plan: catalogue/own.yaml:1:1"),
        ({"profiles/a.yaml": PROFILE.replace("cluster: a", "cluster: b")}, "is of the cluster b, not of a"),
    ],
)
def test_why_there_is_no_plan_is_said_without_the_folder_it_was_made_in(files, said):
    """Whatever lies there."""
    found = planned(files)
    assert found.plan is None
    assert any(said in note for note in found.notes), found.notes
    assert not any(gettempdir() in note for note in found.notes)


def test_a_folder_that_is_planned_is_left_as_it_was(tmp_path: Path):
    """Nothing is written beside the profile."""
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/a.yaml").write_text(PROFILE)
    state = State.of(FolderTree(str(tmp_path), "here"), "dist")
    found = plan_in(state, Ledger("a", "profiles/a.yaml", {}, "0" * 64, {}, {}))
    assert found.plan is not None
    assert [path.name for path in tmp_path.rglob("*")] == ["profiles", "a.yaml"]
