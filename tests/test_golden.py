"""What is rendered today is what the real tools judged: tests/golden/ holds their answers, so that no tool is needed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from judge import golden
from judge.cluster import Cluster, committed, rendered
from judge.matrix import plan_of

from talos_gpu.errors import InputError

AGAIN = "was never judged as it is rendered now: run `make conformance-record` and review what changes"


@pytest.fixture(scope="module")
def clusters(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Cluster]:
    """What is committed, and the recorded matrix as synth makes it today."""
    cases = rendered(golden.recorded_cases("allowed"), tmp_path_factory.mktemp("matrix"))
    return [*committed(repository), *cases.values()]


def verdict_on(answers: Mapping[str, Any], key: str, what: str) -> Any:
    assert key in answers, f"{what} {AGAIN}"
    return answers[key]


def test_talos_took_every_machine_config(clusters: list[Cluster]) -> None:
    """For each release, contract, role and list of patches, by Talos's own machinery."""
    answers = golden.read("machine-config")
    for cluster in clusters:
        if cluster.plan.layout.value == "talhelper":
            continue
        for pool, node in cluster.nodes:
            key = golden.machine_config_key(cluster, pool, node)
            assert verdict_on(answers, key, f"{cluster}: the config of {node.name}") == "valid"


def test_the_image_factory_gives_every_schematic_its_id(clusters: list[Cluster]) -> None:
    """By the factory's own package: the text is canonical, and its id is the plan's."""
    answers = golden.read("schematic")
    for cluster in clusters:
        for pool in cluster.plan.pools:
            text = cluster.text(f"{cluster.talos_folder}/schematics/{pool.name}.yaml")
            assert verdict_on(answers, text, f"{cluster}: the schematic of {pool.name}") == pool.schematic.id.value


def test_every_kustomization_builds_to_valid_objects(clusters: list[Cluster]) -> None:
    """By kustomize, and by the schemas of the profile's Kubernetes and the types of Flux."""
    answers = golden.read("kustomization")
    for cluster in clusters:
        for folder in cluster.folders():
            key = golden.folder_key(cluster, folder)
            assert verdict_on(answers, key, f"{cluster}: {folder}/") == "valid"


def test_what_no_profile_may_combine_is_refused_in_the_same_words() -> None:
    """A pair of values that no allowed profile of the matrix holds."""
    answers = golden.read("refusal")
    for case in golden.recorded_cases("refused"):
        refusal = plan_of(case)
        assert isinstance(refusal, InputError), f"{case} is planned now"
        assert [finding.message for finding in refusal.findings] == verdict_on(answers, str(case), str(case))
