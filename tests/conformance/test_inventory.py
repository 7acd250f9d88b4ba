"""What the inventory makes of other people's files is what the tools themselves make of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from judge.build import MACHINERIES, program
from judge.machinery import Machinery
from judge.tool import run, write_files

from talos_gpu.inventory import Given, Node, take
from talos_gpu.inventory.source_file import read_source
from talos_gpu.inventory.talos_text import merge_texts, text_of_file

TALHELPER = "talhelper v3.1.16"
SERVICE = "apiVersion: v1alpha1\nkind: ExtensionServiceConfig\nname: x\n"

PATCHES = {
    "lists grow": [
        "machine: {kernel: {modules: [{name: nvidia}, {name: nvidia_uvm, parameters: [a=b]}]}}",
        "machine: {kernel: {modules: [{name: nvidia}]}}",
    ],
    "maps grow": ["machine: {sysctls: {a: '1', b: '2'}}", "machine: {sysctls: {b: '', c: '3'}}"],
    "null": ["machine: {sysctls: {a: '1'}}", "machine: {sysctls: null}"],
    "false": ["machine: {features: {rbac: false}}"],
    "interfaces": [
        "machine: {network: {interfaces: [{interface: eth0, dhcp: true, vlans: [{vlanId: 5}]}]}}",
        "machine: {network: {interfaces: [{interface: eth0, mtu: 9000, vlans: [{vlanId: 5, mtu: 1500}, {vlanId: 6}]}, "
        "{interface: eth1}]}}",
    ],
    "kubelet": [
        "machine: {kubelet: {extraArgs: {v: a}, extraConfig: {registerWithTaints: [{key: a}]}}}",
        "machine: {kubelet: {extraArgs: {v: b}, extraConfig: {registerWithTaints: [{key: b}]}}}",
    ],
    "files": ["machine: {files: [{path: /var/a, op: create, content: x, permissions: 0o644}]}"] * 2,
    "subnets": ["cluster: {network: {podSubnets: [fd00::/8]}}"],
    "audit policy": ["cluster: {apiServer: {auditPolicy: {apiVersion: audit.k8s.io/v1, kind: Policy, rules: []}}}"],
    "admission": [
        "cluster: {apiServer: {admissionControl: [{name: PodSecurity, configuration: {defaults: {enforce: privileged}}}]}}"
    ],
    "admission emptied": ["cluster: {apiServer: {admissionControl: []}}"],
    "admission deleted": ["cluster: {apiServer: {admissionControl: {$patch: delete}}}"],
    "plugin deleted": ["cluster: {apiServer: {admissionControl: [{name: PodSecurity, $patch: delete}]}}"],
    "labels deleted": ["machine: {nodeLabels: {a: b}}", "machine: {nodeLabels: {$patch: delete}}"],
    "module deleted": [
        "machine: {kernel: {modules: [{name: nvidia}, {name: x}]}}",
        "machine: {kernel: {modules: [{name: nvidia, $patch: delete}, {name: y}]}}",
    ],
    "service": [
        SERVICE + "configFiles: [{mountPath: /a, content: '1'}]\nenvironment: [A=1]",
        SERVICE + "configFiles: [{mountPath: /a, content: '2'}, {mountPath: /b, content: '3'}]\nenvironment: [A=2]",
    ],
    "service deleted": [SERVICE + "environment: [A=1]", SERVICE + "$patch: delete"],
    "several documents": ["machine: {sysctls: {a: '1'}}\n---\n" + SERVICE + "environment: [A=1]"],
    "operations": [
        "- {op: add, path: /machine/kernel, value: {modules: [{name: nvidia}]}}\n"
        "- {op: add, path: /machine/kernel/modules/-, value: {name: x}}\n"
        "- {op: add, path: /machine/kernel/modules/0, value: {name: first}}\n"
        "- {op: replace, path: /machine/install/disk, value: /dev/sdz}\n"
        "- {op: remove, path: /machine/kernel/modules/1}\n"
    ],
}


def merged(*texts: str) -> tuple[Any, list[Any]]:
    """The documents after these texts, without what says nothing."""
    read = [text_of_file(read_source(f"{index}.yaml", text.encode()), "talos") for index, text in enumerate(texts)]
    legacy, others = merge_texts(read)
    return said(legacy.data if legacy else None), sorted((said(item.data) for item in others), key=str)


def said(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: said(value) for key, value in data.items() if said(value) not in (None, "", [], {})}
    return [said(item) for item in data] if isinstance(data, list) else data


@pytest.mark.parametrize("tag", MACHINERIES)
def test_texts_merge_as_talos_merges_them(machinery: Machinery, verdict, tag: str) -> None:
    """Wherever it merges them at all: some it refuses."""
    compared = 0
    for role in ("worker", "controlplane"):
        # The older machineries end their program over the deletion of what is not there.
        for name, patches in PATCHES.items():
            if role == "worker" and name in {"admission deleted", "plugin deleted"}:
                continue
            found = machinery.judge(tag, role, [(str(index), text) for index, text in enumerate(patches)], image="x:v1")
            if found.result:
                compared += 1
                verdict(f"talosvet {tag}", "merged as the inventory merges")
                assert merged(found.base, *patches) == merged(found.result), f"{role}, {name}"
    assert compared > len(PATCHES)


TALCONFIG = """\
clusterName: oracle
endpoint: https://192.0.2.10:6443
talosVersion: ${talosVersion}
kubernetesVersion: v1.33.0
patches:
  - "@./patches/global.yaml"
