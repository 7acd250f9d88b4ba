"""Machine-config patches: one topic a file, in the dialect of the node's config."""

from __future__ import annotations

import pytest

from talos_gpu.talos.patch import sentence

LEGACY = """
cluster: small
talos: v1.11.6
layout: talosctl
stack: {kind: none}
pools:
  gpu:
    gpu: {model: L40S, count: 1}
    labels: {role: gpu, example.org/on: "yes", example.org/number: "123"}
    taints:
      - {key: nvidia.com/gpu, value: "true", effect: NoSchedule}
      - {key: dedicated, effect: PreferNoSchedule}
    modules: [{name: nvidia_peermem, parameters: ["a: b"]}]
    defaultRuntime: nvidia
    patches: [{machine: {sysfs: {x: "${y} {{ z }}"}}}]
    nodes: {gpu-1: {address: 192.0.2.4}}
"""

DOCUMENTS = """
cluster: small
talos: v1.14.6
contract: v1.14
layout: talosctl
stack: {kind: none}
pools:
  gpu:
    gpu: {model: L40S, count: 1}
    labels: {role: gpu, example.org/on: "yes"}
    taints: [{key: nvidia.com/gpu, value: "true", effect: NoSchedule}, {key: dedicated, effect: PreferNoSchedule}]
    modules: [{name: nvidia_peermem, parameters: [a=1]}]
    nodes:
      gpu-1: {address: 192.0.2.4, installDisk: /dev/sda}
      gpu-2: {address: 192.0.2.5, installDisk: /dev/sda}
"""

NVIDIA = ["nvidia", "nvidia_uvm", "nvidia_drm", "nvidia_modeset"]


def patch(parsed, text, name, pool="gpu"):
    (document,) = parsed(text)[f"talos/patches/{pool}/{name}.yaml"]
    return document


def test_the_patches_of_a_legacy_pool_read_as_recorded(rendered, golden):
    """Every topic has a file of its own, in the order in which it is applied."""
    files = {path: text for path, text in rendered(LEGACY).items() if "/patches/" in path}
    assert [path.rsplit("/", 1)[1] for path in files] == [
        "10-kernel-modules.yaml",
        "20-sysctls.yaml",
        "30-node-labels.yaml",
        "40-node-taints.yaml",
        "50-default-runtime.yaml",
        "60-install-image.yaml",
        "90-user-01.yaml",
    ]
    assert "\n".join(f"=== {path}\n{text}" for path, text in files.items()) == golden


def test_the_patches_of_a_pool_of_documents_read_as_recorded(rendered, golden):
    """On a config of Talos 1.14 no patch holds a key of the legacy document."""
    files = {path: text for path, text in rendered(DOCUMENTS).items() if "/patches/" in path}
    assert not any(line.startswith(("machine:", "cluster:")) for text in files.values() for line in text.splitlines())
    assert "\n".join(f"=== {path}\n{text}" for path, text in files.items()) == golden


def test_kernel_modules_are_all_four_in_order_then_the_users_own(parsed):
    """The extension keeps them from loading by themselves."""
    modules = patch(parsed, LEGACY, "10-kernel-modules")["machine"]["kernel"]["modules"]
    assert [item["name"] for item in modules] == [*NVIDIA, "nvidia_peermem"]
    assert modules[-1]["parameters"] == ["a: b"]


def test_each_module_is_a_document_of_its_own_on_a_new_config(parsed):
    """KernelModuleConfig names one module."""
    documents = parsed(DOCUMENTS)["talos/patches/gpu/10-kernel-modules.yaml"]
    assert [item["name"] for item in documents] == [*NVIDIA, "nvidia_peermem"]
    assert {item["kind"] for item in documents} == {"KernelModuleConfig"}


def test_sysctl_values_are_text(parsed):
    """Talos's schema refuses a bare number."""
    assert patch(parsed, LEGACY, "20-sysctls") == {"machine": {"sysctls": {"net.core.bpf_jit_harden": "1"}}}


def test_label_values_that_yaml_would_take_for_something_else_stay_text(parsed):
    """Yes and 123 are labels, not a boolean and a number."""
    labels = patch(parsed, LEGACY, "30-node-labels")["machine"]["nodeLabels"]
    assert labels == {"role": "gpu", "example.org/on": "yes", "example.org/number": "123"}


