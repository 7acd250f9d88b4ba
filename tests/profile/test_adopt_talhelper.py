"""A talhelper repository becomes a draft: what is known is taken, the rest is listed at its place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.profile import parse_profile
from talos_gpu.profile.adopt import Adopted, adopt
from talos_gpu.profile.draft import Draft, profile_text

HERE = Path(__file__).parent / "adopted" / "talhelper"


class _Yaml(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "yaml"


def with_gpu(draft: Draft) -> Draft:
    return replace(draft, pools=tuple(replace(p, model="RTX 2070 SUPER") if p.nvidia else p for p in draft.pools))


def adopted(tmp_path: Path, text: str, **beside: str) -> Adopted:
    (tmp_path / "talconfig.yaml").write_text(text)
    for name, content in beside.items():
        (tmp_path / f"{name}.yaml").write_text(content)
    return adopt("talconfig.yaml", tmp_path)


def reasons(found: Adopted) -> dict[str, str]:
    return {finding.path: finding.message for finding in found.left}


def test_a_whole_repository_becomes_a_profile(snapshot: SnapshotAssertion) -> None:
    """Three kinds of nodes, groups, talenv.yaml, patches: the profile's text is exactly this, and is understood."""
    found = adopt("talconfig.yaml", HERE)
    text = profile_text(with_gpu(found.draft), "./schema.json")
    profile = parse_profile(text.encode(), "driftmark.yaml").profile
    assert (profile.cluster, profile.talos, profile.kubernetes) == ("driftmark", "v1.11.1", "v1.34.0")
    assert profile.layout.kind == "talhelper"
    gpu = profile.pools["gpu"]
    assert (gpu.driver.track, gpu.driver.flavour) == ("lts", "proprietary")
    assert (gpu.extensions, gpu.labels) == (("iscsi-tools", "util-linux-tools"), {"role": "gpu", "slot": "7"})
    assert [module.name for module in gpu.modules] == ["ib_umad", "gdrdrv"]
    assert profile.pools["control-plane"].arch == "arm64"
    assert list(profile.pools["control-plane"].nodes) == ["pi-1", "pi-2"]
    assert text == snapshot(extension_class=_Yaml)


def test_everything_else_is_listed_at_its_place(snapshot: SnapshotAssertion) -> None:
    """File, line, column, key path and why; sorted, each once."""
    left = adopt("talconfig.yaml", HERE).left
    assert "talconfig.yaml:51:9: nodes[2].schematic.customization.bootloader: is not part of a profile" in map(
        str, left
    )
    assert list(left) == sorted(set(left))
    assert [str(finding) for finding in left] == snapshot


def test_an_id_of_the_nvidia_pair_tells_the_driver_and_is_asserted() -> None:
    """talosImageURL has no list of extensions, but this id is that of one list alone."""
    pool = adopt("talconfig.yaml", HERE).draft.pools[2]
    assert (pool.nodes[0].name, pool.track, pool.flavour) == ("tidewater", "lts", "proprietary")
    assert pool.facts["schematicId"] == "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7"


def test_the_gpu_is_not_invented() -> None:
    """No file of talhelper names the card."""
    assert {pool.model for pool in adopt("talconfig.yaml", HERE).draft.pools} == {""}


NODE = "clusterName: a\nendpoint: https://192.0.2.1:6443\nnodes:\n  - hostname: n\n    ipAddress: 192.0.2.2\n"


def test_placeholders_come_from_talenv_and_nowhere_else(tmp_path: Path) -> None:
    """An encrypted value, or one of the process's environment, fills in nothing."""
    text = "talosVersion: ${talos}\nkubernetesVersion: ${kube}\n" + NODE
    found = adopted(tmp_path, text, talenv="talos: v1.12.11\nkube: ENC[AES256_GCM,data:QQ==]\n")
    assert (found.draft.talos, found.draft.kubernetes) == ("v1.12.11", "")
    assert reasons(found) == {"kubernetesVersion": "holds a template or placeholder whose value is not known here"}


def test_encrypted_values_are_listed_and_not_repeated(tmp_path: Path) -> None:
    """SOPS's text may be anything."""
    found = adopted(tmp_path, NODE.replace("clusterName: a", "clusterName: ENC[AES256_GCM,data:QQ==]"))
    assert found.draft.cluster == ""
    assert reasons(found) == {"clusterName": "is encrypted by SOPS, and nothing is decrypted here"}


