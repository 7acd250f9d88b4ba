"""The layout opentofu: templates that render to the canonical texts, and locals with both ids."""

from __future__ import annotations

import re

import pytest

from talos_gpu import talos

PROFILE = """
cluster: small
talos: v1.10.3
layout: opentofu
stack: {kind: none}
pools:
  gpu:
    gpu: {model: Quadro K2200, count: 1}
    extensions: EXTENSIONS
    kernelArgs: ARGUMENTS
    nodes: {gpu-1: {address: 192.0.2.30}}
  workers:
    nodes: {worker-1: {address: 192.0.2.31}}
"""


def profile(extensions="[iscsi-tools, qemu-guest-agent]", arguments="[]"):
    return PROFILE.replace("EXTENSIONS", extensions).replace("ARGUMENTS", arguments)


def templatefile(text, needs_nvidia_extensions):
    """What templatefile() makes of the directives that we use, as measured with OpenTofu."""

    def chosen(match):
        whole, without = (match[2], match[3] or "")
        return whole if (match[1] == "") == needs_nvidia_extensions else without

    block = r"%\{ if (!?)needs_nvidia_extensions ~\}\n(.*?)(?:%\{ else ~\}\n(.*?))?%\{ endif ~\}\n"
    text = re.sub(rf"(?ms)^{block}", chosen, text)
    return text.replace("$${", "${").replace("%%{", "%{")


@pytest.mark.parametrize(
    ("extensions", "arguments"),
    [
        ("[iscsi-tools, qemu-guest-agent]", "[]"),
        ("[]", "[]"),
        ("[]", '["a=${x}", "b=%{if}", "c=$${y}", "d=%%{z}", "plain"]'),
        ("[zfs]", "[a=b]"),
    ],
    ids=["between others", "alone", "what a template would take for its own", "before another"],
)
def test_the_template_renders_to_the_canonical_texts(planned, rendered, extensions, arguments):
    """So the id is ours with the NVIDIA extensions and without."""
    text = profile(extensions, arguments)
    schematic = planned(text).pools[0].schematic
    template = rendered(text)["talos/gpu/schematic.yaml.tftpl"]
    assert "\n\n" not in template
    assert templatefile(template, True) == schematic.text
    assert templatefile(template, False) == schematic.without_nvidia_text


def test_what_opens_a_template_is_doubled(rendered):
    """As HCL escapes it."""
    template = rendered(profile(arguments='["a=${x}", "b=%{if}"]'))["talos/gpu/schematic.yaml.tftpl"]
    assert "- a=$${x}\n" in template
    assert "b=%%{if}" in template


def test_a_pool_without_gpu_has_no_template(rendered):
    """Its schematic has nothing to choose."""
    assert "talos/workers/schematic.yaml.tftpl" not in rendered(profile())


def test_the_locals_read_as_recorded(planned, rendered, golden):
    """Both ids and both installers of every pool."""
    text = rendered(profile())["talos/locals.tf"]
    gpu = planned(profile()).pools[0].schematic
    assert f'"{gpu.id.value}"' in text
    assert f'"{gpu.without_nvidia_id}"' in text
    assert text == golden


def test_patches_of_one_node_stand_apart(rendered):
    """config_patches of a node takes the shared ones and its own."""
    text = PROFILE.replace("v1.10.3", "v1.14.6").replace("Quadro K2200", "L40S").replace("EXTENSIONS", "[]")
    text = text.replace("ARGUMENTS", "[]").replace(
        "{gpu-1: {address: 192.0.2.30}}",
        "{gpu-1: {address: 192.0.2.30, installDisk: /dev/sda}, gpu-2: {address: 192.0.2.32, installDisk: /dev/sdb}}",
    )
    found = rendered(text)["talos/locals.tf"]
    assert '"gpu-2" = ["${path.module}/patches/gpu/60-install-image-gpu-2.yaml"]' in found
    shared = found.split("patches = [")[1].split("]")[0]
    assert "install-image" not in shared


def test_the_folder_is_a_module_that_hands_its_pools_out(rendered):
    """Locals alone end at the module's border; the example names a pool that exists."""
    files = rendered(profile().replace("  gpu:\n", "  cards:\n"))
    assert 'output "talos_gpu_pools" {' in files["talos/outputs.tf"]
    assert "local.talos_gpu_pools" in files["talos/outputs.tf"]
    head = files["talos/locals.tf"].split("locals {")[0]
    assert 'talos_gpu_pools["cards"].schematic' in head
    assert '["gpu"]' not in head


def test_paths_lead_from_whoever_calls_the_module(rendered):
    """A path that is relative to the module would be looked for in the root module."""
    text = rendered(profile())["talos/locals.tf"]
    assert '= "${path.module}/schematics/gpu.yaml"' in text
    assert '"${path.module}/patches/gpu/10-kernel-modules.yaml",' in text


def test_commands_run_in_the_users_root_module(planned):
    """Nothing in dist has resources; and nothing but curl posts a schematic there."""
    found = [step for step in talos.steps(planned(profile())) if step.phase == "driver-change"]
    lines = [step.command for step in found if step.command]
    assert lines[0].startswith("curl ")
    assert "@dist/small/talos/schematics/gpu.yaml" in lines[0]
    assert lines[1:3] == ["cd YOUR_TOFU_ROOT", "tofu init"]
    assert not any(line.startswith("cd ") for line in lines[2:])
