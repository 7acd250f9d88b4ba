"""topf folders: what each node is told, in topf's order, and where it stands."""

from __future__ import annotations

import pytest

from talos_gpu.inventory import Given, ImageReference, Inventory, MachineConfig, Node, Schematic, take

ID = "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7"
TOPF = """\
clusterName: driftmark
clusterEndpoint: https://10.4.0.10:6443
kubernetesVersion: 1.34.1
talosVersion: 1.11.1
nodes:
  - {host: corlys, ip: 10.4.0.11, role: control-plane}
  - host: velaryon
    ip: 10.4.0.30
    role: worker
    schematicId: "@schematics/gpu-lts.yaml"
  - {host: vaemond, ip: 10.4.0.31, role: worker, schematicId: "@schematics/gpu-lts.yaml"}
"""
SCHEMATIC = """\
customization:
  systemExtensions:
    officialExtensions:
      - siderolabs/nonfree-kmod-nvidia-lts
      - siderolabs/nvidia-container-toolkit-lts
"""
MODULES = "machine:\n  kernel:\n    modules:\n      - name: nvidia\n      - name: nvidia_uvm\n"


def inventory(topf: str = TOPF, **files: str) -> Inventory:
    named = {f"talos/{name.replace('__', '/').replace('_', '.')}": text for name, text in files.items()}
    data = {"talos/topf.yaml": topf, "talos/schematics/gpu-lts.yaml": SCHEMATIC, **named}
    return take({path: text.encode() for path, text in data.items()}, Given())


def nodes(found: Inventory) -> dict[str, Node]:
    (cluster,) = found.clusters
    return {node.name: node for node in cluster.of(Node)}


def modules(node: Node) -> list[tuple[str | None, str]]:
    return [(name.text, str(name.place)) for name in node.modules]


def test_what_topf_says_of_the_cluster() -> None:
    """Versions may lack their v; the contract follows the cluster's release."""
    (cluster,) = inventory().clusters
    assert (cluster.name, cluster.is_talos) == ("driftmark", True)
    assert (cluster.talos.value, str(cluster.talos.by)) == ("v1.11.1", "talos/topf.yaml:4:15")
    assert (cluster.kubernetes.value, cluster.contract.value) == ("v1.34.1", "v1.11")
    assert cluster.files == {"talos/topf.yaml", "talos/schematics/gpu-lts.yaml"}


def test_a_release_that_all_nodes_override_is_theirs() -> None:
    """A node's talosVersion changes its image, not the contract."""
    topf = TOPF.replace("role: ", "talosVersion: v1.11.6, role: ").replace(
        "    talosVersion: v1.11.6, role: worker\n", "    role: worker\n    talosVersion: v1.11.6\n"
    )
    (cluster,) = inventory(topf).clusters
    assert (cluster.talos.value, cluster.contract.value) == ("v1.11.6", "v1.11")


def test_nodes_that_are_told_the_same_are_one() -> None:
    """With the image of their schematic."""
    found = nodes(inventory())
    assert list(found) == ["corlys", "velaryon, vaemond"]
    gpu = found["velaryon, vaemond"]
    assert (gpu.role, gpu.origin, gpu.complete) == ("worker", "topf", True)
    assert gpu.schematic is not None
    assert gpu.schematic.id == ID
    assert str(gpu.schematic.extensions[1].place) == "talos/schematics/gpu-lts.yaml:5:9"
    assert found["corlys"].schematic is None


