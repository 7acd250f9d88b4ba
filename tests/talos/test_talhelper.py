"""The layout talhelper: a whole talconfig.yaml, or entries to paste; no key that talhelper ignores."""

from __future__ import annotations

import pytest
import yaml

from talos_gpu import talos
from talos_gpu.schematic import canonical, parse

WHOLE = """
cluster: small
talos: v1.11.1
kubernetes: v1.34.0
endpoint: https://192.0.2.10:6443
layout: talhelper
stack: {kind: none}
pools:
  gpu:
    gpu: {model: RTX 2070 SUPER, count: 1}
    kernelArgs: [iommu=pt]
    meta: [{key: 10, value: "0777"}]
    labels: {role: gpu}
    taints: [{key: gpu, value: "true", effect: NoSchedule}]
    nodes: {gpu-1: {address: 192.0.2.30, installDisk: /dev/nvme0n1}}
  control:
    role: control-plane
    schedulable: true
    arch: arm64
    overlay: {name: rpi_generic, image: siderolabs/sbc-raspberrypi, options: {size: 5, rate: 1e6, on: true, none: null, list: [a, "2020-13-45"]}}
    nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/mmcblk0}}
"""
FRAGMENT = WHOLE.replace("endpoint: https://192.0.2.10:6443\n", "")

TOP_KEYS = {"clusterName", "talosVersion", "kubernetesVersion", "endpoint", "nodes"}
NODE_KEYS = {
    "hostname",
    "ipAddress",
    "installDisk",
    "controlPlane",
    "machineSpec",
    "nodeLabels",
    "kernelModules",
    "schematic",
    "patches",
}
"""What talhelper v3.1.16 reads of what we write (its talconfig.json schema)."""


def talconfig(rendered, text=WHOLE, name="talconfig.yaml"):
    (document,) = rendered(text)[f"talos/{name}"]
    return document


def node(rendered, hostname, text=WHOLE):
    return next(item for item in talconfig(rendered, text)["nodes"] if item["hostname"] == hostname)


def test_a_complete_profile_gives_a_whole_talconfig(rendered):
    """With every node, and no key that talhelper would ignore without a word."""
    found = talconfig(rendered)
    assert set(found) == TOP_KEYS
    assert (found["talosVersion"], found["kubernetesVersion"]) == ("v1.11.1", "v1.34.0")
    assert [item["hostname"] for item in found["nodes"]] == ["cp-1", "gpu-1"]
    assert all(set(item) <= NODE_KEYS for item in found["nodes"])


def test_an_incomplete_profile_gives_entries_to_paste(rendered, planned):
    """The user's talconfig.yaml stays the user's."""
    found = talconfig(rendered, FRAGMENT, "talconfig.nodes.yaml")
    assert list(found) == ["nodes"]
    assert "talos/talconfig.yaml" not in rendered(FRAGMENT)
    (document,) = (item for item in talos.render(planned(FRAGMENT)) if item.path.endswith("talconfig.nodes.yaml"))
    assert "Copy these entries" in document.comments[(0,)]


def test_labels_and_modules_are_native_keys_and_no_patches(rendered):
    """One place for each fact."""
    gpu = node(rendered, "gpu-1")
    assert gpu["nodeLabels"] == {"role": "gpu"}
    assert [item["name"] for item in gpu["kernelModules"]] == ["nvidia", "nvidia_uvm", "nvidia_drm", "nvidia_modeset"]
    assert gpu["patches"] == ["@./patches/gpu/20-sysctls.yaml", "@./patches/gpu/40-node-taints.yaml"]
    files = {path.rsplit("/", 1)[1] for path in rendered(WHOLE) if "/patches/" in path}
    assert files == {"20-sysctls.yaml", "40-node-taints.yaml", "70-scheduling.yaml"}


def test_every_patch_that_is_named_exists(rendered):
    """Paths are relative to talconfig.yaml."""
    files = rendered(WHOLE)
    named = [patch for item in talconfig(rendered)["nodes"] for patch in item.get("patches", ())]
    assert named
    assert all(f"talos/{patch.removeprefix('@./')}" in files for patch in named)


def test_neither_node_taints_nor_an_image_url_stand_in_an_entry(rendered):
    """The one is refused on workers, the other would win over the schematic."""
    assert not any({"nodeTaints", "talosImageURL"} & set(item) for item in talconfig(rendered)["nodes"])


@pytest.mark.parametrize(("pool", "hostname"), [("gpu", "gpu-1"), ("control", "cp-1")])
def test_the_inline_schematic_is_the_canonical_one(rendered, planned, pool, hostname):
    """talhelper hashes it again and must reach our id."""
    expected = next(item.schematic for item in planned(WHOLE).pools if item.name == pool)
    inline = node(rendered, hostname)["schematic"]
    assert canonical(parse(yaml.safe_dump(inline, sort_keys=False).encode(), "talconfig.yaml")) == expected.text


def test_the_machine_is_described_for_the_installer_address(rendered):
    """Platform and Secure Boot are parts of the image's name."""
    text = WHOLE.replace("    arch: arm64", "    secureBoot: true\n    platform: nocloud\n    arch: arm64")
    assert node(rendered, "cp-1", text)["machineSpec"] == {"mode": "nocloud", "arch": "arm64", "secureboot": True}


@pytest.mark.parametrize("argument", ["a=${HOME}", "a=$HOME", "a={{ .x }}"])
def test_text_that_talhelper_would_template_is_named(planned, argument):
    """An undefined variable is an error there, a defined one is worse."""
    (hazard,) = talos.check(planned(WHOLE.replace("iommu=pt", f'"{argument}"')))
    assert (hazard.path, hazard.severity) == (("pools", "gpu", "kernelArgs"), "error")