controlPlane:
  patches:
    - |-
      cluster:
        apiServer:
          admissionControl: {$$patch: delete}
worker:
  kernelModules: [{name: br_netfilter}]
  nodeLabels: {tier: worker}
  patches:
    - &shared |-
      machine:
        sysctls: {a: "1", b: "1"}
nodes:
  - hostname: control
    ipAddress: 192.0.2.10
    controlPlane: true
    installDisk: /dev/sda
    patches: [*shared]
  - hostname: gpu
    ipAddress: 192.0.2.11
    installDisk: /dev/sda
    kernelModules: [{name: nvidia}]
    nodeTaints: {gpu: "true:NoSchedule"}
    machineFiles: [{content: x, permissions: 0o644, path: /var/x, op: create}]
    extensionServices: [{name: nut-client, environment: [A=b]}]
    patches:
      - |-
        machine:
          kernel:
            modules: [{name: nvidia_uvm}]
          nodeLabels: {rack: r1}
        ---
        apiVersion: v1alpha1
        kind: VolumeConfig
        name: EPHEMERAL
        provisioning: {maxSize: 10GB}
  - hostname: plain
    ipAddress: 192.0.2.12
    installDisk: /dev/sda
    overridePatches: true
    patches: ["@./patches/plain.yaml"]
"""
FILES = {
    "talconfig.yaml": TALCONFIG,
    "talenv.yaml": "talosVersion: v1.11.6\n",
    "patches/global.yaml": "machine:\n  sysctls: {b: '2'}\n",
    "patches/plain.yaml": "machine:\n  kernel:\n    modules: [{name: plain}]\n",
}
KEYS = ("kernel", "sysctls", "nodeLabels", "nodeTaints", "files")


def test_nodes_are_told_what_talhelper_tells_them(tmp_path: Path, verdict) -> None:
    """Groups, nodes, variables, files and the order of patches."""
    folder = write_files({path: text.encode() for path, text in FILES.items()}, tmp_path)
    made = run(program("talhelper"), "genconfig", "--offline-mode", "-o", "out", folder=folder)
    assert made.status == 0, made.said
    (cluster,) = take({path: text.encode() for path, text in FILES.items()}, Given()).clusters
    assert cluster.admission_removed
    for node in cluster.of(Node):
        first, *others = yaml.safe_load_all((folder / "out" / f"oracle-{node.name}.yaml").read_text())
        verdict(TALHELPER, "node told as the inventory tells it")
        wanted = {key: first["machine"].get(key) for key in KEYS}
        wanted["nodeLabels"] = {
            key: value
            for key, value in (wanted["nodeLabels"] or {}).items()
            if not key.startswith("node.kubernetes.io/")
        }
        told = {key: node.config.get("machine", key).data for key in KEYS}
        for files in (wanted["files"], told["files"]):
            for file in files or ():
                file["permissions"] = 0
        assert said(told) == said(wanted), node.name
        assert sorted(item.get("kind").text or "" for item in node.documents) == sorted(item["kind"] for item in others)
