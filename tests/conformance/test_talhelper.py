"""talhelper itself reads every talconfig, and the configs that it generates are judged by Talos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from judge.build import program
from judge.cluster import Cluster
from judge.expected import by_identity, difference, expected_config
from judge.golden import Recorder, layout_key
from judge.machinery import REMARKED, Machinery, documents
from judge.matrix import newest_kubernetes
from judge.tool import run, write_files

from talos_gpu.plan.model import PoolPlan

ORACLE = "talhelper v3.1.16"
HEAD = {"clusterName": "oracle", "endpoint": "https://192.0.2.10:6443"}


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Throw-away secrets."""
    made = run(program("talhelper"), "gensecret", folder=tmp_path_factory.mktemp("secrets"))
    assert made.status == 0, made.said
    return made.out.encode()


def test_talhelper_generates_exactly_what_the_plan_says(
    everything: list[Cluster], secrets: bytes, machinery: Machinery, record: Recorder, tmp_path: Path, verdict
) -> None:
    """`validate talconfig` finds nothing; each config differs from that of a talconfig without us by the plan alone."""
    clusters = [cluster for cluster in everything if cluster.plan.layout.value == "talhelper"]
    assert clusters
    seen: Counter[str] = Counter()
    for index, cluster in enumerate(clusters):
        folder = write_files(cluster.below(cluster.talos_folder), tmp_path / str(index))
        (folder / "talsecret.yaml").write_bytes(secrets)
        if not cluster.plan.complete.value:
            whole_talconfig(cluster, folder)
        remarks = remarks_on(cluster, folder)
        verdict(ORACLE, "talconfig remarked on" if remarks else "talconfig valid")
        assert not remarks, f"{cluster}: {remarks}"
        without_us(folder / "talconfig.yaml", folder / "base.yaml")
        made, base = generated(cluster, folder, "talconfig.yaml"), generated(cluster, folder, "base.yaml")
        for pool, node in cluster.nodes:
            judgement = machinery.judge(cluster.plan.talos.value, pool.role, (), config=made[node.name])
            verdict(ORACLE, f"node config by Talos: {judgement.word}")
            assert judgement.word in {"valid", REMARKED}, f"{cluster} {node.name}: {judgement.error}"
            found = by_identity(documents(made[node.name]))
            expected = expected_config(documents(base[node.name]), cluster.plan, pool, node)
            verdict(ORACLE, "node config exactly as planned" if found == expected else "node config differs")
            assert found == expected, f"{cluster} {node.name}: {difference(found, expected)}"
            if lost := labels_of(base[node.name]) - labels_of(made[node.name]):
                verdict(ORACLE, f"nodeLabels replace Talos's own {', '.join(sorted(lost))}: as talhelper does")
            seen.update(demands(pool))
        record.note("talhelper", ORACLE, layout_key(cluster), "exactly as planned")
    assert not DEMANDS - set(seen), f"no talconfig of the matrix asks for {DEMANDS - set(seen)}"


def labels_of(config: str) -> set[str]:
    """The keys of machine.nodeLabels."""
    return {key for item in documents(config) for key in (item.get("machine", {}).get("nodeLabels") or {})}


DEMANDS = {"user patches", "schedulable", "default runtime", "labels", "taints", "secure boot"}


def demands(pool: PoolPlan) -> Iterator[str]:
    """What of the plan must stand in the config of a node, beside modules and image."""
    found = {
        "user patches": pool.machine.user_patches,
        "schedulable": pool.machine.schedulable,
        "default runtime": pool.machine.default_runtime.value,
        "labels": pool.machine.labels.value,
        "taints": pool.machine.taints.value,
        "secure boot": pool.secure_boot,
    }
    return (name for name, value in found.items() if value)


def remarks_on(cluster: Cluster, folder: Path) -> list[str]:
    """What talhelper finds in the talconfig; a release younger than talhelper is all that it may remark."""
    checked = run(program("talhelper"), "validate", "talconfig", "talconfig.yaml", folder=folder)
    newer = f'"{cluster.plan.talos.value}" might not be compatible with this Talhelper version'
    remarks = [line for line in checked.said.splitlines() if "*" in line and newer not in line]
    return remarks if checked.status == 0 else [*remarks, checked.said]


def without_us(talconfig: Path, base: Path) -> None:
    """The same talconfig as its owner had it before: hosts, disks and machines, without a key that the plan fills."""
    data = yaml.safe_load(talconfig.read_text())
    given = ("hostname", "ipAddress", "installDisk", "controlPlane", "machineSpec")
    data["nodes"] = [{key: node[key] for key in given if key in node} for node in data["nodes"]]
    base.write_text(yaml.safe_dump(data, sort_keys=False))


def generated(cluster: Cluster, folder: Path, talconfig: str) -> dict[str, str]:
    """Node to the config that talhelper makes of a talconfig."""
    out = f"out-{talconfig}"
    made = run(program("talhelper"), "genconfig", "--offline-mode", "-o", out, "-c", talconfig, folder=folder)
    assert made.status == 0, f"{cluster}: {made.said}"
    name = cluster.plan.cluster if cluster.plan.complete.value else HEAD["clusterName"]
    return {node.name: (folder / out / f"{name}-{node.name}.yaml").read_text() for _, node in cluster.nodes}


def whole_talconfig(cluster: Cluster, folder: Path) -> None:
    """The fragment as it stands in a repository of the user's, whose entries name the disks."""
    text = (folder / "talconfig.nodes.yaml").read_text()
    data = yaml.safe_load(text)
    for node in data["nodes"]:
        node.setdefault("installDisk", "/dev/sda")
    talos = cluster.plan.talos.value
    head = {**HEAD, "talosVersion": talos, "kubernetesVersion": newest_kubernetes(talos)}
    (folder / "talconfig.yaml").write_text(yaml.safe_dump({**head, **data}))
