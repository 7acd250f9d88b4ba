"""Golden answers: what the judges said, kept in the repository so that tests without Go can hold against it.

Each verdict is kept under the digest of all that it depends on. Something that is rendered in another way is therefore
not found among the verdicts, and the judges must be asked again: `make conformance-record`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from judge.cluster import Cluster
from judge.machinery import machinery_of
from judge.matrix import Case
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan

__all__ = [
    "FOLDER",
    "Recorder",
    "component_key",
    "folder_key",
    "layout_key",
    "machine_config_key",
    "read",
    "recorded_cases",
    "workloads",
]

FOLDER = Path(__file__).resolve().parents[2] / "golden"
_WORKLOADS = Path(__file__).resolve().parents[2] / "conformance" / "workloads"


def workloads() -> dict[str, bytes]:
    """The workloads on which Components are tried, by name."""
    return {path.stem: path.read_bytes() for path in sorted(_WORKLOADS.glob("*.yaml"))}


def machine_config_key(cluster: Cluster, pool: PoolPlan, node: NodePlan) -> str:
    """All that Talos's verdict on a node depends on: the release that judges, contract, patches in order, and the plan.

    A plan that changes without its patches is a question that was never asked, as a patch that changes without it is.
    """
    plan = cluster.plan
    patches = [text for _, text in cluster.patches_of(pool, node)]
    return _digest([machinery_of(plan.talos.value), _planned(plan, pool, node), patches])


def layout_key(cluster: Cluster) -> str:
    """All that a tool's verdict on a layout's folder depends on: its files, and what the plan says of each node."""
    nodes = [_planned(cluster.plan, pool, node) for pool, node in cluster.nodes]
    texts = [[pool.schematic.text, pool.schematic.without_nvidia_text] for pool in cluster.plan.pools]
    files = {path: data.decode() for path, data in cluster.below(cluster.talos_folder).items()}
    return _digest([cluster.plan.cluster, nodes, texts, sorted(files.items())])


def component_key(cluster: Cluster) -> str:
    """All that the verdict on a Component depends on: its files, the workloads, and what the plan says of GPU pods."""
    plan = cluster.plan
    tolerations = [item.model_dump(mode="json") for item in plan.stack.tolerations.value]
    pod = [plan.workload.runtime_class.value, plan.workload.resource, dict(plan.stack.node_selector.value), tolerations]
    texts = [text.decode() for text in workloads().values()]
    return _digest([folder_key(cluster, "components/gpu-workload"), pod, texts])


def _planned(plan: ClusterPlan, pool: PoolPlan, node: NodePlan) -> dict[str, Any]:
    """What `expected_config` and the layouts' tests expect of a node, as plain data."""
    machine = pool.machine
    return {
        "talos": [plan.talos.value, plan.contract.value, plan.dialect.value, plan.multi_document],
        "layout": [plan.layout.value, plan.complete.value],
        "node": [node.name, node.address, node.install_disk, pool.role, pool.gpu is not None],
        "modules": [item.model_dump(mode="json") for item in machine.modules.value],
        "sysctls": dict(machine.sysctls.value),
        "labels": dict(machine.labels.value),
        "taints": [machine.taint_method.value, [item.model_dump(mode="json") for item in machine.taints.value]],
        "runtime": [machine.default_runtime.value, machine.containerd_plugin.value],
        "schedulable": machine.schedulable,
        "installer": [pool.schematic.installer.value, str(getattr(machine.install_image, "value", "unknown"))],
        "user patches": [patch.text for patch in machine.user_patches],
    }


def folder_key(cluster: Cluster, folder: str) -> str:
    """All that the verdict on a kustomization depends on: its files, and the Kubernetes that they are for."""
    files = {path: data.decode() for path, data in cluster.below(folder).items()}
    return _digest([folder, str(getattr(cluster.plan.kubernetes, "value", "")), sorted(files.items())])


def read(name: str) -> Mapping[str, Any]:
    """A golden file's answers."""
    answers: Mapping[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())["answers"]
    return answers


def recorded_cases(name: str) -> Iterator[Case]:
    """The cases of the matrix that were judged (`allowed`, `contracts`) or refused (`refused`)."""
    return (Case(**fields) for fields in json.loads((FOLDER / "matrix.json").read_text())["answers"][name])


class Recorder:
    """Takes down answers, and writes them at the end of a run that asked every judge."""

    def __init__(self) -> None:
        self._answers: dict[str, dict[str, Any]] = {}
        self._judges: dict[str, set[str]] = {}

    def note(self, name: str, judge: str, key: str, answer: Any) -> None:
        """The answer of `judge` to the question `key`, for the file `name`."""
        self._answers.setdefault(name, {})[key] = answer
        self._judges.setdefault(name, set()).add(judge)

    def note_cases(self, **cases: tuple[Case, ...]) -> None:
        """The cases that were brought before the judges."""
        self._answers["matrix"] = {name: [asdict(case) for case in found] for name, found in cases.items()}

    def write(self) -> None:
        """Writes every file, sorted, one answer a line."""
        FOLDER.mkdir(exist_ok=True)
        for name, answers in self._answers.items():
            content = {"judges": sorted(self._judges.get(name, ())), "answers": answers}
            text = json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False)
            (FOLDER / f"{name}.json").write_text(text + "\n")


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:24]
