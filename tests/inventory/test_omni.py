"""Omni cluster templates: what each machine is told, level by level."""

from __future__ import annotations

import pytest

from talos_gpu.inventory import Given, Inventory, MachineConfig, Node, Schematic, take

TEMPLATE = """\
kind: Cluster
name: driftmark
kubernetes: {version: v1.34.1}
talos: {version: v1.11.1}
systemExtensions:
  - siderolabs/iscsi-tools
patches:
  - name: time
    inline:
      machine:
        sysctls: {a: cluster, b: cluster}
---
kind: ControlPlane
machines:
  - 11111111-2222-4333-8444-000000000011
---
kind: Workers
name: gpu
machines:
  - 11111111-2222-4333-8444-000000000030   # velaryon
  - 11111111-2222-4333-8444-000000000031
systemExtensions:
  - siderolabs/nonfree-kmod-nvidia-lts
  - siderolabs/nvidia-container-toolkit-lts
patches:
  - name: gpu
    file: patches/gpu.yaml
---
kind: Machine
name: 11111111-2222-4333-8444-000000000030
patches:
  - name: more
    inline: |
      machine:
        sysctls:
          b: machine
      ---
      apiVersion: v1alpha1
      kind: HostnameConfig
      hostname: velaryon
"""
GPU = "machine:\n  kernel:\n    modules:\n      - name: nvidia\n"
FIRST, SECOND, CONTROL = (f"11111111-2222-4333-8444-0000000000{end}" for end in ("30", "31", "11"))


def inventory(template: str = TEMPLATE, gpu: str | None = GPU) -> Inventory:
    data = {"omni/cluster.yaml": template, **({"omni/patches/gpu.yaml": gpu} if gpu else {})}
    return take({path: text.encode() for path, text in data.items()}, Given())


def nodes(found: Inventory) -> dict[str, Node]:
    (cluster,) = found.clusters
    return {node.name: node for node in cluster.of(Node)}


def test_what_a_template_says_of_its_cluster() -> None:
    """One release for all machines."""
    (cluster,) = inventory().clusters
    assert (cluster.name, cluster.is_talos) == ("driftmark", True)
    assert (cluster.talos.value, str(cluster.talos.by)) == ("v1.11.1", "omni/cluster.yaml:4:18")
    assert cluster.kubernetes.value == "v1.34.1"
    assert cluster.files == {"omni/cluster.yaml", "omni/patches/gpu.yaml"}


def test_sets_and_the_machines_that_have_documents_of_their_own() -> None:
    """The set stands for the machines that have none."""
    found = nodes(inventory())
    assert {name: node.role for name, node in found.items()} == {
        "ControlPlane": "control-plane",
        "gpu": "worker",
        FIRST: "worker",
    }
    assert all(node.origin == "omni" and node.complete for node in found.values())


def test_patches_of_all_levels_in_order() -> None:
    """Cluster, set, machine; inline as a map or a text, or in a file below the template."""
    found = nodes(inventory())
    machine = found[FIRST]
    assert machine.config.get("machine", "sysctls").data == {"a": "cluster", "b": "machine"}
    assert str(machine.config.get("machine", "sysctls", "a").place) == "omni/cluster.yaml:11:22"
    assert str(machine.config.get("machine", "sysctls", "b").place) == "omni/cluster.yaml:36:14"
    assert [str(name.place) for name in machine.modules] == ["omni/patches/gpu.yaml:4:15"]
    assert str(machine.of_kind("HostnameConfig")[0].get("hostname").place) == "omni/cluster.yaml:40:17"
    assert found["gpu"].config.get("machine", "sysctls", "b").text == "cluster"
    assert found["ControlPlane"].modules == ()


