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
from talos_gpu.plan.model import NodePlan, PoolPlan

__all__ = ["FOLDER", "Recorder", "folder_key", "machine_config_key", "read", "recorded_cases"]

FOLDER = Path(__file__).resolve().parents[2] / "golden"


def machine_config_key(cluster: Cluster, pool: PoolPlan, node: NodePlan) -> str:
    """All that Talos's verdict on a node depends on: the release that judges, contract, role, patches in order."""
    plan = cluster.plan
    patches = [text for _, text in cluster.patches_of(pool, node)]
    return _digest([machinery_of(plan.talos.value), plan.contract.value, pool.role, plan.layout.value, patches])


def folder_key(cluster: Cluster, folder: str) -> str:
    """All that the verdict on a kustomization depends on: its files, and the Kubernetes that they are for."""
    files = {path: data.decode() for path, data in cluster.below(folder).items()}
    return _digest([folder, str(getattr(cluster.plan.kubernetes, "value", "")), sorted(files.items())])


def read(name: str) -> Mapping[str, Any]:
    """A golden file's answers."""
    answers: Mapping[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())["answers"]
    return answers


def recorded_cases(name: str) -> Iterator[Case]:
    """The cases of the matrix that were judged (`allowed`) or refused (`refused`)."""
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
