"""talconfig.yaml and the files beside it: what each node is told, and where that is written."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talos_gpu.inventory import (
    Cluster,
    Given,
    ImageReference,
    Inventory,
    JsonPatch,
    MachineConfig,
    Node,
    Object,
    Schematic,
    TalhelperEntry,
    take,
)

ID = "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7"

TALCONFIG = f"""\
---
clusterName: goldentooth
endpoint: https://10.4.0.10:6443
talosVersion: ${{talosVersion}}
kubernetesVersion: v1.34.0
patches:
  - "@./patches/global.yaml"
controlPlane:
  patches:
    - |-
      - op: remove
        path: /cluster/apiServer/admissionControl
worker:
  kernelModules:
    - name: br_netfilter
  nodeLabels:
    tier: worker
  patches:
    - |-
      machine:
        sysctls:
          net.core.bpf_jit_harden: "1"
      ---
      apiVersion: v1alpha1
      kind: VolumeConfig
      name: EPHEMERAL
nodes:
  - hostname: control
    ipAddress: 10.4.0.10
    controlPlane: true
    installDisk: /dev/sda
  - hostname: velaryon
    ipAddress: 10.4.0.30
    controlPlane: false
    installDisk: /dev/nvme0n1
    talosImageURL: factory.talos.dev/metal-installer/{ID}
    kernelModules:
      - name: nvidia
    nodeTaints:
      gpu: "true:NoSchedule"
    machineSpec: {{arch: arm64}}
    extensionServices:
      - name: nut-client
        environment: [A=b]
    patches:
      - |-
        machine:
          kernel:
            modules:
              - name: nvidia_uvm
  - hostname: pi-1
    ipAddress: 10.4.0.31
    installDisk: /dev/sda
  - hostname: pi-2
    ipAddress: 10.4.0.32
    installDisk: /dev/sda
"""
GLOBAL = """\
machine:
  sysctls:
    net.core.bpf_jit_harden: "0"
