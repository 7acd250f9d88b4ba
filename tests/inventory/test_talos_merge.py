"""Documents of Talos merged as Talos does it: what a node is told when several texts are applied one after another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.inventory.source_file import read_source
from talos_gpu.inventory.talos_merge import merge_documents


def merge(*texts: str) -> tuple[Any, list[Any]]:
    read = [read_source(f"{index}.yaml", text.encode()).documents for index, text in enumerate(texts)]
    legacy, others = merge_documents(read)
    return legacy.data if legacy else None, [document.data for document in others]


BASE = """\
machine:
  sysctls: {a: "1", b: "2"}
  kernel:
    modules:
      - name: nvidia
  features: {rbac: true}
  network:
    interfaces:
      - interface: eth0
        dhcp: true
        vlans: [{vlanId: 5, dhcp: true}]
  kubelet:
    extraArgs: {feature-gates: [A, B]}
    extraConfig:
      registerWithTaints: [{key: a, effect: NoSchedule}]
cluster:
  network: {podSubnets: [10.0.0.0/8], dnsDomain: cluster.local}
  apiServer:
    auditPolicy: {kind: Policy, rules: []}
    admissionControl:
      - name: PodSecurity
        configuration: {defaults: {enforce: baseline, audit: restricted}}
"""


@pytest.mark.parametrize(
    ("patch", "path", "expected"),
    [
        ("machine: {sysctls: {b: '3'}}", "machine.sysctls", {"a": "1", "b": "3"}),
        ("machine: {sysctls: {b: ''}}", "machine.sysctls", {"a": "1", "b": "2"}),
        ("machine: {sysctls: null}", "machine.sysctls", {"a": "1", "b": "2"}),
        ("machine: {features: {rbac: false}}", "machine.features.rbac", False),
        (
            "machine: {kernel: {modules: [{name: nvidia}]}}",
            "machine.kernel.modules",
            [{"name": "nvidia"}, {"name": "nvidia"}],
        ),
        ("machine: {kernel: {modules: []}}", "machine.kernel.modules", [{"name": "nvidia"}]),
        (
            "machine: {network: {interfaces: [{interface: eth0, mtu: 9000}, {interface: eth1}]}}",
            "machine.network.interfaces",
            [
                {"interface": "eth0", "dhcp": True, "vlans": [{"vlanId": 5, "dhcp": True}], "mtu": 9000},
                {"interface": "eth1"},
            ],
        ),
        (
            "machine: {network: {interfaces: [{interface: eth0, vlans: [{vlanId: 5, mtu: 1}, {vlanId: 6}]}]}}",
            "machine.network.interfaces.0.vlans",
            [{"vlanId": 5, "dhcp": True, "mtu": 1}, {"vlanId": 6}],
        ),
        ("machine: {kubelet: {extraArgs: {feature-gates: [C]}}}", "machine.kubelet.extraArgs", {"feature-gates": ["C"]}),
        (
            "machine: {kubelet: {extraConfig: {registerWithTaints: [{key: b}]}}}",
            "machine.kubelet.extraConfig.registerWithTaints",
            [{"key": "a", "effect": "NoSchedule"}, {"key": "b"}],
        ),
        ("cluster: {network: {podSubnets: [fd00::/8]}}", "cluster.network.podSubnets", ["fd00::/8"]),
        ("cluster: {apiServer: {auditPolicy: {rules: [1]}}}", "cluster.apiServer.auditPolicy", {"rules": [1]}),
        (
            "cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: {enforce: x}}}]}}",
            "cluster.apiServer.admissionControl",
            [{"name": "PodSecurity", "configuration": {"defaults": {"enforce": "x", "audit": "restricted"}}}],
        ),
    ],
    ids=[
        "maps grow", "an empty text changes nothing", "null changes nothing", "false counts", "lists grow",
        "an empty list changes nothing", "interfaces merge by name", "vlans merge by id", "arguments are replaced",
        "free lists grow", "subnets are replaced", "the audit policy is replaced", "admission plugins merge by name",
    ],
)  # fmt: skip
def test_a_patch_over_a_config(patch: str, path: str, expected: object) -> None:
    """Measured against the Merge methods and tags of Talos's own types."""
    found, _ = merge(BASE, patch)
    for step in path.split("."):
        found = found[int(step) if step.isdigit() else step]
    assert found == expected


