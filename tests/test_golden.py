"""What is rendered today is what the real tools judged: tests/golden/ holds their answers, so that no tool is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from judge import golden
from judge.cluster import Cluster, committed, rendered
from judge.machinery import REMARKED
from judge.matrix import plan_of

from talos_gpu.errors import InputError
from talos_gpu.plan.decision import Known, Unknown
from talos_gpu.plan.model import UserPatch

AGAIN = "was never judged as it is rendered now: run `make conformance-record` and review what changes"


@pytest.fixture(scope="module")
def clusters(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Cluster]:
    """What is committed, and the recorded matrix as synth makes it today."""
    cases = rendered(golden.recorded_cases("allowed"), tmp_path_factory.mktemp("matrix"))
    return [*committed(repository), *cases.values()]


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> list[Cluster]:
    """The recorded cases of each Talos minor with its own contract and an older one."""
    return list(rendered(golden.recorded_cases("contracts"), tmp_path_factory.mktemp("contracts")).values())


def verdict_on(answers: Mapping[str, Any], key: str, what: str) -> Any:
    assert key in answers, f"{what} {AGAIN}"
    return answers[key]


def test_talos_took_every_machine_config(clusters: list[Cluster], upgraded: list[Cluster]) -> None:
    """For each release, contract, role, list of patches, and plan, by Talos's own machinery."""
    answers = golden.read("machine-config")
    for cluster in [*clusters, *upgraded]:
        if cluster.plan.layout.value == "talhelper":
            continue
        for pool, node in cluster.nodes:
            key = golden.machine_config_key(cluster, pool, node)
            word = verdict_on(answers, key, f"{cluster}: the config of {node.name}")
            assert word in {"valid", REMARKED}, f"{cluster}: {node.name}"


@pytest.mark.parametrize(
    "change",
    [
        {"modules": Known((), "")},
        {"sysctls": Known({"net.core.bpf_jit_harden": "2"}, "")},
        {"labels": Known({"example.org/gpu": "no"}, "")},
        {"taint_method": Known("another", "")},
        {"default_runtime": Known("another", "")},
        {"schedulable": True},
        {"install_image": Unknown("")},
        {"user_patches": (UserPatch("machine: {}", ""),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_plan_that_changes_without_its_patches_was_never_judged(
    clusters: list[Cluster], change: dict[str, Any]
) -> None:
    """The digest covers what the plan expects of the node, not only what is rendered of it."""
    cluster = next(cluster for cluster in clusters if cluster.plan.cluster == "rtx-5070-ti")
    ((pool, node),) = cluster.nodes
    other = replace(pool, machine=replace(pool.machine, **change))
    assert golden.machine_config_key(cluster, other, node) != golden.machine_config_key(cluster, pool, node)


@pytest.mark.parametrize(("layout", "word"), [("talhelper", "exactly as planned"), ("opentofu", "as planned")])
def test_the_layout_s_own_tool_made_of_every_folder_what_is_planned(
    clusters: list[Cluster], layout: str, word: str
) -> None:
    """talhelper's node configs; OpenTofu's values and templates."""
    answers = golden.read(layout)
    folders = [cluster for cluster in clusters if cluster.plan.layout.value == layout]
    assert folders
    for cluster in folders:
        found = verdict_on(answers, golden.layout_key(cluster), f"{cluster}: {cluster.talos_folder}/")
        assert found == word, str(cluster)


def test_every_component_made_gpu_workloads(clusters: list[Cluster]) -> None:
    """By kustomize, on each of the workloads."""
    answers = golden.read("component")
    for cluster in clusters:
        if cluster.below("components/gpu-workload"):
            found = verdict_on(answers, golden.component_key(cluster), f"{cluster}: the Component")
            assert found == "as promised", str(cluster)


def test_the_api_server_accepted_every_object(clusters: list[Cluster]) -> None:
    """Strictly validated, of each folder that kustomize builds."""
    answers = golden.read("server")
    for cluster in clusters:
        for folder in cluster.folders():
            key = golden.folder_key(cluster, folder)
            assert verdict_on(answers, key, f"{cluster}: {folder}/ on the server") == "accepted"


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
