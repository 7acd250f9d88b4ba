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
    assert [item["hostname"] for item in found["nodes"]] == ["gpu-1", "cp-1"]
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
    """It would win over the schematic, and no extension would arrive."""
    text = WHOLE.replace("    labels:", "    patches: [{machine: {install: {image: example.org/x}}}]\n    labels:")
    (hazard,) = talos.check(planned(text))
    assert "extensions would never arrive" in hazard.message


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