def test_templates_in_a_users_patch_are_named(planned):
    """Patch files are templated as well."""
    text = WHOLE.replace("    labels:", '    patches: [{machine: {sysfs: {x: "{{ y }}"}}}]\n    labels:')
    (hazard,) = talos.check(planned(text))
    assert hazard.path == ("pools", "gpu", "patches", 0)


def test_a_users_installer_image_is_named(planned):
    """Even this plan's own: it would win over the schematic of the next release."""
    image = next(pool for pool in planned(WHOLE).pools if pool.gpu).schematic.installer.value
    text = WHOLE.replace("    labels:", f"    patches: [{{machine: {{install: {{image: '{image}'}}}}}}]\n    labels:")
    (hazard,) = talos.check(planned(text))
    assert hazard.path == ("pools", "gpu", "patches", 0)
    assert "another release would never arrive" in hazard.message


def test_a_plain_profile_has_no_hazards(planned):
    """Nothing is cried out without need."""
    assert talos.check(planned(WHOLE)) == ()


def test_the_archived_tool_is_warned_about_at_its_edge(planned):
    """It still writes what a 1.14 node takes, in the older dialect."""
    (hazard,) = talos.check(planned(WHOLE.replace("v1.11.1", "v1.14.6").replace("v1.34.0", "v1.36.6")))
    assert hazard.severity == "warning"
    assert "archived" in hazard.message


def test_the_archived_tool_is_refused_beyond_its_edge(planned):
    """It knows no config of Talos 1.15."""
    (hazard,) = talos.check(planned(WHOLE.replace("v1.11.1", "v1.15.0-beta.0").replace("v1.34.0", "v1.36.6")))
    assert hazard.severity == "error"
    assert "topf" in hazard.remedy


def test_a_talos_that_the_archived_tool_refuses_is_refused(planned):
    """However old the contract: talhelper reads talosVersion alone, and does not go on."""
    young = WHOLE.replace("v1.11.1", "v1.15.0-beta.0").replace("v1.34.0", "v1.36.6").replace("RTX 2070 SUPER", "L40S")
    (hazard,) = [item for item in talos.check(planned(f"{young}contract: v1.13\n")) if item.severity == "error"]
    assert "refuses a talosVersion of v1.15" in hazard.message


def commands(planned, text=WHOLE, **wanted):
    found = talos.steps(planned(text))
    return [step.command for step in found if all(getattr(step, key) == value for key, value in wanted.items())]


def test_the_secrets_of_a_cluster_that_exists_are_copied_and_never_made(planned):
    """New ones would take its nodes out of it."""
    lines = commands(planned, part="exists")
    assert "cp YOUR_REPO/talsecret.yaml ." in lines
    assert not any("gensecret" in line for line in lines)
    assert not any("192.0.2.11" in line for line in lines), "a node without GPU is left alone"


def test_a_new_cluster_is_made_and_bootstrapped(planned):
    """The access to its nodes is used only after genconfig has written it."""
    lines = commands(planned, part="new")
    assert any("gensecret" in line for line in lines)
    assert "talhelper gencommand apply --node 192.0.2.11 --extra-flags --insecure | bash" in lines
    assert "talhelper gencommand bootstrap | bash" in lines
    export = next(index for index, line in enumerate(lines) if line.startswith("export TALOSCONFIG="))
    assert lines.index("talhelper genconfig") < export


@pytest.mark.parametrize("phase", talos.PHASES)
def test_entries_to_paste_are_used_in_the_users_own_folder(planned, phase):
    """dist holds no talconfig.yaml there, and makes no secrets."""
    lines = commands(planned, FRAGMENT, phase=phase)
    assert "cp -R dist/small/talos/patches YOUR_REPO/" in lines
    assert next(line for line in lines if line.startswith("cd ")) == "cd YOUR_REPO"
    assert not any("gensecret" in line or line.startswith("cd dist") for line in lines)


def test_a_pool_without_nodes_gives_an_entry_for_a_placeholder(rendered, planned):
    """And the steps of that node."""
    text = FRAGMENT.replace("    nodes: {gpu-1: {address: 192.0.2.30, installDisk: /dev/nvme0n1}}\n", "")
    assert node_of(rendered, text)["ipAddress"] == "NODE_ADDRESS"
    assert "talhelper gencommand upgrade --node NODE_ADDRESS | bash" in commands(planned, text, part="exists")


def node_of(rendered, text):
    return next(
        item for item in talconfig(rendered, text, "talconfig.nodes.yaml")["nodes"] if item["hostname"] == "NODE"
    )


def test_schematics_are_posted_by_genconfig_alone(planned):
    """A second registration would say nothing new."""
    assert not any(line.startswith("curl") for line in commands(planned))


def test_a_config_that_reboots_is_staged_before_the_upgrade(planned):
    """Up to 1.13 machine.files reboot a node at once; a later change is not staged behind the reader's back."""
    text = WHOLE.replace("    labels:", "    defaultRuntime: nvidia\n    labels:")
    staged = "talhelper gencommand apply --node 192.0.2.30 --extra-flags --mode=staged | bash"
    assert staged in commands(planned, text, part="exists")
    assert staged not in commands(planned, text, phase="configuration-change")


def test_an_id_is_said_once_a_pool(rendered, planned):
    """Nodes of a pool share their schematic."""
    text = WHOLE.replace(
        "installDisk: /dev/mmcblk0}", "installDisk: /dev/mmcblk0}, cp-2: {address: 192.0.2.12, installDisk: /dev/sda}"
    )
    (document,) = (item for item in talos.render(planned(text)) if item.path.endswith("talconfig.yaml"))
    assert sum(path[-1] == "schematic" for path in document.comments) == 2
    assert all(comment[0].isupper() for comment in document.comments.values())
