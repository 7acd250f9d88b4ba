"""The layout topf: a whole topf.yaml, or files of our own that drop into an existing repository."""

from __future__ import annotations

import pytest

from talos_gpu import talos

WHOLE = """
cluster: small
talos: v1.11.6
kubernetes: v1.34.0
endpoint: https://192.0.2.10:6443
layout: topf
stack: {kind: none}
pools:
  gpu:
    gpu: {model: L40S, count: 1}
    labels: {role: gpu}
    nodes: {gpu-1: {address: 192.0.2.30, installDisk: /dev/nvme0n1}, gpu-2: {address: 192.0.2.31}}
  control:
    role: control-plane
    nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}
"""
FRAGMENT = WHOLE.replace("endpoint: https://192.0.2.10:6443\n", "")
TOP_KEYS = {"clusterName", "clusterEndpoint", "kubernetesVersion", "talosVersion", "nodes"}
NODE_KEYS = {"host", "ip", "role", "talosVersion", "schematicId", "platform", "secureboot"}
"""Keys of topf v0.5.0-rc.1, pkg/config; every other one vanishes without a word."""


def topf(rendered, text=WHOLE):
    (document,) = rendered(text)["talos/topf.yaml"]
    return document


def folder(found, host):
    prefix = f"talos/node/{host}/"
    return {path.removeprefix(prefix): content for path, content in found.items() if path.startswith(prefix)}


def test_a_complete_profile_gives_a_whole_topf_yaml(rendered):
    """No key is written that topf would drop."""
    found = topf(rendered)
    assert set(found) == TOP_KEYS
    assert [set(item) - NODE_KEYS for item in found["nodes"]] == [set()] * 3
    assert [item["host"] for item in found["nodes"]] == ["cp-1", "gpu-1", "gpu-2"]
    assert found["nodes"][1] == {
        "host": "gpu-1",
        "ip": "192.0.2.30",
        "role": "worker",
        "schematicId": "@schematics/gpu.yaml",
    }


def test_an_incomplete_profile_gives_files_of_our_own_alone(rendered):
    """Name and disk of a node are in the repository already."""
    found = rendered(FRAGMENT)
    assert "talos/topf.yaml" not in found
    assert set(folder(found, "gpu-1")) == {
        "10-talos-gpu-kernel-modules.yaml",
        "20-talos-gpu-sysctls.yaml",
        "30-talos-gpu-node-labels.yaml",
    }


def test_patch_folders_hold_patches_alone(rendered):
    """Whatever has .yaml in its name is applied there, and .tpl would be a template."""
    found = rendered(WHOLE)
    assert all(path.endswith(".yaml") for path in found)
    assert not any(part in path for path in found for part in ("/all/", "/worker/", "/control-plane/", ".tpl"))
    assert "talos/schematics/gpu.yaml" in found


def test_no_patch_sets_the_install_image(rendered):
    """It would win over schematicId without a word."""
    assert not any("image:" in text for path, text in rendered(WHOLE).items() if "/node/" in path)


def test_the_disk_is_that_of_the_node(parsed):
    """topf has no key for it; a node without one keeps topf's default."""
    found = parsed(WHOLE)
    assert found["talos/node/gpu-1/60-talos-gpu-install-disk.yaml"] == [
        {"machine": {"install": {"disk": "/dev/nvme0n1"}}}
    ]
    assert "60-talos-gpu-install-disk.yaml" not in folder(found, "gpu-2")


@pytest.mark.parametrize(
    ("talos_release", "expected"),
    [
        ("v1.11.6", {"machine": {"network": {"hostname": "cp-1"}}}),
        ("v1.12.6", {"apiVersion": "v1alpha1", "kind": "HostnameConfig", "auto": "off", "hostname": "cp-1"}),
        ("v1.14.6", {"apiVersion": "v1alpha1", "kind": "HostnameConfig", "auto": "off", "hostname": "cp-1"}),
    ],
)
def test_a_node_is_named_as_its_config_wants(parsed, talos_release, expected):
    """A config of several documents refuses machine.network.hostname."""
    text = WHOLE.replace("v1.11.6", talos_release)
    assert parsed(text)["talos/node/cp-1/05-talos-gpu-hostname.yaml"] == [expected]


def test_no_list_holds_an_entry_twice_after_the_merge(parsed):
    """Lists append: each node gets each module from one file."""
    modules = [
        item["name"]
        for documents in folder(parsed(WHOLE), "gpu-1").values()
        for document in documents
        for item in document.get("machine", {}).get("kernel", {}).get("modules", ())
    ]
    assert len(modules) == len(set(modules)) == 4