"""
FILES = {
    "talos/talconfig.yaml": TALCONFIG,
    "talos/talenv.yaml": "talosVersion: v1.11.1\n",
    "talos/patches/global.yaml": GLOBAL,
}


def taken(files: dict[str, str]) -> Inventory:
    return take({path: text.encode() for path, text in files.items()}, Given())


def only(inventory: Inventory) -> Cluster:
    (cluster,) = inventory.clusters
    return cluster


def told(files: dict[str, str]) -> dict[str, Node]:
    return {node.name: node for node in only(taken(files)).of(Node)}


def simple(node: str, above: str = "", **files: str) -> dict[str, str]:
    text = (
        f"clusterName: x\nendpoint: https://x:6443\n{above}nodes:\n  - hostname: one\n    ipAddress: 10.0.0.1\n{node}"
    )
    return {"talconfig.yaml": text, **files}


def test_the_cluster() -> None:
    """Its name and releases, those out of talenv.yaml too."""
    cluster = only(taken(FILES))
    assert cluster.talos is not None
    assert cluster.kubernetes is not None
    assert (cluster.name, cluster.is_talos, cluster.contract) == ("goldentooth", True, None)
    assert (cluster.talos.value, cluster.kubernetes.value) == ("v1.11.1", "v1.34.0")
    assert str(cluster.talos.by) == "talos/talconfig.yaml:4:15"
    assert cluster.files == set(FILES)
    assert len(list(cluster.of(TalhelperEntry))) == 1
    assert taken(FILES).notes == ()


def test_a_node_has_what_its_own_entry_its_group_and_the_cluster_say() -> None:
    """Its own value takes the place of the group's; patches come together, the cluster's last."""
    node = told(FILES)["velaryon"]
    assert (node.role, node.complete, node.arch, node.origin) == ("worker", True, "arm64", "talhelper")
    assert [(value.text, str(value.place)) for value in node.modules] == [
        ("nvidia", "talos/talconfig.yaml:38:15"),
        ("nvidia_uvm", "talos/talconfig.yaml:50:23"),
    ]
    machine = node.config.get("machine")
    assert machine.get("nodeLabels").data == {"tier": "worker"}
    assert machine.get("nodeTaints", "gpu").text == "true:NoSchedule"
    assert str(machine.get("nodeTaints").key) == "talos/talconfig.yaml:39:5"
    sysctl = machine.get("sysctls", "net.core.bpf_jit_harden")
    assert (sysctl.text, str(sysctl.place)) == ("0", "talos/patches/global.yaml:3:30")
    assert [(item.get("kind").text, str(item.place)) for item in node.documents] == [
        ("ExtensionServiceConfig", "talos/talconfig.yaml:43:9"),
        ("VolumeConfig", "talos/talconfig.yaml:24:7"),
    ]


def test_nodes_that_are_told_alike_are_one() -> None:
    """Under all their names."""
    nodes = told(FILES)
    assert list(nodes) == ["control", "velaryon", "pi-1, pi-2"]
    assert [value.text for value in nodes["pi-1, pi-2"].modules] == ["br_netfilter"]
    assert str(nodes["pi-1, pi-2"].place.place) == "talos/talconfig.yaml:51:5"


def test_every_text_is_a_subject_once() -> None:
    """With the places that it has in its file, RFC 6902 and images too."""
    cluster = only(taken(FILES))
    configs = [(str(item.place.place), len(item.documents)) for item in cluster.of(MachineConfig)]
    assert configs == [
        ("talos/patches/global.yaml:1:1", 1),
        ("talos/talconfig.yaml:19:7", 2),
        ("talos/talconfig.yaml:46:9", 1),
    ]
    assert [str(patch.root.place) for patch in cluster.of(JsonPatch)] == ["talos/talconfig.yaml:11:7"]
    (image,) = cluster.of(ImageReference)
    assert (image.key, image.id, image.name, image.tag) == ("talosImageURL", ID, "metal-installer", "")
    assert cluster.admission_removed


SCHEMATIC = "schematic:\n  customization:\n    systemExtensions:\n      officialExtensions: [siderolabs/{}]\n"


def indented(text: str, by: int) -> str:
    return re.sub(r"(?m)^(?=.)", " " * by, text)


def test_a_nodes_schematic_takes_the_place_of_its_groups() -> None:
    """As a whole; each is a subject once."""
    group = "worker:\n" + indented(SCHEMATIC.format("iscsi-tools"), 2)
    node = (
        indented(SCHEMATIC.format("nvidia-container-toolkit-lts"), 4) + "  - hostname: two\n    ipAddress: 10.0.0.2\n"
    )
    files = simple(node, group)
    nodes = told(files)
    assert [entry.schematic.names for entry in nodes.values() if entry.schematic] == [
        ("siderolabs/nvidia-container-toolkit-lts",),
        ("siderolabs/iscsi-tools",),
    ]
    assert len(list(only(taken(files)).of(Schematic))) == 2


def test_an_empty_list_of_the_node_still_takes_the_groups_place() -> None:
    """An empty text does not."""
    group = "worker:\n  kernelModules: [{name: nvidia}]\n  talosImageURL: factory.talos.dev/installer/x\n"
    node = told(simple("    kernelModules: []\n    talosImageURL: ''\n", group))["one"]
    assert node.modules == ()
    assert node.image is not None
    assert node.image.value.shown_path == "worker.talosImageURL"


def test_a_node_may_refuse_the_patches_of_its_group() -> None:
    """By overridePatches."""
    group = "worker:\n  patches:\n    - 'machine: {kernel: {modules: [{name: nvidia}]}}'\n"
    assert len(told(simple("", group))["one"].modules) == 1
    assert told(simple("    overridePatches: true\n", group))["one"].modules == ()


def test_extra_manifests_are_documents_of_the_node() -> None:
    """Files, named with @ or without."""
    document = "apiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: {}\nenvironment: [A=b]\n"
    node = told(
        simple(
            "    extraManifests: [a.yaml, '@./b.yaml']\n",
            **{"a.yaml": document.format("a"), "b.yaml": document.format("b")},
        )
    )["one"]
    assert [item.get("name").text for item in node.documents] == ["a", "b"]


def test_patches_that_delete() -> None:
    """With the two dollars that talhelper needs, and of what a patch before them said."""
    patches = """\
    patches:
      - |-
        machine:
          kernel:
            modules: [{name: nvidia}]
          sysctls: {a: "1"}
      - |-
        machine:
          sysctls: {$$patch: delete}
        cluster:
          apiServer:
            admissionControl:
              $$patch: delete