def test_folders_count_in_topfs_order() -> None:
    """All, role, node; inside a folder byte by byte, sub-folders included; maps merge and lists grow."""
    found = inventory(
        all__10_yaml=MODULES,
        all__2_yaml="machine:\n  sysctls: {a: all-2, b: all-2}\n",
        worker__50_yaml="machine:\n  sysctls: {b: worker}\n  nodeLabels: {role: gpu}\n",
        node__velaryon__sub__gpu_yaml="machine:\n  kernel:\n    modules: [{name: nvidia}]\n  sysctls: {b: node}\n",
        node__unknown__gpu_yaml="machine:\n  sysctls: {b: nobody}\n",
    )
    by_name = nodes(found)
    gpu = by_name["velaryon"]
    assert modules(gpu) == [
        ("nvidia", "talos/all/10.yaml:4:15"),
        ("nvidia_uvm", "talos/all/10.yaml:5:15"),
        ("nvidia", "talos/node/velaryon/sub/gpu.yaml:3:22"),
    ]
    assert gpu.config.get("machine", "sysctls").data == {"a": "all-2", "b": "node"}
    assert by_name["vaemond"].config.get("machine", "sysctls").data == {"a": "all-2", "b": "worker"}
    assert by_name["corlys"].config.get("machine", "nodeLabels").data is None
    assert {"velaryon", "vaemond", "corlys"} < set(by_name)


def test_patches_are_subjects_of_their_own() -> None:
    """Documents of several kinds among them."""
    text = MODULES + "---\napiVersion: v1alpha1\nkind: HostnameConfig\nauto: 'off'\nhostname: velaryon\n"
    found = inventory(node__velaryon__gpu_yaml=text)
    (config,) = found.clusters[0].of(MachineConfig)
    assert (config.origin, config.form, len(config.documents)) == ("topf", "patch", 2)
    assert nodes(found)["velaryon"].of_kind("HostnameConfig")[0].get("hostname").text == "velaryon"


def test_a_patches_folder_elsewhere() -> None:
    """Relative to topf.yaml; schematics are not below it."""
    found = inventory(TOPF + "patchesDir: ./patches\n", patches__worker__gpu_yaml=MODULES, worker__old_yaml=MODULES)
    gpu = nodes(found)["velaryon, vaemond"]
    assert [place for _, place in modules(gpu)] == [
        "talos/patches/worker/gpu.yaml:4:15",
        "talos/patches/worker/gpu.yaml:5:15",
    ]
    assert gpu.schematic is not None


TEMPLATE = """\
machine:
  kernel:
    modules:
{{- range .Data.kernelModules }}
      - name: {{ . }}
{{- end }}
"""


def test_a_template_hides_what_it_makes() -> None:
    """Modules that are data for it are taken for modules, each at its place, and nothing passes for complete."""
    topf = TOPF.replace("nodes:", "data:\n  kernelModules:\n    - nvidia\n    - name: nvidia_uvm\nnodes:")
    gpu = nodes(inventory(topf, worker__50__gpu_yaml_tpl=TEMPLATE))["velaryon, vaemond"]
    assert not gpu.complete
    assert [entry for entry in modules(gpu) if entry[0]] == [
        ("nvidia", "talos/topf.yaml:7:7"),
        ("nvidia_uvm", "talos/topf.yaml:8:13"),
    ]


def test_module_data_counts_though_its_template_was_not_seen() -> None:
    """Nobody keeps such data for nothing."""
    topf = TOPF.replace("nodes:", "data: {kernelModules: [nvidia]}\nnodes:")
    gpu = nodes(inventory(topf))["velaryon, vaemond"]
    assert (modules(gpu), gpu.complete) == ([("nvidia", "talos/topf.yaml:5:24")], True)


@pytest.mark.parametrize(
    ("folder", "read", "told"),
    [
        ("worker", ".Node.Data.kernelModules", ["nvidia_uvm"]),
        ("worker", 'index .Node.Data "kernelModules"', ["nvidia_uvm"]),
        ("worker", ".Data.kernelModules", ["nvidia"]),
        ("worker", "default .Data.kernelModules .Node.Data.kernelModules", ["nvidia_uvm"]),
        ("control-plane", ".Node.Data.kernelModules", []),
        ("node/vaemond", ".Data.kernelModules", []),
    ],
)
def test_module_data_counts_where_a_template_reads_it(folder: str, read: str, told: list[str]) -> None:
    """The node's or the cluster's, and for the nodes whose folders hold the template."""
    topf = TOPF.replace("nodes:", "data: {kernelModules: [nvidia]}\nnodes:").replace(
        "ip: 10.4.0.30\n", "ip: 10.4.0.30\n    data: {kernelModules: [nvidia_uvm]}\n"
    )
    files = {f"{folder.replace('/', '__')}__gpu_yaml_tpl": TEMPLATE.replace(".Data.kernelModules", read)}
    (node,) = (node for name, node in nodes(inventory(topf, **files)).items() if name.startswith("velaryon"))
    assert [text for text, _ in modules(node) if text] == told


