"""talhelper itself reads every talconfig, and the configs that it generates are judged by Talos."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from judge.build import program
from judge.cluster import Cluster
from judge.machinery import Machinery, documents
from judge.tool import run, write_files

from talos_gpu.plan.model import NodePlan, PoolPlan

ORACLE = "talhelper v3.1.16"
HEAD = {"clusterName": "oracle", "endpoint": "https://192.0.2.10:6443"}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Throw-away secrets."""
    made = run(program("talhelper"), "gensecret", folder=tmp_path_factory.mktemp("secrets"))
    assert made.status == 0, made.said
    return made.out.encode()


def test_talhelper_generates_what_the_plan_says(
    everything: list[Cluster], secrets: bytes, machinery: Machinery, tmp_path: Path, verdict
) -> None:
    """`validate talconfig` finds nothing, `genconfig` succeeds, and Talos takes each node's config."""
    judged = 0
    for index, cluster in enumerate(everything):
        if cluster.plan.layout.value != "talhelper":
            continue
        judged += 1
        folder = write_files(cluster.below(cluster.talos_folder), tmp_path / str(index))
        (folder / "talsecret.yaml").write_bytes(secrets)
        if not cluster.plan.complete.value:
            whole_talconfig(cluster, folder)
        checked = run(program("talhelper"), "validate", "talconfig", "talconfig.yaml", folder=folder)
        assert checked.status == 0, f"{cluster}: {checked.said}"
        newer = f'"{cluster.plan.talos.value}" might not be compatible with this Talhelper version'
        remarks = [line for line in checked.said.splitlines() if "*" in line and newer not in line]
        assert not remarks, f"{cluster}: {remarks}"  # a release younger than talhelper is all that it may remark
        verdict(ORACLE, "talconfig valid")
        made = run(
            program("talhelper"), "genconfig", "--offline-mode", "-o", "out", "-c", "talconfig.yaml", folder=folder
        )
        assert made.status == 0, f"{cluster}: {made.said}"
        name = cluster.plan.cluster if cluster.plan.complete.value else HEAD["clusterName"]
        for pool, node in cluster.nodes:
            text = (folder / "out" / f"{name}-{node.name}.yaml").read_text()
            judgement = machinery.judge(cluster.plan.talos.value, pool.role, (), config=text)
            assert judgement.valid, f"{cluster} {node.name}: {judgement.error}"
            holds_the_plan(documents(text), pool, node, f"{cluster} {node.name}")
            verdict(ORACLE, "node config as planned")
    assert judged


def whole_talconfig(cluster: Cluster, folder: Path) -> None:
    """The fragment as it stands in a repository of the user's, whose entries name the disks."""
    text = (folder / "talconfig.nodes.yaml").read_text()
    data = yaml.safe_load(text)
    for node in data["nodes"]:
        node.setdefault("installDisk", "/dev/sda")
    head = {**HEAD, "talosVersion": cluster.plan.talos.value, "kubernetesVersion": "v1.31.0"}
    (folder / "talconfig.yaml").write_text(yaml.safe_dump({**head, **data}))


def holds_the_plan(config: tuple[Any, ...], pool: PoolPlan, node: NodePlan, where: str) -> None:
    """Everything of the plan stands in the config, once, and no module, sysctl or taint beside it."""
    machine = next(item for item in config if "machine" in item)["machine"]
    wanted = pool.machine
    modules = [
        {"name": item.name} | ({"parameters": list(item.parameters)} if item.parameters else {})
        for item in wanted.modules.value
    ]
    assert machine.get("kernel", {}).get("modules", []) == modules, where
    assert machine.get("sysctls", {}) == dict(wanted.sysctls.value), where
    for key, value in wanted.labels.value.items():
        assert machine["nodeLabels"][key] == value, where
    taints = [
        {key: value for key, value in (("key", item.key), ("value", item.value), ("effect", item.effect)) if value}
        for item in wanted.taints.value
    ]
    if wanted.taint_method.value == "register-with-taints":
        assert machine.get("kubelet", {}).get("extraConfig", {}).get("registerWithTaints", []) == taints, where
    else:
        found = machine.get("nodeTaints", {})
        assert found == {
            item.key: f"{item.value}:{item.effect}" if item.value else item.effect for item in wanted.taints.value
        }, where
    assert machine["install"]["image"] == pool.schematic.installer.value, where
    if node.install_disk:
        assert machine["install"]["disk"] == node.install_disk, where
    names = [item["hostname"] for item in config if item.get("kind") == "HostnameConfig" and "hostname" in item]
    assert [*names, *filter(None, [machine.get("network", {}).get("hostname")])] == [node.name], where