"""
    files = simple("    controlPlane: true\n" + patches)
    assert told(files)["one"].config.data == {
        "machine": {"kernel": {"modules": [{"name": "nvidia"}]}},
        "cluster": {"apiServer": {}},
    }
    assert only(taken(files)).admission_removed


OUTDATED = """\
controlPlane:
  inlinePatch:
    cluster:
      apiServer:
        disablePodSecurityPolicy: true
        admissionControl: []
worker:
  configPatches:
    - op: add
      path: /machine/kernel
      value: {modules: [{name: nvidia}]}
"""


def test_patches_by_the_keys_of_old_talhelpers_may_hold() -> None:
    """So the nodes are known in part; lists that were emptied there are gone."""
    others = "  - hostname: two\n    ipAddress: 10.0.0.2\n  - hostname: three\n    controlPlane: true\n"
    files = simple(others, OUTDATED)
    nodes = told(files)
    assert {name: node.complete for name, node in nodes.items()} == {"one, two": False, "three": False}
    assert [str(value.place) for value in nodes["one, two"].modules] == ["talconfig.yaml:13:32"]
    cluster = only(taken(files))
    assert cluster.admission_removed
    assert not list(cluster.of(MachineConfig))
    assert not list(cluster.of(JsonPatch))


def test_what_is_no_map_is_no_node() -> None:
    """talhelper refuses it, with a word of its own."""
    files = simple("    kernelModules: [{name: nvidia}]\n  - two\n  - null\n")
    assert list(told(files)) == ["one"]


def test_variables_are_filled_in_where_they_stand() -> None:
    """In texts and files too, without moving anything; unknown ones stay opaque."""
    files = simple(
        "    patches:\n      - |-\n        machine:\n          nodeLabels: {a: '${known}', b: '${unknown}'}\n"
        "          sysctls: {c: d}\n      - '@${folder}/p.yaml'\n",
        **{"talenv.yaml": "known: rack1\nfolder: ./p\n", "p/p.yaml": "machine:\n  nodeLabels: {e: '${known}'}\n"},
    )
    machine = told(files)["one"].config.get("machine")
    assert [value.text for _, value in machine.get("nodeLabels").pairs()] == ["rack1", None, "rack1"]
    assert str(machine.get("sysctls", "c").place) == "talconfig.yaml:10:24"


@pytest.mark.parametrize(
    ("written", "env", "release"),
    [
        ("${release:-v1.12.6}", "", "v1.12.6"),
        ("${release-v1.12.6}", "other: x", "v1.12.6"),
        ("${release:=v1.12.6}", "release: v1.11.6", "v1.11.6"),
        ("$release", "release: v1.11.6", "v1.11.6"),
        ("v$minor.6", "minor: '1.11'", "v1.11.6"),
        ("${release:-v1.12.6}", "release: ENC[AES256_GCM,data:abc=,type:str]", None),
        ("${release:-$other}", "other: v1.11.6", None),
        ("$$release", "release: v1.11.6", None),
    ],
)
def test_variables_are_written_as_talhelper_reads_them(written: str, env: str, release: str | None) -> None:
    """With a default, which counts where no file sets the variable, and without braces; two dollars are none."""
    talos = only(taken(simple("", f"talosVersion: {written}\n", **{"talenv.yaml": f"{env}\n"}))).talos
    assert (talos.value if talos else None) == release


def test_variables_of_a_template_lie_in_one() -> None:
    """Beside talconfig.yaml.j2 in talenv.yaml.j2; what is said in branches stays unknown."""
    text = simple("", "talosVersion: ${talosVersion}\nkubernetesVersion: ${kubernetesVersion}\n")["talconfig.yaml"]
    env = "talosVersion: v1.11.6\n#% if old %#\nkubernetesVersion: v1.33.1\n#% else %#\nkubernetesVersion: v1.34.0\n#% endif %#\n"
    cluster = only(taken({"talconfig.yaml.j2": text, "talenv.yaml.j2": env}))
    assert cluster.talos is not None
    assert (cluster.talos.value, cluster.kubernetes) == ("v1.11.6", None)
    assert cluster.files == {"talconfig.yaml.j2", "talenv.yaml.j2"}


def test_an_encrypted_talos_release_is_unknown() -> None:
    """And that is said once."""
    env = "talosVersion: ENC[AES256_GCM,data:abc=,iv:abc=,tag:abc=,type:str]\nsops: {version: 3.9.0}\n"
    inventory = taken(simple("", "talosVersion: ${talosVersion}\n", **{"talenv.sops.yaml": env}))
    assert only(inventory).talos is None
    assert [(str(note.position), note.rule, note.severity) for note in inventory.notes] == [
        ("talconfig.yaml:3:15", "LNT002", "info")
    ]


@pytest.mark.parametrize(
    ("talos", "contract"), [("v1.11.1", None), ("1.13.2", None), ("v1.14.6", "v1.13"), ("v1.15.0-beta.0", "v1.13")]
)
def test_talhelper_writes_the_dialect_that_it_knows(talos: str, contract: str | None) -> None:
    """For newer releases of Talos too."""
    cluster = only(taken(simple("", f"talosVersion: {talos}\n")))
    assert cluster.talos is not None
    assert cluster.talos.value == f"v{talos.removeprefix('v')}"
    assert (cluster.contract.value if cluster.contract else None) == contract


def test_an_empty_patch_file_is_skipped_and_one_of_comments_is_not() -> None:
    """talhelper looks for a character that is no blank."""
    files = simple("    patches: ['@a.yaml', '@b.yaml']\n", **{"a.yaml": "\n \n", "b.yaml": "# nothing yet\n"})
    cluster = only(taken(files))
    assert [(config.place.place.file, config.documents) for config in cluster.of(MachineConfig)] == [("b.yaml", ())]
    assert told(files)["one"].complete


@pytest.mark.parametrize(
    "patch",
    ["'@./missing.yaml'", "'@../outside.yaml'", "'@/etc/passwd'", "{machine: {}}", "'@p-{{ .name }}.yaml'"],
)
def test_a_patch_that_cannot_be_read_leaves_the_node_incomplete(patch: str) -> None:
    """Nothing outside the given files is opened."""
    assert not told(simple(f"    patches: [{patch}]\n"))["one"].complete


def test_a_missing_file_is_noted_where_it_is_named() -> None:
    """As a thing that is not known."""
    (note,) = taken(simple("    patches: ['@./missing.yaml']\n")).notes
    assert (str(note.position), note.rule) == ("talconfig.yaml:6:15", "LNT002")


def test_a_patch_of_lines_that_are_no_yaml_is_noted_at_its_line() -> None:
    """The talconfig itself is fine."""
    files = simple("    patches:\n      - |-\n        machine:\n          sysctls: [\n")
    (note,) = taken(files).notes
    assert (note.rule, note.position.file) == ("LNT003", "talconfig.yaml")
    assert note.position.line >= 9
    assert not told(files)["one"].complete


def test_a_patch_file_of_go_templates_is_known_in_part() -> None:
    """What it says for certain is read."""
    patch = "machine:\n  nodeLabels:\n    {{ if true }}\n    a: b\n    {{ end }}\n    c: {{ .MachineConfig.x }}\n"
    node = told(simple("    patches: ['@p.yaml']\n", **{"p.yaml": patch}))["one"]
    assert not node.complete
    assert node.config.get("machine", "nodeLabels", "a").text == "b"


def test_makejinjas_loops_leave_nothing_complete() -> None:
    """The nodes of a loop are known by their keys only."""
    text = """\