def test_a_schematic_of_the_cluster_is_that_of_nodes_without_one() -> None:
    """A node's own replaces it."""
    topf = TOPF.replace("talosVersion: 1.11.1\n", f"talosVersion: 1.11.1\nschematicId: {ID}\n")
    found = nodes(inventory(topf))
    image = found["corlys"].image
    assert image is not None
    assert (image.id, image.key, str(image.value.place)) == (ID, "text", "talos/topf.yaml:5:14")
    assert found["velaryon, vaemond"].image is None
    assert found["velaryon, vaemond"].schematic is not None


def test_an_image_in_a_patch_beats_the_schematic() -> None:
    """topf uses it without a word."""
    image = f"factory.talos.dev/metal-installer/{ID}:v1.11.1"
    found = inventory(all__image_yaml=f"machine:\n  install:\n    image: {image}\n")
    node = nodes(found)["velaryon, vaemond"]
    assert node.image is not None
    assert (node.image.id, node.image.key) == (ID, "install.image")
    assert node.image in list(found.clusters[0].of(ImageReference))


def test_a_schematic_that_is_a_template_is_known_in_part() -> None:
    """What it lacks may come with the template."""
    text = SCHEMATIC + "{{- if .Node.Data.zfs }}\n      - siderolabs/zfs\n{{- end }}\n"
    topf = TOPF.replace("gpu-lts.yaml", "gpu.yaml.tpl")
    found = inventory(topf, schematics__gpu_yaml_tpl=text)
    schematic = nodes(found)["velaryon, vaemond"].schematic
    assert schematic is not None
    assert (schematic.text_known, len(schematic.extensions)) == (False, 3)


@pytest.mark.parametrize("reference", ["@../../etc/gpu.yaml", "@/etc/gpu.yaml", "@schematics/none.yaml"])
def test_a_schematic_that_is_not_at_hand_is_an_info(reference: str) -> None:
    """It is not guessed."""
    found = inventory(TOPF.replace("@schematics/gpu-lts.yaml", reference))
    notes = [f"{note.position} {note.rule} {note.severity}" for note in found.notes]
    assert notes == ["talos/topf.yaml:10:18 LNT002 info"]


def test_schematics_and_patches_are_read_once() -> None:
    """No later reader takes them for loose files."""
    found = inventory(worker__gpu_yaml=MODULES)
    assert len(found.clusters) == 1
    assert len(list(found.clusters[0].of(Schematic))) == 1
    assert len(list(found.clusters[0].of(MachineConfig))) == 1


def test_admission_that_a_control_plane_patch_removes() -> None:
    """No namespace needs a label then."""
    patch = "cluster:\n  apiServer:\n    admissionControl:\n      $patch: delete\n"
    assert inventory(**{"control-plane__pss_yaml": patch}).clusters[0].admission_removed
    assert not inventory(worker__pss_yaml=patch).clusters[0].admission_removed


@pytest.mark.parametrize(
    "text",
    [
        "nodes:\n  - {host: a, role: worker}\n",
        "talosVersion: v1.9.0\nnodes:\n  - {host: a, role: web}\n",
        "kind: List\ntalosVersion: v1.9.0\nnodes:\n  - {host: a, role: worker}\n",
    ],
)
def test_what_is_no_topf(text: str) -> None:
    """Other inventories have hosts and roles too."""
    found = take({"talos/inventory.yaml": text.encode()}, Given())
    assert found.clusters == ()
