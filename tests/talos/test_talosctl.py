"""The layout talosctl: exact commands, to be copied line by line."""

from __future__ import annotations

import shlex

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


def test_a_schematic_is_registered_before_anything_needs_it(rendered):
    """An id works only after somebody has posted its schematic; equal schematics are posted once."""
    posted = [index for index, words in enumerate(commands(rendered)) if words[0] == "curl"]
    assert posted == [1, 2]
    assert commands(rendered)[1][-2:] == ["@schematics/gpu.yaml", "https://factory.talos.dev/schematics"]


def test_configuration_comes_before_the_image_so_that_one_reboot_brings_both(rendered):
    """But a default runtime follows the image that carries it."""
    words = [line for line in commands(rendered) if "192.0.2.4" in line]
    assert [line[-1].rsplit("/", 1)[-1].split(":")[0] for line in words if "patch" in line] == [
        "10-kernel-modules.yaml",
        "20-sysctls.yaml",
        "60-install-image.yaml",
        "50-default-runtime.yaml",
    ]
    assert [line[3] for line in words] == ["patch", "patch", "patch", "upgrade", "patch"]


def test_control_planes_are_upgraded_first_and_nodes_one_by_one(rendered):
    """Each command names its node."""
    upgraded = [line[2] for line in commands(rendered) if "upgrade" in line]
    assert upgraded == ["192.0.2.3", "192.0.2.4", "2001:db8::5"]


def test_a_pool_without_nodes_has_patches_but_no_commands(rendered):
    """Nothing is invented for machines that nobody named."""
    assert "talos/patches/spare/60-install-image.yaml" in rendered(PROFILE)
    assert not any("spare" in word for line in commands(rendered) if line[0] == "talosctl" for word in line)


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
