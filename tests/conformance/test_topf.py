"""topf cannot be had from the module proxy: its reading rules, written down from its sources, judge its folders.

Source: postfinance/topf v0.5.0-rc.1, pkg/config. What it then merges is judged by talosvet in its merge order.
"""

from __future__ import annotations

import re

import yaml
from judge.cluster import Cluster

from talos_gpu.plan.decision import Known

ORACLE = "topf's rules (v0.5.0-rc.1)"
TOP = {"clusterName", "clusterEndpoint", "kubernetesVersion", "talosVersion", "schematicId", "factory", "platform"} | {
    "secureboot", "patchesDir", "secretsPath", "secretsProvider", "nodesProvider", "data", "nodes",
}  # fmt: skip
NODE = {"host", "role", "ip", "data", "talosVersion", "schematicId", "factory", "platform", "secureboot"}
"""Every other key is ignored without a word."""
FOLDERS = ("all", "control-plane", "worker", "node")


def test_topf_reads_every_file_as_what_it_is(everything: list[Cluster], verdict) -> None:
    """Patch folders hold nothing but patches of known nodes; no key is ignored; no patch hides the schematic."""
    clusters = [cluster for cluster in everything if cluster.plan.layout.value == "topf"]
    assert clusters
    for cluster in clusters:
        names = {node.name for _, node in cluster.nodes}
        for path, data in cluster.below(cluster.talos_folder).items():
            if path.partition("/")[0] not in FOLDERS:
                continue
            with verdict.of(ORACLE, "patch file", "no patch file"):
                _is_read(cluster, path, data, names)
                _is_patch(path, data)
        if cluster.plan.complete.value:
            with verdict.of(ORACLE, "topf.yaml: no key ignored", "topf.yaml differs"):
                _is_whole(cluster)


def _is_read(cluster: Cluster, path: str, data: bytes, names: set[str]) -> None:
    folder, _, rest = path.partition("/")
    assert folder == "node", f"{cluster}: {path} reaches nodes beside ours"
    assert rest.split("/")[0] in names, f"{cluster}: {path} is of no node, and ignored"
    assert re.search(r"\.ya?ml$", path), f"{cluster}: {path} is applied, or not, by accident"
    assert "{{" not in data.decode() or not path.endswith(".tpl"), f"{cluster}: {path} is a template"


def _is_patch(path: str, data: bytes) -> None:
    for document in yaml.safe_load_all(data):
        assert isinstance(document, dict), f"{path}: topf takes no list of operations"
        assert "image" not in (document.get("machine", {}).get("install") or {}), f"{path}: wins over schematicId"
        assert "image" not in (document.get("installer") or {}), f"{path}: wins over schematicId"


def _is_whole(cluster: Cluster) -> None:
    text = cluster.text(f"{cluster.talos_folder}/topf.yaml")
    data = yaml.safe_load(text)
    assert set(data) <= TOP
    assert data["talosVersion"].removeprefix("v").startswith(cluster.plan.contract.value.removeprefix("v") + ".")
    found = {node["host"]: node for node in data["nodes"]}
    assert len(found) == len(data["nodes"]), "a host twice is not detected by topf"
    assert set(found) == {node.name for _, node in cluster.nodes}
    for pool, node in cluster.nodes:
        entry = found[node.name]
        assert set(entry) <= NODE
        assert (entry["role"], entry["ip"]) == (pool.role, node.address)
        assert entry.get("talosVersion", data["talosVersion"]) == cluster.plan.talos.value
        file = entry["schematicId"].removeprefix("@")
        assert f'"@{file}"' in text, "a bare @ is a scanner error"
        assert not file.startswith(FOLDERS)
        assert isinstance(pool.schematic.id, Known)
        assert cluster.text(f"{cluster.talos_folder}/{file}") == pool.schematic.text
        # The installer topf then writes: factory/platform-installer[-secureboot]/id:version, no architecture in it.
        host = data.get("factory", "factory.talos.dev")
        kind = f"{entry.get('platform', 'metal')}-installer{'-secureboot' if entry.get('secureboot') else ''}"
        written = f"{host}/{kind}/{pool.schematic.id.value}:{cluster.plan.talos.value}"
        assert written == pool.schematic.installer.value
