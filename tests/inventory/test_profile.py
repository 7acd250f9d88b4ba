"""Our own profiles: what the plan refuses is told, and all that rules look at is read out of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from talos_gpu.inventory import Chart, Given, Inventory, JsonPatch, MachineConfig, Node, Schematic, take

ROOT = Path(__file__).parents[2]
PROFILES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "profiles").glob("*.yaml"))

PROFILE = """\
cluster: lab
talos: v1.12.11
kubernetes: v1.34.1
layout: talosctl
stack:
  kind: gpu-operator
  namespace: gpu
  values:
    dcgmExporter:
      enabled: false
pools:
  gpu:
    gpu: {model: RTX 5070 Ti}
    extensions: [iscsi-tools, siderolabs/util-linux-tools]
    kernelArgs: [mitigations=off]
    patches:
      - patches/time.yaml
      - machine:
          sysctls: {vm.nr_hugepages: "1024"}
      - inline:
          machine: {nodeLabels: {rack: a}}
    nodes:
      gpu-1: {address: 192.0.2.21}
      gpu-2: {address: 192.0.2.22}
  control-plane:
    role: control-plane
    arch: arm64
    nodes:
      cp-1: {address: 192.0.2.11}
"""
TIME = "machine:\n  time:\n    servers: [time.example.org]\n"


def inventory(profile: str = PROFILE, **files: str) -> Inventory:
    named = {f"profiles/{name.replace('__', '/').replace('_', '.')}": text for name, text in files.items()}
    data = {"profiles/lab.yaml": profile, "profiles/patches/time.yaml": TIME, **named}
    return take({path: text.encode() for path, text in data.items()}, Given())


def notes(found: Inventory) -> list[str]:
    return [f"{note.position} {note.rule} {note.severity}: {note.message}" for note in found.notes]


def test_what_a_profile_says_of_its_cluster() -> None:
    """Each fact at its place."""
    (cluster,) = inventory().clusters
    assert cluster.name == "lab"
    assert (cluster.talos.value, str(cluster.talos.by)) == ("v1.12.11", "profiles/lab.yaml:2:8")
    assert (cluster.kubernetes.value, cluster.contract, cluster.is_talos) == ("v1.34.1", None, True)
    assert [(gpu.value, str(gpu.by)) for gpu in cluster.gpus] == [("RTX 5070 Ti", "profiles/lab.yaml:13:18")]
    assert cluster.files == {"profiles/lab.yaml", "profiles/patches/time.yaml"}


def test_the_schematic_is_the_one_that_the_plan_makes() -> None:
    """The user's extensions stand where they are written, those of NVIDIA where the GPU is asked for."""
    schematics = {item.root.shown_path: item for item in inventory().clusters[0].of(Schematic)}
    gpu = schematics["pools.gpu"]
    assert [(entry.text, str(entry.place)) for entry in gpu.extensions] == [
        ("siderolabs/iscsi-tools", "profiles/lab.yaml:14:18"),
        ("siderolabs/nvidia-container-toolkit-production", "profiles/lab.yaml:13:10"),
        ("siderolabs/nvidia-open-gpu-kernel-modules-production", "profiles/lab.yaml:13:10"),
        ("siderolabs/util-linux-tools", "profiles/lab.yaml:14:31"),
    ]
    assert [(entry.text, str(entry.place)) for entry in gpu.kernel_args] == [
        ("mitigations=off", "profiles/lab.yaml:15:18")
    ]
    assert gpu.whole
    assert gpu.id is not None
    assert schematics["pools.control-plane"].extensions == ()


def test_nodes_of_a_pool_with_the_patches_of_the_users() -> None:
    """What the plan adds is not in it, so it is not complete."""
    gpu, control_plane = inventory().clusters[0].of(Node)
    assert (gpu.name, gpu.role, gpu.gpus, gpu.arch, gpu.complete) == (
        "gpu-1, gpu-2", "worker", ("RTX 5070 Ti",), "amd64", False
    )  # fmt: skip
    assert gpu.config.data == {
        "machine": {
            "time": {"servers": ["time.example.org"]},
            "sysctls": {"vm.nr_hugepages": "1024"},
            "nodeLabels": {"rack": "a"},
        }
    }
    assert str(gpu.config.get("machine", "sysctls", "vm.nr_hugepages").place) == "profiles/lab.yaml:19:38"
    assert str(gpu.config.get("machine", "nodeLabels", "rack").place) == "profiles/lab.yaml:21:40"
    assert str(gpu.config.get("machine", "time", "servers", 0).place) == "profiles/patches/time.yaml:3:15"
    assert (control_plane.role, control_plane.arch, control_plane.gpus) == ("control-plane", "arm64", ())


