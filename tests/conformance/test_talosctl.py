"""talosctl v1.13.9 runs what needs no node: gen config, machineconfig patch, validate."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from judge.build import program
from judge.cluster import Cluster
from judge.machinery import machinery_of
from judge.tool import run, write_files

ORACLE = "talosctl v1.13.9"


WITHOUT_NODE = re.compile(r"^(?:test -e secrets\.yaml \|\| )?talosctl gen .+$", re.MULTILINE)


def known_to_talosctl(clusters: list[Cluster], *layouts: str) -> list[Cluster]:
    """Clusters of those layouts whose Talos is not newer than this talosctl."""
    found = [cluster for cluster in clusters if cluster.plan.layout.value in layouts]
    judged = [cluster for cluster in found if machinery_of(cluster.plan.talos.value) <= ORACLE.partition(" ")[2]]
    assert judged
    return judged


@pytest.mark.full
def test_commands_without_a_node_work_as_written(
    dist: list[Cluster], pairs: list[Cluster], tmp_path: Path, verdict
) -> None:
    """The lines of commands.sh that make a cluster anew; each config that they write is strictly valid."""
    path = f"{program('talosctl').parent}:{os.environ['PATH']}"
    ran = 0
    for number, cluster in enumerate(known_to_talosctl([*dist, *pairs], "talosctl")):
        folder = write_files(cluster.below(cluster.talos_folder), tmp_path / str(number))
        for line in WITHOUT_NODE.findall(cluster.text(f"{cluster.talos_folder}/commands.sh")):
            done = run("bash", "-euc", line, folder=folder, environment={"PATH": path})
            verdict(ORACLE, f"command of commands.sh {'fails' if done.status else 'works as written'}")
            assert done.status == 0, f"{cluster}: {line}\n{done.said}"
            written = folder / line.rpartition("--output ")[2]
            if written.suffix == ".yaml" and written.is_file():
                valid = run(program("talosctl"), "validate", "-m", "metal", "--strict", "-c", written, folder=folder)
                verdict(ORACLE, f"validate -m metal --strict{': refused' if valid.status else ''}")
                assert valid.status == 0, f"{cluster}: {line}\n{valid.said}"
                ran += 1
    assert ran


@pytest.mark.full
def test_talosctl_agrees_with_the_machinery(dist: list[Cluster], pairs: list[Cluster], tmp_path: Path, verdict) -> None:
    """A config of the contract with our patches, as `--config-patch` and as `machineconfig patch`, is strictly valid."""
    judged = known_to_talosctl([*dist, *pairs], "talosctl", "opentofu")
    secrets = tmp_path / "secrets.yaml"
    assert run(program("talosctl"), "gen", "secrets", "-o", secrets, folder=tmp_path).status == 0
    for number, cluster in enumerate(judged):
        folder = write_files(cluster.below(cluster.talos_folder), tmp_path / str(number))
        for pool, node in cluster.nodes:
            kind = pool.role.replace("-", "")
            given = [word for path, _ in cluster.patches_of(pool, node) for word in ("--config-patch", f"@{path}")]
            contract = cluster.plan.contract.value
            common = ("--with-secrets", secrets, "--talos-version", contract, "--output-types", kind, "--force")
            made = run(
                program("talosctl"), "gen", "config", "oracle", "https://192.0.2.1:6443", *common, *given, "-o", "c.yaml",
                folder=folder,
            )  # fmt: skip
            verdict(ORACLE, f"gen config --config-patch{': refused' if made.status else ''}")
            assert made.status == 0, f"{cluster} {node.name}: {made.said}"
            plain = run(
                program("talosctl"), "gen", "config", "oracle", "https://192.0.2.1:6443", *common, "-o", "p.yaml",
                folder=folder,
            )  # fmt: skip
            assert plain.status == 0, plain.said
            later = [word for path, _ in cluster.patches_of(pool, node) for word in ("--patch", f"@{path}")]
            done = run(program("talosctl"), "machineconfig", "patch", "p.yaml", *later, "-o", "m.yaml", folder=folder)
            verdict(ORACLE, f"machineconfig patch{': refused' if done.status else ''}")
            assert done.status == 0, done.said
            for name in ("c.yaml", "m.yaml"):
                valid = run(program("talosctl"), "validate", "-m", "metal", "--strict", "-c", name, folder=folder)
                verdict(ORACLE, f"validate -m metal --strict{': refused' if valid.status else ''}")
                assert valid.status == 0, f"{cluster} {node.name}: {valid.said}"
