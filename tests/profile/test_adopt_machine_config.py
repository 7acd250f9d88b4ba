"""A machine configuration of one node becomes a draft, and its secrets stay where they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from talos_gpu.profile import parse_profile
from talos_gpu.profile.adopt import adopt
from talos_gpu.profile.draft import Draft, profile_text

HERE = Path(__file__).parent / "adopted" / "machine-config"


class _Yaml(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "yaml"


def text_of(draft: Draft) -> str:
    return profile_text(replace(draft, pools=tuple(replace(pool, model="L4") for pool in draft.pools)), "./schema.json")


def test_the_older_dialect_becomes_a_profile(snapshot: SnapshotAssertion) -> None:
    """One document of v1alpha1: role, disk, image, kubelet, labels, taints."""
    found = adopt("legacy.yaml", HERE)
    text = text_of(found.draft)
    profile = parse_profile(text.encode(), "harbour.yaml").profile
    pool = profile.pools["gpu"]
    assert (profile.cluster, profile.talos, profile.kubernetes) == ("harbour", "v1.11.1", "v1.33.2")
    assert (pool.driver.track, pool.driver.flavour) == ("lts", "proprietary")
    assert (pool.labels, pool.taints[0].value) == ({"role": "gpu"}, "true")
    assert (pool.nodes["gpu-1"].address, pool.nodes["gpu-1"].install_disk) == ("192.0.2.30", "/dev/sda")
    assert found.dialects == {"legacy"}
    assert text == snapshot(extension_class=_Yaml)


def test_documents_become_a_profile(snapshot: SnapshotAssertion) -> None:
    """The kinds that took v1alpha1's place say the same."""
    found = adopt("documents.yaml", HERE)
    text = text_of(found.draft)
    profile = parse_profile(text.encode(), "current.yaml").profile
    pool = profile.pools["gpu"]
    assert (profile.endpoint, profile.talos, profile.kubernetes) == (
        "https://[2001:db8::10]:6443",
        "v1.14.6",
        "v1.36.6",
    )
    assert (pool.role, pool.schedulable, pool.labels) == ("control-plane", True, {"role": "gpu"})
    assert [(module.name, module.parameters) for module in pool.modules] == [("gdrdrv", ("persistent_mappings=1",))]
    assert pool.secure_boot is not None
    assert pool.schematic_id is not None
    assert found.dialects == {"documents"}
    assert text == snapshot(extension_class=_Yaml)


@pytest.mark.parametrize("name", ["legacy", "documents"])
def test_everything_else_is_listed_at_its_place(name: str, snapshot: SnapshotAssertion) -> None:
    """Secrets by their key alone."""
    shown = [str(finding) for finding in adopt(f"{name}.yaml", HERE).left]
    assert f"{name}.yaml:6:3: machine.token: may hold secrets, and was not read" in shown
    assert shown == snapshot


@pytest.mark.parametrize("name", ["legacy", "documents"])
def test_no_secret_is_repeated(name: str) -> None:
    """Neither in the draft nor in the list."""
    found = adopt(f"{name}.yaml", HERE)
    assert "not-a-real" in (HERE / f"{name}.yaml").read_text()
    assert "not-a-real" not in repr((found.draft, found.left))


def test_of_several_addresses_none_is_guessed(tmp_path: Path) -> None:
    """The machine is in a pool, but not among its nodes."""
    (tmp_path / "c.yaml").write_text(
        "machine: {type: worker, network: {hostname: n, interfaces: [{addresses: [192.0.2.1/24, 192.0.2.2/24]}]}}\n"
    )
    assert adopt("c.yaml", tmp_path).draft.pools[0].nodes == ()


def test_sideros_own_installer_tells_the_release_alone(tmp_path: Path) -> None:
    """It has no extensions."""
    (tmp_path / "c.yaml").write_text("machine: {install: {image: 'ghcr.io/siderolabs/installer:v1.10.3'}}\n")
    found = adopt("c.yaml", tmp_path)
    assert (found.draft.talos, found.draft.pools[0].facts, found.left) == ("v1.10.3", {}, ())


def test_patches_hold_what_a_list_of_operations_does_not(tmp_path: Path) -> None:
    """Kernel arguments of the install section belong into the image, and are listed."""
    (tmp_path / "c.yaml").write_text("machine: {install: {extraKernelArgs: [a=b], extensions: [{image: x}]}}\n")
    assert [finding.path for finding in adopt("c.yaml", tmp_path).left] == [
        "machine.install.extraKernelArgs",
        "machine.install.extensions",
    ]