def test_a_worker_registers_with_its_taints(parsed):
    """machine.nodeTaints on a worker is refused by NodeRestriction, and takes the labels with it."""
    machine = patch(parsed, LEGACY, "40-node-taints")["machine"]
    assert machine == {
        "kubelet": {
            "extraConfig": {
                "registerWithTaints": [
                    {"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"},
                    {"key": "dedicated", "effect": "PreferNoSchedule"},
                ]
            }
        }
    }


def test_a_control_plane_is_tainted_by_talos(parsed):
    """Control planes have an admin client."""
    text = LEGACY.replace("  gpu:\n    gpu:", "  gpu:\n    role: control-plane\n    schedulable: true\n    gpu:")
    taints = patch(parsed, text, "40-node-taints")["machine"]["nodeTaints"]
    assert taints == {"nvidia.com/gpu": "true:NoSchedule", "dedicated": "PreferNoSchedule"}
    assert patch(parsed, text, "70-scheduling") == {"cluster": {"allowSchedulingOnControlPlanes": True}}


def test_taints_and_labels_of_a_new_config_are_two_patches_of_one_document(parsed):
    """One patch may not hold a document twice; two files may."""
    taints = patch(parsed, DOCUMENTS, "40-node-taints")
    assert taints["taints"] == {"nvidia.com/gpu": "true:NoSchedule", "dedicated": "PreferNoSchedule"}
    assert taints["kind"] == patch(parsed, DOCUMENTS, "30-node-labels")["kind"] == "KubeNodeConfig"


def test_a_control_plane_of_a_new_config_loses_its_taint_alone(parsed):
    """cluster.allowSchedulingOnControlPlanes conflicts with KubeNodeConfig there."""
    text = DOCUMENTS.replace("  gpu:\n    gpu:", "  gpu:\n    role: control-plane\n    schedulable: true\n    gpu:")
    taints = patch(parsed, text, "70-scheduling")["taints"]
    assert taints == {"node-role.kubernetes.io/control-plane": {"$patch": "delete"}}


def test_a_default_runtime_is_the_one_file_that_talos_creates_outside_var(parsed, rendered):
    """A second entry, or another path, loops the node; the reader is told that it concerns every pod."""
    (entry,) = patch(parsed, LEGACY, "50-default-runtime")["machine"]["files"]
    assert (entry["path"], entry["op"]) == ("/etc/cri/conf.d/20-customization.part", "create")
    assert entry["content"].splitlines()[0] == '[plugins."io.containerd.cri.v1.runtime".containerd]'
    text = rendered(LEGACY)["talos/patches/gpu/50-default-runtime.yaml"]
    assert "every pod" in text
    assert "after a reboot" in text


def test_the_plugin_of_an_old_containerd_has_its_old_name(parsed):
    """containerd 1.7, before Talos 1.8."""
    text = LEGACY.replace("v1.11.6", "v1.7.7").replace(
        '    modules: [{name: nvidia_peermem, parameters: ["a: b"]}]\n', ""
    )
    (entry,) = patch(parsed, text, "50-default-runtime")["machine"]["files"]
    assert 'plugins."io.containerd.grpc.v1.cri".containerd' in entry["content"]


def test_nodes_with_one_disk_share_the_install_patch(parsed):
    """The selector stands beside the image, for the patch is refused without it."""
    document = patch(parsed, DOCUMENTS, "60-install-image")
    assert document["provisioning"] == {"diskSelector": {"match": "disk.dev_path == '/dev/sda'"}}
    assert document["installer"]["image"].endswith(":v1.14.6")


def test_nodes_with_different_disks_get_a_file_each(parsed):
    """A name below /dev/disk is a link, which Talos keeps apart."""
    text = DOCUMENTS.replace("192.0.2.5, installDisk: /dev/sda", "192.0.2.5, installDisk: /dev/disk/by-id/x")
    one, two = (patch(parsed, text, f"60-install-image-{node}") for node in ("gpu-1", "gpu-2"))
    assert one["provisioning"]["diskSelector"]["match"] == "disk.dev_path == '/dev/sda'"
    assert two["provisioning"]["diskSelector"]["match"] == "'/dev/disk/by-id/x' in disk.symlinks"
    assert "talos/patches/gpu/60-install-image.yaml" not in parsed(text)


