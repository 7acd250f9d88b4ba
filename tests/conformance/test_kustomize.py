"""kustomize builds every folder; schemas and Flux's types judge every object; the Component does what it promises."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from judge.cluster import Cluster
from judge.golden import Recorder, folder_key
from judge.kustomize import Kustomize
from judge.objects import Schemas

from talos_gpu.plan.decision import Known

ORACLE = "kustomize v5.8.2"
WORKLOADS = Path(__file__).parent / "workloads"
STUBBED = ("argoproj.io/",)
"""Groups that only the API server judges, by their CustomResourceDefinitions."""


@pytest.fixture(scope="module")
def kustomize(tmp_path_factory: pytest.TempPathFactory) -> Kustomize:
    return Kustomize(tmp_path_factory.mktemp("kustomize"))


@pytest.fixture(scope="module")
def schemas() -> Iterator[Schemas]:
    with Schemas.running() as running:
        yield running


def kubernetes_of(cluster: Cluster) -> str:
    """The Kubernetes version of a cluster; where nobody knows it, the newest that the schemas have."""
    version = cluster.plan.kubernetes
    return version.value if isinstance(version, Known) else "v99.0.0"


def test_every_folder_builds_and_every_object_is_valid(
    everything: list[Cluster], kustomize: Kustomize, schemas: Schemas, record: Recorder, verdict
) -> None:
    """No unknown field, in the schemas of the profile's Kubernetes minor and in the types of Flux."""
    faults = []
    for cluster in everything:
        for folder in cluster.folders():
            objects = kustomize.build(cluster.files, folder)
            verdict(ORACLE, "folder built")
            assert objects, f"{cluster}: {folder} builds to nothing"
            record.note("kustomization", ORACLE, folder_key(cluster, folder), "valid")
            for item in objects:
                judge, fault = schemas.judge(item, kubernetes_of(cluster))
                if not judge:
                    assert item["apiVersion"].startswith(STUBBED), f"{cluster}: nobody judges {item['kind']}"
                    continue
                verdict(judge, "invalid" if fault else "valid")
                if fault:
                    record.note("kustomization", judge, folder_key(cluster, folder), fault)
                    faults.append(f"{cluster} {folder} {item['kind']}: {fault}")
    assert not faults, "\n".join(faults[:20])


def test_plain_manifests_that_no_kustomization_lists_are_none(everything: list[Cluster]) -> None:
    """Every file of an engine's path is listed, or read by something that is."""
    for cluster in everything:
        for folder in cluster.folders():
            inside = cluster.below(folder)
            text = "".join(data.decode() for data in inside.values())
            for path in inside:
                values = path.endswith("/values.yaml")
                assert path == "kustomization.yaml" or values or path in text, (
                    f"{cluster}: {folder}/{path} is applied by nobody"
                )


def test_changed_values_roll_the_release(everything: list[Cluster], kustomize: Kustomize, verdict) -> None:
    """The ConfigMap's hashed name reaches the HelmRelease, and follows the content; a null is still null there."""
    nulls = 0
    for cluster in everything:
        chart = cluster.plan.stack.chart
        if cluster.plan.delivery.engine != "flux" or chart is None:
            continue
        release, values = _release_and_values(kustomize.build(cluster.files, "kubernetes"))
        name = release["spec"]["valuesFrom"][0]["name"]
        assert name == values["metadata"]["name"] != f"{chart.release}-values"
        assert values["metadata"]["namespace"] == release["metadata"]["namespace"]
        data = yaml.safe_load(values["data"][release["spec"]["valuesFrom"][0]["valuesKey"]])
        assert (data or {}) == dict(chart.values.value), f"{cluster}: the values arrive as planned"
        nulls += any(value is None for value in (data or {}).values())
        verdict(ORACLE, "values hash reaches the HelmRelease")

        path = next(path for path in cluster.files if path.startswith("kubernetes/") and path.endswith("/values.yaml"))
        changed = {**cluster.files, path: cluster.files[path] + b"\n# changed\n"}
        other, _ = _release_and_values(kustomize.build(changed, "kubernetes"))
        assert other["spec"]["valuesFrom"][0]["name"] != name
    assert nulls, "no profile of the matrix carries a null"
    verdict(ORACLE, "affinity: null still null", nulls)


def _release_and_values(objects: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    (release,) = (item for item in objects if item["kind"] == "HelmRelease")
    prefix = release["metadata"]["name"]
    (values,) = (
        item for item in objects if item["kind"] == "ConfigMap" and item["metadata"]["name"].startswith(prefix)
    )
    return release, values


@pytest.mark.parametrize("workload", sorted(path.stem for path in WORKLOADS.glob("*.yaml")))
def test_the_component_makes_a_gpu_workload(
    workload: str, everything: list[Cluster], kustomize: Kustomize, schemas: Schemas, verdict
) -> None:
    """Runtime class, selector, tolerations beside its own, one GPU for its first container; nothing else changes."""
    text = (WORKLOADS / f"{workload}.yaml").read_bytes()
    before = {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(text)}
    for cluster in everything:
        component = cluster.below("components/gpu-workload")
        if not component:
            continue
        files = {f"components/gpu-workload/{path}": data for path, data in component.items()}
        files["app/workload.yaml"] = text
        files["app/kustomization.yaml"] = b"resources: [workload.yaml]\ncomponents: [../components/gpu-workload]\n"
        built = {(item["kind"], item["metadata"]["name"]): item for item in kustomize.build(files, "app")}
        assert set(built) == set(before), f"{cluster}: objects appear or are lost"
        for key, item in built.items():
            expected = gpu_workload(before[key], cluster)
            assert item == expected, f"{cluster}: {workload} {key}"
            assert schemas.judge(item, kubernetes_of(cluster))[1] == ""
        verdict(ORACLE, f"Component on {workload}")


def gpu_workload(item: dict[str, Any], cluster: Cluster) -> dict[str, Any]:
    """The object as the plan would have it."""
    made = copy.deepcopy(item)
    pod = pod_spec(made)
    if pod is None:
        return made
    plan = cluster.plan
    if plan.workload.runtime_class.value:
        pod["runtimeClassName"] = plan.workload.runtime_class.value
    pod["nodeSelector"] = {**pod.get("nodeSelector", {}), **plan.stack.node_selector.value}
    tolerations = [item.model_dump(by_alias=True, exclude_none=True) for item in plan.stack.tolerations.value]
    if tolerations or pod.get("tolerations"):
        pod["tolerations"] = [*pod.get("tolerations", []), *tolerations]
    for key in ("limits", "requests"):  # the API server refuses a GPU request that is not the limit
        counts = pod["containers"][0].setdefault("resources", {}).setdefault(key, {})
        counts[plan.workload.resource] = "1" if isinstance(counts.get(plan.workload.resource), str) else 1
    return made


def pod_spec(item: dict[str, Any]) -> dict[str, Any] | None:
    """The pod inside a workload."""
    spec = item.get("spec", {})
    for keys in (("template", "spec"), ("jobTemplate", "spec", "template", "spec")):
        found = spec
        for key in keys:
            found = found.get(key, {}) if isinstance(found, dict) else {}
        if found.get("containers"):
            return found
    return None