@pytest.mark.parametrize(
    ("line", "path", "why"),
    [
        pytest.param(
            '    nodeLabels: {"a\\e[31m": x}\n', 'nodes[0].nodeLabels["a\\x1b[31m"]', "U+001B", id="control-in-key"
        ),
        pytest.param('    nodeLabels: {a: "x y"}\n', "nodes[0].nodeLabels.a", "label value", id="label-value"),
        pytest.param("    nodeTaints: {a: Sometimes}\n", "nodes[0].nodeTaints.a", "no effect", id="taint-effect"),
        pytest.param("    nodeTaints: {a: 'b c:NoSchedule'}\n", "nodes[0].nodeTaints.a", "no taint", id="taint-value"),
        pytest.param("    installDisk: sda\n", "nodes[0].installDisk", "device path", id="disk"),
        pytest.param("    machineSpec: {arch: riscv64}\n", "nodes[0].machineSpec.arch", "arm64", id="arch"),
        pytest.param("    machineSpec: {mode: A/B}\n", "nodes[0].machineSpec.mode", "platform", id="platform"),
        pytest.param("    kernelModules: [{name: 'a b'}]\n", "nodes[0].kernelModules[0]", "module", id="module"),
        pytest.param("    installDisk: [a]\n", "nodes[0].installDisk", "list or a map", id="wrong-shape"),
        pytest.param("    schematic: {overlay: {name: a}}\n", "nodes[0].schematic.overlay", "image", id="overlay"),
        pytest.param("    patches: ['@/etc/hostname']\n", "nodes[0].patches[0]", "outside the folder", id="absolute"),
        pytest.param("    patches: ['@a/../../b']\n", "nodes[0].patches[0]", "outside the folder", id="climbing"),
        pytest.param("    patches: ['a: [']\n", "nodes[0].patches[0]", "is not YAML", id="patch-no-yaml"),
        pytest.param("    patches: ['{{ .x }}: 1']\n", "nodes[0].patches[0]", "template", id="patch-template"),
        pytest.param(
            "    talosImageURL: ghcr.io/example/installer\n", "nodes[0].talosImageURL", "Image Factory", id="image"
        ),
    ],
)
def test_what_no_profile_may_hold_is_listed(tmp_path: Path, line: str, path: str, why: str) -> None:
    """The profile's own types decide; the draft is without it."""
    found = adopted(tmp_path, NODE + line)
    assert why in reasons(found)[path]
    assert found.left[0].position.line == 6
    assert found.draft.pools[0].facts == {}


def test_a_link_that_leaves_the_folder_is_not_followed(tmp_path: Path) -> None:
    """Only files that lie below the talconfig are read."""
    inside = tmp_path / "repository"
    inside.mkdir()
    (tmp_path / "secret.yaml").write_text("machine: {nodeLabels: {stolen: x}}\n")
    (inside / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    found = adopted(inside, NODE + "    patches: ['@link.yaml']\n")
    assert "symbolic link" in reasons(found)["nodes[0].patches[0]"]
    assert found.draft.pools[0].facts == {}


def test_a_node_without_a_usable_name_still_makes_a_pool(tmp_path: Path) -> None:
    """Its facts are known, its place among the nodes is not."""
    found = adopted(tmp_path, NODE.replace("hostname: n", "hostname: N_1") + "    nodeLabels: {role: gpu}\n")
    assert found.draft.pools[0].nodes == ()
    assert found.draft.pools[0].facts == {"labels": {"role": "gpu"}}
    assert "is not among the nodes" in reasons(found)["nodes[0]"]


def test_broken_yaml_is_not_understood(tmp_path: Path) -> None:
    """With line and column of the fault."""
    with pytest.raises(NotUnderstood) as caught:
        adopted(tmp_path, "clusterName: a\nnodes: [\n")
    assert str(caught.value.findings[0].position).startswith("talconfig.yaml:3:1")


def test_another_kind_of_file_is_not_understood(tmp_path: Path) -> None:
    """The message names what could be read."""
    with pytest.raises(NotUnderstood, match=r"talconfig\.yaml .* topf\.yaml .* machine config"):
        adopted(tmp_path, "replicas: 3\n")


def test_a_missing_file_is_somebody_elses_fault(tmp_path: Path) -> None:
    """It is said which."""
    with pytest.raises(OutsideError, match="no such file"):
        adopt("talconfig.yaml", tmp_path)


def test_the_same_thing_twice_is_taken_once(tmp_path: Path) -> None:
    """The second taint, module or META value is listed where it differs, and dropped where it does not."""
    schematic = "    schematic: {customization: {meta: [{key: 10, value: a}, {key: 10, value: b}]}}\n"
    modules = "    kernelModules: [ib-umad, {name: ib_umad, parameters: [a=b]}, ib-umad]\n"
    taints = "    nodeTaints: {a: 'x:NoSchedule'}\n    patches: ['machine: {nodeTaints: {a: \"y:NoSchedule\"}}']\n"
    found = adopted(tmp_path, NODE + schematic + modules + taints)
    assert found.draft.pools[0].facts == {
        "meta": [{"key": 10, "value": "a"}],
        "modules": ["ib-umad"],
        "taints": [{"key": "a", "value": "x", "effect": "NoSchedule"}],
    }
    assert sorted(reasons(found)) == [
        "nodes[0].kernelModules[1]",
        "nodes[0].patches[0].machine.nodeTaints.a",
        "nodes[0].schematic.customization.meta[1]",
    ]