def test_without_a_disk_a_new_config_gets_no_install_patch(parsed):
    """A patch without selector would drop the one that the node has."""
    text = DOCUMENTS.replace(", installDisk: /dev/sda", "")
    assert not any("install-image" in path for path in parsed(text))


def test_a_users_patch_stays_as_written(rendered):
    """No template language touches it on the way."""
    text = rendered(LEGACY)["talos/patches/gpu/90-user-01.yaml"]
    assert "${y} {{ z }}" in text


@pytest.mark.parametrize("layout", ["talosctl", "topf", "talhelper", "opentofu"])
def test_every_layout_has_the_canonical_schematic_of_every_pool(planned, rendered, layout):
    """Its digest is its id, so no header stands above it."""
    text = LEGACY.replace("talosctl", layout).replace('"${y} {{ z }}"', '"1"')
    plan = planned(text)
    assert rendered(text)["talos/schematics/gpu.yaml"] == plan.pools[0].schematic.text


def test_a_pool_that_needs_nothing_gets_no_patch(parsed):
    """No file says nothing."""
    text = LEGACY + "  plain: {nodes: {w-1: {address: 192.0.2.9}}}\n"
    assert [path for path in parsed(text) if "/patches/plain/" in path] == ["talos/patches/plain/60-install-image.yaml"]


@pytest.mark.parametrize("value", ["2020-13-45", "1_000", "1e3", "on", "n", "null", "0x1f", "a.b_c-d", "1.5"])
def test_every_label_value_comes_back_as_written(parsed, value):
    """Whatever YAML would take it for."""
    text = LEGACY.replace("role: gpu", f'role: "{value}"')
    assert patch(parsed, text, "30-node-labels")["machine"]["nodeLabels"]["role"] == value


def test_nothing_is_quoted_without_need(rendered):
    """present:NoSchedule and a disk's expression are text to every reader of YAML; 1, off and true are not."""
    text = "\n".join(str(content) for content in rendered(DOCUMENTS).values())
    assert "nvidia.com/gpu: true:NoSchedule" in text
    assert "match: disk.dev_path == '/dev/sda'" in text
    assert 'example.org/on: "yes"' in text
    assert 'net.core.bpf_jit_harden: "1"' in rendered(LEGACY)["talos/patches/gpu/20-sysctls.yaml"]


@pytest.mark.parametrize("text", [LEGACY, DOCUMENTS], ids=["legacy", "documents"])
def test_comments_keep_to_one_width(rendered, text):
    """80 columns, as in every other file."""
    patches = [content for path, content in rendered(text).items() if "/patches/" in path and "user" not in path]
    assert max(len(line) for content in patches for line in content.splitlines() if line.startswith("#")) <= 80


@pytest.mark.parametrize("word", ["containerd injects", "nvidia-container-cli loads", "nvidia alone", "talhelper sets"])
def test_an_identifier_is_never_capitalised(word):
    """A name at the start of a sentence stays what it is."""
    assert sentence(word) == word
    assert sentence("the extensions keep") == "The extensions keep"


def test_taints_that_talos_sets_itself_are_not_explained_by_a_document_of_another_dialect(rendered):
    """A contract before 1.14 has no KubeNodeConfig."""
    text = LEGACY.replace("v1.11.6\n", "v1.14.6\ncontract: v1.11\n")
    found = rendered(text)["talos/patches/gpu/40-node-taints.yaml"]
    assert "nodeTaints:" in found
    assert "KubeNodeConfig" not in found
    assert "joined already" in found


def test_a_default_runtime_reboots_only_where_the_release_does(rendered):
    """From 1.14 on Talos restarts containerd instead."""
    old = " ".join(rendered(LEGACY)["talos/patches/gpu/50-default-runtime.yaml"].split())
    new = " ".join(
        rendered(LEGACY.replace("v1.11.6\n", "v1.14.6\ncontract: v1.11\n"))[
            "talos/patches/gpu/50-default-runtime.yaml"
        ].split()
    )
    assert "stage it before the upgrade" in old.replace("# ", "")
    assert "stage it" not in new.replace("# ", "")