clusterName: "#{ cluster }#"
nodes:
  #% for item in nodes %#
  - hostname: "#{ item.name }#"
    ipAddress: "#{ item.address }#"
    #% if item.gpu %#
    kernelModules:
      - name: nvidia
    #% endif %#
  #% endfor %#
"""
    inventory = taken({"talos/talconfig.yaml.j2": text})
    (node,) = only(inventory).of(Node)
    assert ([value.text for value in node.modules], node.complete) == (["nvidia"], False)


def test_patches_that_no_talconfig_names_are_not_judged() -> None:
    """One that is commented out, and one beside those that are named: said once for each."""
    talconfig = TALCONFIG.replace('  - "@./patches', '  # - "@./old.yaml"\n  - "@./patches')
    files = FILES | {
        "talos/talconfig.yaml": talconfig,
        "talos/patches/unused.yaml": GLOBAL,
        "talos/old.yaml": GLOBAL,
        "talos/patches/kustomization.yaml": "kind: Kustomization\n",
        "talos/clusterconfig/goldentooth-velaryon.yaml": "machine: {type: worker, token: x.y, kubelet: {}}\n",
    }
    inventory = taken(files)
    assert [(note.position.file, note.rule) for note in inventory.notes] == [
        ("talos/old.yaml", "LNT002"),
        ("talos/patches/unused.yaml", "LNT002"),
    ]
    places = {config.place.place.file for cluster in inventory.clusters for config in cluster.of(MachineConfig)}
    assert places == {"talos/talconfig.yaml", "talos/patches/global.yaml"}


def test_where_a_name_is_open_no_patch_is_called_unused() -> None:
    """It may be the one."""
    files = simple("    patches: ['@p/a.yaml', '@p/${other}.yaml']\n", **{"p/a.yaml": GLOBAL, "p/b.yaml": GLOBAL})
    inventory = taken(files)
    assert inventory.notes == ()
    nodes = {node.name: node.complete for cluster in inventory.clusters for node in cluster.of(Node)}
    assert nodes == {"one": False, "p/b.yaml": False}


def test_the_patches_of_a_template_may_be_templates() -> None:
    """Of the same ending."""
    text = simple("    patches: ['@./p.yaml']\n")["talconfig.yaml"]
    inventory = taken({"talos/talconfig.yaml.j2": text, "talos/p.yaml.j2": GLOBAL})
    (node,) = only(inventory).of(Node)
    assert [part.place.place.file for part in node.parts] == ["talos/p.yaml.j2"]
    assert inventory.notes == ()


def test_two_clusters_may_share_their_patches() -> None:
    """Each has its own nodes."""
    talconfig = (
        "clusterName: {0}\npatches: ['@../shared/{0}.yaml']\nnodes: [{{hostname: {0}-1, ipAddress: 10.0.0.1}}]\n"
    )
    files = {f"clusters/{name}/talconfig.yaml": talconfig.format(name) for name in "ab"}
    files |= {f"clusters/shared/{name}.yaml": GLOBAL for name in "ab"}
    inventory = taken(files)
    assert {cluster.name: [node.name for node in cluster.of(Node)] for cluster in inventory.clusters} == {
        "a": ["a-1"],
        "b": ["b-1"],
    }
    assert inventory.notes == ()


@pytest.mark.parametrize(
    "text",
    [
        "clusterName: x\nclusterEndpoint: https://x:6443\nnodes: [{host: a, role: worker}]\n",
        "kind: Cluster\nname: x\nclusterName: x\nnodes: [{hostname: a}]\n",
        "nodes: [{hostname: a}]\n",
        "clusterName: x\n",
        "- {hostname: a, ipAddress: 192.0.2.1, groups: [gpu]}\n",
        "- {hostname: a, ipAddress: 192.0.2.1, nodeLabels: {x: gpu}}\n- {name: talos}\n",
    ],
    ids=["topf", "a kind", "an inventory", "no nodes", "a list of hosts", "a list of other things"],
)
def test_what_is_no_talconfig(text: str) -> None:
    """By what it lacks or has."""
    assert not [item for cluster in taken({"talconfig.yaml": text}).clusters for item in cluster.of(TalhelperEntry)]


def test_a_bare_list_of_nodes_is_read_and_never_complete() -> None:
    """What the cluster and the groups say to them stands elsewhere."""
    text = "- hostname: velaryon\n  ipAddress: 10.4.0.30\n  nodeLabels:\n    role: gpu\n  nodeTaints:\n    gpu: true:NoSchedule\n"
    (node,) = told({"nodes.yaml": text}).values()
    assert (node.name, node.role, node.complete) == ("velaryon", "worker", False)
    taint = node.config.get("machine", "nodeTaints", "gpu")
    assert (taint.text, str(taint.place)) == ("true:NoSchedule", "nodes.yaml:6:10")
    assert told(simple("    nodeLabels: {role: gpu}\n"))["one"].complete


def test_a_text_that_is_used_twice_is_one_subject() -> None:
    """By an alias, or as a file."""
    above = """\