def test_each_patch_is_a_subject_too() -> None:
    """As patches on their own are."""
    configs = list(inventory().clusters[0].of(MachineConfig))
    assert [(item.form, item.origin, str(item.place.place)) for item in configs] == [
        ("patch", "profile", "profiles/patches/time.yaml:1:1"),
        ("patch", "profile", "profiles/lab.yaml:18:9"),
        ("patch", "profile", "profiles/lab.yaml:21:11"),
    ]


def test_a_json_patch_in_a_file_is_one() -> None:
    """A release whose configs are one document takes it."""
    patch = "- op: add\n  path: /machine/sysctls/vm.nr_hugepages\n  value: '1024'\n"
    profile = PROFILE.replace("v1.12.11", "v1.11.6").replace("RTX 5070 Ti", "L40S").replace("v1.34.1", "v1.34.0")
    found = inventory(profile, patches__time_yaml=patch)
    assert notes(found) == []
    (json_patch,) = found.clusters[0].of(JsonPatch)
    assert (json_patch.origin, json_patch.root.place.file) == ("profile", "profiles/patches/time.yaml")
    node = next(found.clusters[0].of(Node))
    assert node.config.get("machine", "sysctls", "vm.nr_hugepages").text == "1024"


def test_the_chart_of_the_stack_with_the_users_values() -> None:
    """The version that the plan chose stands at the stack."""
    (chart,) = inventory().clusters[0].of(Chart)
    assert (chart.name, chart.origin, chart.namespace, chart.complete) == ("gpu-operator", "profile", "gpu", True)
    assert chart.version.text
    assert str(chart.version.place) == "profiles/lab.yaml:6:3"
    assert str(chart.value("dcgmExporter.enabled").place) == "profiles/lab.yaml:10:16"
    assert chart.value("dcgmExporter.enabled").shown_path == "stack.values.dcgmExporter.enabled"
    assert chart.value("driver.enabled").boolean is False
    assert str(chart.value("driver.enabled").place) == "profiles/lab.yaml:6:3"


@pytest.mark.parametrize("stack", ["stack: gpu-operator", "stack: {kind: gpu-operator, chart: {version: v25.10.1}}"])
def test_spellings_of_the_stack(stack: str) -> None:
    """The short form, and a pinned version at its own place."""
    profile = f"cluster: lab\ntalos: v1.12.11\n{stack}\npools:\n  gpu:\n    gpu: {{model: L40S}}\n"
    (chart,) = inventory(profile).clusters[0].of(Chart)
    assert (chart.name, chart.version.text) == ("gpu-operator", "v25.10.1")
    assert chart.version.place.line == 3


def test_no_stack_has_no_chart() -> None:
    """The profile is about the operating system only."""
    profile = "cluster: lab\ntalos: v1.12.11\nstack: none\npools:\n  gpu:\n    gpu: {model: L40S}\n"
    assert list(inventory(profile).clusters[0].of(Chart)) == []


def test_what_is_not_understood_is_an_error_at_its_place() -> None:
    """As synth says it; nothing is read out of such a profile."""
    found = inventory(PROFILE.replace("RTX 5070 Ti", "RTX 9999").replace("kernelArgs", "kernelArg"))
    (note,) = found.notes
    assert (str(note.position), note.rule, note.severity) == ("profiles/lab.yaml:15:5", "PRO001", "error")
    assert "kernelArgs" in note.message
    assert {getattr(subject, "origin", "") for subject in found.clusters[0].subjects} == {"talos"}


def test_an_unknown_gpu_is_not_understood() -> None:
    """With the names that come near, as the catalogue gives them."""
    (note,) = inventory(PROFILE.replace("RTX 5070 Ti", "RTX 5070 To")).notes
    assert (str(note.position), note.rule) == ("profiles/lab.yaml:13:18", "PRO001")
    assert note.remedy