def test_inline_patches_as_a_list_of_documents() -> None:
    """Since Omni 1.8."""
    inline = "inline:\n      - machine: {sysctls: {a: one}}\n      - {apiVersion: v1alpha1, kind: HostnameConfig}\n"
    template = TEMPLATE.replace("    file: patches/gpu.yaml\n", f"    {inline}")
    node = nodes(inventory(template, None))["gpu"]
    assert node.config.get("machine", "sysctls", "a").text == "one"
    assert len(node.of_kind("HostnameConfig")) == 1


def test_the_most_specific_list_of_extensions_replaces_the_others() -> None:
    """Nothing is merged; an empty list says none."""
    found = nodes(inventory())
    names = {name: node.schematic.names for name, node in found.items() if node.schematic}
    nvidia = ("siderolabs/nonfree-kmod-nvidia-lts", "siderolabs/nvidia-container-toolkit-lts")
    assert names == {"ControlPlane": ("siderolabs/iscsi-tools",), "gpu": nvidia, FIRST: nvidia}
    schematics = list(inventory().clusters[0].of(Schematic))
    assert [(item.origin, item.id, item.whole) for item in schematics] == [("omni", None, True)] * 2
    assert str(schematics[1].extensions[0].place) == "omni/cluster.yaml:23:5"
    none = TEMPLATE.replace("kind: Machine\n", "kind: Machine\nsystemExtensions: []\n")
    schematic = nodes(inventory(none))[FIRST].schematic
    assert schematic is not None
    assert (schematic.extensions, schematic.whole) == ((), True)


def test_names_may_be_short() -> None:
    """The server knows both forms."""
    template = TEMPLATE.replace("siderolabs/iscsi-tools", "iscsi-tools")
    schematic = nodes(inventory(template))["ControlPlane"].schematic
    assert schematic is not None
    assert schematic.names == ("siderolabs/iscsi-tools",)


def test_without_any_list_the_image_is_unknown() -> None:
    """Omni leaves the machines what they have."""
    template = TEMPLATE.replace("systemExtensions", "labels")
    assert {node.schematic for node in nodes(inventory(template)).values()} == {None}


def test_a_machine_class_is_a_set() -> None:
    """Its machines are not named."""
    listed = f"machines:\n  - {FIRST}   # velaryon\n  - {SECOND}\n"
    template = TEMPLATE.replace(listed, "machineClass: {name: gpu, size: unlimited}\n")
    assert list(nodes(inventory(template))) == ["ControlPlane", "gpu"]


def test_a_patch_file_that_is_not_at_hand_is_an_info() -> None:
    """Then nothing is missed of the machines that it is for."""
    found = inventory(gpu=None)
    assert [f"{note.position} {note.rule} {note.severity}" for note in found.notes] == [
        "omni/cluster.yaml:26:5 LNT002 info"
    ]
    assert {name: node.complete for name, node in nodes(found).items()} == {
        "ControlPlane": True,
        "gpu": False,
        FIRST: False,
    }


def test_each_patch_is_a_subject_once() -> None:
    """Though several machines are told by it."""
    places = [str(config.place.place) for config in inventory().clusters[0].of(MachineConfig)]
    assert places == ["omni/cluster.yaml:10:7", "omni/patches/gpu.yaml:1:1", "omni/cluster.yaml:33:13"]


def test_admission_that_a_patch_of_the_cluster_removes() -> None:
    """It reaches the control plane."""
    patch = "      machine:\n        sysctls: {a: cluster, b: cluster}\n"
    removed = "      cluster:\n        apiServer:\n          admissionControl: {$patch: delete}\n"
    assert inventory(TEMPLATE.replace(patch, removed)).clusters[0].admission_removed
    assert not inventory().clusters[0].admission_removed


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: cluster.x-k8s.io/v1beta1\nkind: Cluster\nmetadata: {name: talos}\n",
        "kind: Cluster\nname: talos\n",
        "kind: Workers\nname: talos\n",
    ],
)
def test_what_is_no_template(text: str) -> None:
    """Cluster API has Clusters too."""
    assert take({"talos.yaml": text.encode()}, Given()).clusters == ()