def test_an_older_contract_is_the_clusters_release_and_nodes_name_their_own(rendered):
    """topf takes the contract from the cluster's talosVersion, and the image from the node's."""
    text = WHOLE.replace("talos: v1.11.6", "talos: v1.14.6\ncontract: v1.11").replace("v1.34.0", "v1.36.6")
    found = topf(rendered, text)
    assert found["talosVersion"] == "v1.11.0"
    assert {item["talosVersion"] for item in found["nodes"]} == {"v1.14.6"}


def test_a_pool_without_nodes_has_its_patches_outside_the_patch_folders(rendered):
    """There topf does not read them; they are to be copied."""
    text = FRAGMENT + "  more:\n    gpu: {model: L40S, count: 1}\n"
    assert "talos/patches/more/10-kernel-modules.yaml" in rendered(text)


def test_a_host_name_as_address_is_named(planned):
    """topf parses the address as an IP."""
    (hazard,) = talos.check(planned(WHOLE.replace("192.0.2.31", "gpu-2.example.org")))
    assert hazard.path == ("pools", "gpu", "nodes", "gpu-2", "address")


def test_a_users_installer_image_is_named(planned):
    """Even this plan's own: it would win over the schematicId of the next release."""
    image = next(pool for pool in planned(WHOLE).pools if pool.gpu).schematic.installer.value
    text = WHOLE.replace("    labels:", f"    patches: [{{machine: {{install: {{image: '{image}'}}}}}}]\n    labels:")
    (hazard,) = talos.check(planned(text))
    assert "schematicId" in hazard.message


def test_templates_in_a_users_patch_are_harmless(planned):
    """Only names ending in .tpl are templates."""
    text = WHOLE.replace("    labels:", '    patches: [{machine: {sysfs: {x: "{{ y }} ${z}"}}}]\n    labels:')
    assert talos.check(planned(text)) == ()


@pytest.mark.parametrize(
    "written",
    ["machine: ~", "machine: {install: ~}", 'machine: {sysfs: {x: "="}}', "machine: {sysctls: {x: 2020-13-45}}"],
)
def test_an_odd_patch_of_the_users_is_read_without_stumbling(planned, written):
    """Only its installer image matters here."""
    text = WHOLE.replace("    labels:", f"    patches: [{{{written}}}]\n    labels:")
    assert talos.check(planned(text)) == ()


def steps(planned, text=WHOLE, **wanted):
    found = talos.steps(planned(text))
    return [step for step in found if all(getattr(step, key) == value for key, value in wanted.items())]


def test_the_secrets_of_a_cluster_that_exists_are_copied_and_nothing_bootstraps(planned):
    """Only its GPU nodes are touched."""
    lines = [step.command for step in steps(planned, part="exists")]
    assert "cp YOUR_REPO/secrets.yaml ." in lines
    assert not any("bootstrap" in line or "cp-1" in line for line in lines)


def test_a_new_cluster_is_bootstrapped_by_topf(planned):
    """It applies to machines in maintenance mode by itself."""
    lines = [step.command for step in steps(planned, part="new")]
    assert "topf --submit-to-factory apply --auto-bootstrap" in lines
    assert lines.index("topf talosconfig > talosconfig") < lines.index('export TALOSCONFIG="$PWD/talosconfig"')


@pytest.mark.parametrize("phase", talos.PHASES)
def test_files_of_our_own_are_used_in_the_users_own_folder(planned, phase):
    """dist holds no topf.yaml there; which files go where is the first step."""
    lines = [step.command for step in steps(planned, FRAGMENT, phase=phase)]
    assert lines[0] == "cp -R dist/small/talos/node YOUR_REPO/"
    assert "cp -R dist/small/talos/schematics YOUR_REPO/" in lines
    assert next(line for line in lines if line.startswith("cd ")) == "cd YOUR_REPO"


def test_a_pool_without_nodes_has_the_same_steps_for_a_placeholder(planned):
    """Its patches go to the folder of each node."""
    lines = [step.command for step in steps(planned, FRAGMENT + "  more:\n    gpu: {model: L40S}\n", part="exists")]
    assert "mkdir -p YOUR_REPO/node/NODE && cp dist/small/talos/patches/more/*.yaml YOUR_REPO/node/NODE/" in lines
    assert "topf --submit-to-factory --nodes-filter '^NODE$' upgrade" in lines


def test_a_dry_run_says_what_its_exit_code_means(planned):
    """2 is no failure."""
    look = next(step for step in steps(planned, phase="configuration-change") if "--dry-run" in step.command)
    assert "ends with 2" in look.note


@pytest.mark.parametrize(
    ("release", "word"), [("v1.14.6", "v0.6.1 is"), ("v1.15.0-beta.0", "Unknown: no topf is known")]
)
def test_a_topf_for_a_config_that_none_is_built_for_is_unknown(planned, release, word):
    """Nothing shows that one writes a config of 1.15."""
    text = WHOLE.replace("v1.11.6", release).replace("v1.34.0", "v1.36.6")
    (step,) = steps(planned, text, command="topf --version", part="exists")
    assert word in step.note