@pytest.mark.parametrize("word", ["$patch", "$$patch"])
def test_delete_takes_away_keys_items_and_documents(word: str) -> None:
    """talhelper's spelling too. Of a list goes the first item that agrees in the first other key."""
    first = BASE + "---\napiVersion: v1alpha1\nkind: VolumeConfig\nname: EPHEMERAL\n"
    patch = f"""\
machine:
  sysctls: {{{word}: delete}}
  kernel:
    modules:
      - name: nvidia
        {word}: delete
      - name: nvidia_uvm
cluster:
  apiServer:
    admissionControl:
      {word}: delete
---
apiVersion: v1alpha1
kind: VolumeConfig
name: EPHEMERAL
{word}: delete
"""
    legacy, others = merge(first, patch)
    assert "sysctls" not in legacy["machine"]
    assert legacy["machine"]["kernel"]["modules"] == [{"name": "nvidia_uvm"}]
    assert "admissionControl" not in legacy["cluster"]["apiServer"]
    assert others == []


def test_what_is_deleted_and_was_never_there_leaves_nothing() -> None:
    """A patch on its own says nothing by it."""
    legacy, others = merge("machine: {sysctls: {$patch: delete}, kernel: {modules: [{name: a, $patch: delete}]}}")
    assert legacy == {"machine": {"kernel": {"modules": []}}}
    assert others == []


def test_documents_merge_by_kind_and_name() -> None:
    """Others are added; config files of an extension service merge by their path."""
    service = (
        "apiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: {}\nconfigFiles: [{{mountPath: /a, content: {}}}]\n"
    )
    legacy, others = merge(service.format("x", 1), service.format("x", 2), service.format("y", 3))
    assert legacy is None
    assert [(item["name"], item["configFiles"]) for item in others] == [
        ("x", [{"mountPath": "/a", "content": 2}]),
        ("y", [{"mountPath": "/a", "content": 3}]),
    ]


def test_everything_keeps_the_place_it_came_from() -> None:
    """Of a scalar that was overridden, that of the one that counts."""
    texts = ["machine:\n  sysctls:\n    a: '1'\n    b: '1'\n", "machine:\n  sysctls:\n    b: '2'\n"]
    legacy, _ = merge_documents(
        [read_source(f"{name}.yaml", text.encode()).documents for name, text in zip("xy", texts, strict=True)]
    )
    assert legacy is not None
    sysctls = legacy.get("machine", "sysctls")
    assert [(str(value.key), str(value.place)) for _, value in sysctls.pairs()] == [
        ("x.yaml:3:5", "x.yaml:3:8"),
        ("y.yaml:3:5", "y.yaml:3:8"),
    ]
    assert sysctls.get("b").shown_path == "machine.sysctls.b"


LEAVES = st.sampled_from(["1", "x", "false", "''", "null", "[]", "{}", "[1]", "{$patch: delete}", "{a: {b: c}}"])
MACHINES = st.dictionaries(st.sampled_from(["kernel", "sysctls", "network", "files"]), LEAVES, max_size=4)


def text_of(machine: dict[str, str]) -> str:
    return "machine: {" + ", ".join(f"{key}: {value}" for key, value in machine.items()) + "}"


@given(MACHINES, MACHINES, MACHINES)
def test_merging_in_steps_is_merging_at_once(
    first: dict[str, str], second: dict[str, str], third: dict[str, str]
) -> None:
    """Deletions aside, which forget what they had nothing to take from."""
    texts = [text_of(item).replace("{$patch: delete}", "1") for item in (first, second, third)]
    read = [read_source("a.yaml", text.encode()).documents for text in texts]
    legacy, _ = merge_documents(read[:2])
    step = merge_documents([(legacy,) if legacy else (), read[2]])[0]
    once = merge_documents(read)[0]
    assert (step.data if step else None) == (once.data if once else None)


@given(MACHINES)
def test_nothing_over_something_changes_nothing(machine: dict[str, str]) -> None:
    """An empty map says nothing."""
    assert merge(text_of(machine), "machine: {}") == merge(text_of(machine))