def test_what_the_plan_refuses_is_an_error_with_its_remedy() -> None:
    """At the line of the profile, or of the patch that is refused."""
    patch = "machine:\n  files:\n    - {path: /etc/modprobe.d/nvidia.conf, op: create, content: x}\n"
    profile = PROFILE.replace("{model: RTX 5070 Ti}", "{model: RTX 5070 Ti}\n    driver: {flavour: proprietary}")
    found = inventory(profile, patches__time_yaml=patch)
    assert [(str(note.position), note.rule, note.severity) for note in found.notes] == [
        ("profiles/lab.yaml:14:23", "PRO002", "error"),
        ("profiles/patches/time.yaml:3:14", "PRO002", "error"),
    ]
    assert all(note.remedy for note in found.notes)


def test_what_the_plan_refuses_is_no_subject_of_rules() -> None:
    """They would find it again on the same line; the rest is judged."""
    profile = PROFILE.replace("iscsi-tools, ", "iscsi-tool,\n      ").replace("dcgmExporter", "driver")
    profile = profile.replace("enabled: false", "version: '1'").replace("vm.nr_hugepages", "net.core.bpf_jit_harden")
    found = inventory(profile)
    refused = {note.position.line for note in found.notes if note.rule == "PRO002"}
    assert refused
    cluster = found.clusters[0]
    schematic = next(cluster.of(Schematic))
    assert [entry.text for entry in schematic.extensions if entry.place.line in refused] == []
    assert "siderolabs/util-linux-tools" in schematic.names
    assert not schematic.text_known
    lines = {
        value.place.line
        for config in cluster.of(MachineConfig)
        for document in config.documents
        for value in document.walk()
        if value.place.file == "profiles/lab.yaml"
    }
    assert not lines & refused


def test_broken_yaml_in_a_profile_is_told_once() -> None:
    """A key that stands twice is not understood, and not found a second time as such."""
    found = inventory(PROFILE.replace("layout: talosctl", "talos: v1.12.11"))
    assert [f"{note.position} {note.rule}" for note in found.notes] == ["profiles/lab.yaml:4:1 PRO001"]


def test_two_profiles_of_one_name_are_refused() -> None:
    """Their output would lie in one folder; profiles of other folders are another repository's."""
    profile = b"cluster: lab\ntalos: v1.12.11\nstack: none\npools:\n  gpu:\n    gpu: {model: L40S}\n"
    data = {"profiles/a.yaml": profile, "profiles/b.yaml": profile, "old/a.yaml": profile}
    found = take(data, Given())
    assert [f"{note.position} {note.rule}" for note in found.notes] == [
        "profiles/a.yaml:1:10 PRO002",
        "profiles/b.yaml:1:10 PRO002",
    ]


def test_a_patch_file_that_is_not_at_hand_is_an_info() -> None:
    """Somebody lints the profile alone."""
    found = take({"profiles/lab.yaml": PROFILE.encode()}, Given())
    assert [(str(note.position), note.rule, note.severity) for note in found.notes] == [
        ("profiles/lab.yaml:17:9", "LNT002", "info")
    ]
    assert len(list(found.clusters[0].of(Node))) == 2


def test_facts_of_the_users_count(tmp_path: Path) -> None:
    """A data file beside the profiles declares what the catalogue lacks."""
    (tmp_path / "talos.yaml").write_text(
        'source: https://example.org/releases\nchecked: "2026-11-01"\n'
        "talos: {v1.12.99: {sameAs: v1.12.11, drivers: {production: 570.211.01}}}\n"
    )
    profile = PROFILE.replace("v1.12.11", "v1.12.99").encode()
    data = {"profiles/lab.yaml": profile, "profiles/patches/time.yaml": TIME.encode()}
    assert [note.rule for note in take(data, Given()).notes] == ["PRO001"]
    assert take(data, Given(facts=(tmp_path,))).notes == ()


@pytest.mark.parametrize("path", PROFILES)
def test_our_own_profiles_are_understood(path: str) -> None:
    """And named after their cluster."""
    found = take({path: (ROOT / path).read_bytes()}, Given())
    assert notes(found) == []
    (cluster,) = found.clusters
    assert cluster.name in (ROOT / path).read_text()
    assert all(schematic.whole for schematic in cluster.of(Schematic))


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: ConfigMap\ncluster: x\ntalos: y\npools: {a: {}}\n",
        "cluster: x\npools: [a]\ntalos: y\n",
        "cluster: ceph\npools: {rbd: {size: 3}}\n",
        "cluster: {name: x}\ntalos: v1.9.0\npools: {a: {}}\n",
    ],
)
def test_what_is_no_profile(text: str) -> None:
    """Others have clusters and pools too."""
    found = take({"talos.yaml": text.encode()}, Given())
    assert [note for note in found.notes if note.rule.startswith("PRO")] == []