controlPlane:
  patches:
    - &modules |-
      machine: {kernel: {modules: [{name: nvidia}]}}
    - '@p.yaml'
worker:
  patches:
    - *modules
    - '@./p.yaml'
"""
    two = "  - hostname: two\n    ipAddress: 10.0.0.2\n    controlPlane: true\n"
    files = simple(two, above, **{"p.yaml": GLOBAL})
    assert [[str(value.place) for value in node.modules] for node in told(files).values()] == [
        ["talconfig.yaml:6:43"],
        ["talconfig.yaml:6:43"],
    ]
    assert len(list(only(taken(files)).of(MachineConfig))) == 2


def test_inline_manifests_are_objects_once() -> None:
    """Those of the talconfig, and those of a patch that several nodes get."""
    above = """\
inlineManifests:
  - name: gpu
    contents: |
      apiVersion: v1
      kind: Namespace
      metadata: {name: gpu}
patches:
  - |-
    cluster:
      inlineManifests:
        - name: nvidia
          contents: |
            apiVersion: node.k8s.io/v1
            kind: RuntimeClass
            metadata: {name: nvidia}
            handler: nvidia
"""
    two = "  - hostname: two\n    ipAddress: 10.0.0.2\n    controlPlane: true\n"
    cluster = only(taken(simple(two, above)))
    assert [(item.kind, str(item.root.place)) for item in cluster.of(Object)] == [
        ("Namespace", "talconfig.yaml:6:7"),
        ("RuntimeClass", "talconfig.yaml:15:13"),
    ]


WORDS = [
    "{{ x }}",
    "${Y}",
    "@",
    "@./p.yaml",
    "[",
    "]",
    "{",
    "null",
    "&a",
    "*a",
    "|-",
    "---",
    "\t",
    "- op: add",
    "$patch: delete",
]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_any_mutation_of_a_talconfig_is_read(data: st.DataObject) -> None:
    """Whatever becomes of its lines, nothing raises, and every place lies in a file that was given."""
    lines = TALCONFIG.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        index = data.draw(st.integers(0, len(lines) - 1))
        head, _, _ = lines[index].partition(data.draw(st.sampled_from([":", "-", " "])))
        change = data.draw(st.sampled_from(["drop", "double", "cut", "indent", "put"]))
        words = f"{head}: {data.draw(st.sampled_from(WORDS))}"
        lines[index] = {
            "drop": "",
            "double": f"{lines[index]}\n{lines[index]}",
            "cut": head,
            "indent": f" {lines[index]}",
        }.get(change, words)
    files = FILES | {"talos/talconfig.yaml": "\n".join(lines) + "\n"}
    inventory = taken(files)
    for cluster in inventory.clusters:
        for node in cluster.of(Node):
            assert {value.place.file for value in node.config.walk()} <= set(files)
