"""The layout talosctl: exact commands, to be copied line by line."""

from __future__ import annotations

import shlex

import pytest

from talos_gpu import talos

PROFILE = """
cluster: small
talos: v1.11.6
layout: talosctl
stack: {kind: none}
pools:
  gpu:
    gpu: {model: L40S, count: 1}
    defaultRuntime: nvidia
    nodes: {gpu-1: {address: 192.0.2.4}, gpu-2: {address: "2001:db8::5"}}
  control:
    role: control-plane
    nodes: {cp-1: {address: 192.0.2.3}}
  spare: {}
"""


def commands(rendered, text=PROFILE):
    lines = rendered(text)["talos/commands.sh"].splitlines()
    return [shlex.split(line) for line in lines if line and not line.startswith("#")]


def test_the_listing_reads_as_recorded(rendered, golden):
    """A shell dialect is named for shellcheck, and nothing is executed by chance."""
    text = rendered(PROFILE)["talos/commands.sh"]
    assert text.startswith("# shellcheck shell=bash\n")
    assert text == golden


def part(planned, name, text=PROFILE):
    found = talos.steps(planned(text))
    return [shlex.split(step.command) for step in found if step.part == name and step.command]


def change(planned, phase, text=PROFILE):
    return [step for step in talos.steps(planned(text)) if step.phase == phase]


@pytest.mark.parametrize("name", ["exists", "others", "new"])
def test_a_schematic_is_registered_before_anything_needs_it(planned, name):
    """An id works only after somebody has posted its schematic; equal schematics are posted once a part."""
    words = part(planned, name)
    posted = [line[-2] for line in words if line[0] == "curl"]
    assert [line[0] for line in words[1 : len(posted) + 1]] == ["curl"] * len(posted)
    assert len(posted) == len(set(posted)) > 0


def test_configuration_comes_before_the_image_so_that_one_reboot_brings_both(planned):
    """What would reboot the node is staged, as the last patch before the upgrade: another one would undo it."""
    words = [line for line in part(planned, "exists") if "192.0.2.4" in line]
    assert [line[-1].rsplit("/", 1)[-1].split(":")[0] for line in words if "patch" in line] == [
        "10-kernel-modules.yaml",
        "20-sysctls.yaml",
        "60-install-image.yaml",
        "50-default-runtime.yaml",
    ]
    assert [line[3] for line in words] == ["patch", "patch", "patch", "patch", "upgrade"]
    assert ["--mode=staged" in line for line in words] == [False, False, False, True, False]


def test_a_release_that_never_reboots_takes_the_default_runtime_after_the_image(planned):
    """There the handler must be in the image first."""
    text = PROFILE.replace("v1.11.6", "v1.14.6").replace("192.0.2.4}", "192.0.2.4, installDisk: /dev/sda}")
    words = [line for line in part(planned, "exists", text) if "192.0.2.4" in line]
    assert words[-2][3] == "upgrade"
    assert words[-1][-1].endswith("50-default-runtime.yaml")
    assert not any("--mode=staged" in line for line in words)


def test_a_users_patch_that_reboots_is_staged_too(planned):
    """machine.env counts at boot; several are staged by one command, for the second would undo the first."""
    text = PROFILE.replace("    defaultRuntime", "    patches: [{machine: {env: {A: b}}}]\n    defaultRuntime")
    (line,) = (line for line in part(planned, "exists", text) if "--mode=staged" in line and "192.0.2.4" in line)
    assert [word for word in line if word.startswith("@")] == [
        "@patches/gpu/50-default-runtime.yaml",
        "@patches/gpu/90-user-01.yaml",
    ]


def test_gpu_pools_come_first_and_the_others_stand_apart(planned):
    """Nodes that need nothing are left alone."""
    touched = {name: [line[2] for line in part(planned, name) if "upgrade" in line] for name in ("exists", "others")}
    assert touched == {"exists": ["192.0.2.4", "2001:db8::5"], "others": ["192.0.2.3", "NODE_ADDRESS"]}


def test_a_release_upgrade_takes_control_planes_first(planned):
    """Each command names its node, and after each upgrade the config names the image that runs."""
    lines = [shlex.split(step.command) for step in change(planned, "talos-upgrade")]
    assert [line[2] for line in lines if "upgrade" in line] == ["192.0.2.3", "192.0.2.4", "2001:db8::5", "NODE_ADDRESS"]
    after = [lines[index + 1] for index, line in enumerate(lines) if "upgrade" in line]
    assert all(line[-1].endswith("60-install-image.yaml") for line in after)


def test_a_pool_without_nodes_has_the_same_steps_for_a_placeholder(planned, rendered):
    """Patches alone would install nothing."""
    text = PROFILE.replace('    nodes: {gpu-1: {address: 192.0.2.4}, gpu-2: {address: "2001:db8::5"}}\n', "")
    words = part(planned, "exists", text)
    assert [line[3] for line in words if line[0] == "talosctl"] == ["patch"] * 4 + ["upgrade"]
    assert {line[2] for line in words if line[0] == "talosctl"} == {"NODE_ADDRESS"}
    assert "upgrade --image" in rendered(text)["talos/commands.sh"]
    assert "each node of pool gpu" in rendered(text)["talos/commands.sh"]


def test_a_patch_that_holds_lists_is_never_printed_as_a_patch_again(planned):
    """Two entries of one path make the node fail at boot: it is edited."""
    found = change(planned, "configuration-change")
    assert not any(name in step.command for step in found for name in ("10-kernel-modules", "50-default-runtime"))
    edits = [step for step in found if step.command == "talosctl --nodes 192.0.2.4 edit mc"]
    assert [("50-default-runtime.yaml" in step.title, "fails" in step.note) for step in edits] == [(True, True)]
    assert any("--dry-run --patch @patches/gpu/20-sysctls.yaml" in step.command for step in found)


def test_a_new_cluster_is_bootstrapped_once(planned):
    """Secrets, a config and its first application for every node, then etcd."""
    lines = part(planned, "new")
    assert ["talosctl", "--nodes", "192.0.2.3", "bootstrap"] in lines
    configs = [line for line in lines if line[:3] == ["talosctl", "gen", "config"] and "--install-image" in line]
    assert [line[-1] for line in configs] == ["cp-1.yaml", "gpu-1.yaml", "gpu-2.yaml", "NODE.yaml"]
    assert [line[-1] for line in lines if "--insecure" in line] == [line[-1] for line in configs]
    assert all("https://192.0.2.3:6443" in line for line in configs)


def test_without_a_control_plane_no_cluster_is_made(planned):
    """The profile does not say enough for it."""
    assert part(planned, "new", PROFILE.replace("    role: control-plane\n", "")) == []


def test_every_phase_has_its_steps(planned):
    """A driver change is a new image; a configuration change is none."""
    found = talos.steps(planned(PROFILE))
    assert {step.phase for step in found} == set(talos.PHASES)
    assert not any("upgrade" in step.command for step in found if step.phase == "configuration-change")
    assert any("upgrade --image" in step.command for step in found if step.phase == "driver-change")


def test_the_steps_come_in_the_order_of_the_phases(planned):
    """So that a runbook can group them."""
    order = [talos.PHASES.index(step.phase) for step in talos.steps(planned(PROFILE))]
    assert order == sorted(order)
