"""A topf repository, patch folders included, becomes a draft."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from talos_gpu.profile import parse_profile
from talos_gpu.profile.adopt import Adopted, adopt
from talos_gpu.profile.draft import Draft, profile_text

HERE = Path(__file__).parent / "adopted" / "topf"


class _Yaml(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "yaml"


def with_gpu(draft: Draft) -> Draft:
    return replace(draft, pools=tuple(replace(p, model="L40S", count=4) if p.nvidia else p for p in draft.pools))


def adopted(tmp_path: Path, text: str) -> Adopted:
    (tmp_path / "topf.yaml").write_text(text)
    return adopt("topf.yaml", tmp_path)


def test_a_whole_repository_becomes_a_profile(snapshot: SnapshotAssertion) -> None:
    """Folders of all, of the role and of the node are read in topf's order, schematics through their `@`."""
    text = profile_text(with_gpu(adopt("topf.yaml", HERE).draft), "./schema.json")
    profile = parse_profile(text.encode(), "current.yaml").profile
    assert (profile.talos, profile.kubernetes, profile.layout.kind) == ("v1.14.6", "v1.36.6", "topf")
    gpu = profile.pools["gpu"]
    assert (gpu.driver.track, gpu.driver.flavour) == ("production", "open")
    assert gpu.extensions == ()
    assert (gpu.labels, gpu.taints[0].key) == ({"tier": "bench"}, "nvidia.com/gpu")
    assert {name: node.address for name, node in gpu.nodes.items()} == {"gpu-1": "192.0.2.21", "gpu-2": "2001:db8::22"}
    assert {node.install_disk for node in gpu.nodes.values()} == {"/dev/nvme0n1"}
    assert text == snapshot(extension_class=_Yaml)


def test_everything_else_is_listed_at_its_place(snapshot: SnapshotAssertion) -> None:
    """Templates, data for them, keys that topf itself ignores, documents without a key in a profile."""
    left = adopt("topf.yaml", HERE).left
    shown = [str(finding) for finding in left]
    assert "topf.yaml:26:5: nodes[3].installDisk: stays topf's: a profile has no key for it" in shown
    assert shown == snapshot


NODE = "clusterName: a\nclusterEndpoint: https://192.0.2.1:6443\nnodes:\n  - {host: n, ip: 192.0.2.2, role: worker}\n"


def test_files_whose_name_holds_yaml_anywhere_are_patches(tmp_path: Path) -> None:
    """topf applies backup copies too."""
    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "x.yaml.bak").write_text("machine: {nodeLabels: {from: backup}}\n")
    (tmp_path / "worker" / "x.json").write_text("{}")
    assert adopted(tmp_path, NODE).draft.pools[0].facts == {"labels": {"from": "backup"}}


def test_the_patch_folder_of_a_key_is_read(tmp_path: Path) -> None:
    """patchesDir moves all four folders."""
    (tmp_path / "patches" / "all").mkdir(parents=True)
    (tmp_path / "patches" / "all" / "1.yaml").write_text("machine: {kernel: {modules: [{name: nvidia}]}}\n")
    assert adopted(tmp_path, "patchesDir: ./patches/\n" + NODE).draft.pools[0].nvidia


def test_folders_outside_are_not_read(tmp_path: Path) -> None:
    """Neither by a path that climbs, nor through a link."""
    inside = tmp_path / "repository"
    inside.mkdir()
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "1.yaml").write_text("machine: {nodeLabels: {stolen: x}}\n")
    climbing = adopted(inside, "patchesDir: ..\n" + NODE)
    (inside / "all").symlink_to(tmp_path / "all")
    linked = adopted(inside, NODE)
    assert climbing.draft.pools[0].facts == linked.draft.pools[0].facts == {}
    assert any("outside the folder" in finding.message for finding in climbing.left)
    assert any("symbolic link" in finding.message for finding in linked.left)


def test_templates_and_missing_schematics_are_listed(tmp_path: Path) -> None:
    """A schematic that cannot be read says nothing about the driver."""
    found = adopted(tmp_path, 'schematicId: "@schematics/x.yaml.tpl"\n' + NODE)
    assert [finding.message for finding in found.left] == ["names a template, and templates are not filled in here"]
    found = adopted(tmp_path, 'schematicId: "@schematics/x.yaml"\n' + NODE)
    assert [finding.message for finding in found.left] == ["names a file that was not read: no such file or directory"]
    assert not found.draft.pools[0].nvidia


def test_an_id_alone_is_asserted_and_said_to_tell_no_extensions(tmp_path: Path) -> None:
    """A node's own id replaces the cluster's."""
    found = adopted(tmp_path, f"schematicId: {'ab' * 32}\n" + NODE)
    assert found.draft.pools[0].facts == {"schematicId": "ab" * 32}
    assert "an id does not tell its extensions" in found.left[0].message


def test_the_empty_schematic_needs_no_assertion(tmp_path: Path) -> None:
    """It is what a pool without extensions has anyway."""
    vanilla = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"
    found = adopted(tmp_path, f"schematicId: {vanilla}\n" + NODE)
    assert (found.draft.pools[0].facts, found.left) == ({}, ())
