"""kustomize builds every folder; schemas and Flux's types judge every object; the Component does what it promises."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from judge.cluster import Cluster
from judge.golden import Recorder, component_key, folder_key, workloads
from judge.kustomize import Kustomize, KustomizeRefused
from judge.objects import Schemas
from judge.promised import has_component, promised_folders, promised_kinds

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ChartPlan

ORACLE = "kustomize v5.8.2"
STUBBED = ("argoproj.io/",)
"""Groups that only the API server judges, by their CustomResourceDefinitions."""
NULLS = 4
"""Nulls that must reach a HelmRelease somewhere in the matrix."""


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
            try:
                objects = kustomize.build(cluster.files, folder)
            except KustomizeRefused as error:
                verdict(ORACLE, "refused")
                faults.append(f"{cluster} {folder}: {error}")
                continue
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


def test_what_the_plan_promises_is_there(everything: list[Cluster], kustomize: Kustomize, verdict) -> None:
    """Each folder and each object that follows from the plan, and none beside them."""
    seen: Counter[str] = Counter()
    for cluster in everything:
        plan = cluster.plan
        parts = ("kubernetes", "components", "smoke-test", "flux", "argocd")
        folders = {folder for folder in parts if cluster.below(folder)}
        kinds = {
            folder: Counter(item["kind"] for item in kustomize.build(cluster.files, folder))
            for folder in cluster.folders()
        }
        right = folders == promised_folders(plan) and kinds == promised_kinds(plan)
        verdict(ORACLE, "objects as the plan promises" if right else "objects differ from the plan")
        assert folders == promised_folders(plan), (
            f"{cluster}: the plan promises {promised_folders(plan)}, not {folders}"
        )
        assert kinds == promised_kinds(plan), f"{cluster}: the plan promises {promised_kinds(plan)}, not {kinds}"
        assert bool(cluster.below("components/gpu-workload")) is has_component(plan), str(cluster)
        seen.update([*sum(kinds.values(), Counter()), *folders])
        seen["no stack"] += not folders
    wanted = {
        "Namespace",
        "RuntimeClass",
        "DaemonSet",
        "HelmRelease",
        "Application",
        "Kustomization",
        "Job",
        "no stack",
    }
    wanted -= set(+seen)
    assert not wanted, f"nobody of dist/ and the matrix has {wanted}"


def test_plain_manifests_that_no_kustomization_lists_are_none(everything: list[Cluster], verdict) -> None:
    """Every file of an engine's path is listed, or read by something that is."""
    for cluster in everything:
        for folder in cluster.folders():
            inside = cluster.below(folder)
            text = "".join(data.decode() for data in inside.values())
            read = ("kustomization.yaml", *(path for path in inside if path.endswith("/values.yaml")))
            idle = [path for path in inside if path not in read and path not in text]
            verdict(ORACLE, "a file is applied by nobody" if idle else "every file is applied by somebody")
            assert not idle, f"{cluster}: {folder}/{idle[0]} is applied by nobody"


def test_changed_values_roll_the_release(everything: list[Cluster], kustomize: Kustomize, verdict) -> None:
    """The ConfigMap's hashed name reaches the HelmRelease, and follows the content; a null is still null there."""
    nulls = 0
    for cluster in everything:
        chart = cluster.plan.stack.chart
        if cluster.plan.delivery.engine != "flux" or chart is None:
            continue
        with verdict.of(ORACLE, "values hash reaches the HelmRelease", "values differ"):
            nulls += _rolls(cluster, chart, kustomize)
    verdict(ORACLE, "affinity: null still null", nulls)
    assert nulls >= NULLS, "too few profiles of the matrix carry a null"


def _rolls(cluster: Cluster, chart: ChartPlan, kustomize: Kustomize) -> int:
    """How many nulls the values carry, when they arrive as planned and roll the release."""
    release, values = _release_and_values(kustomize.build(cluster.files, "kubernetes"))
    name = release["spec"]["valuesFrom"][0]["name"]
    assert name == values["metadata"]["name"] != f"{chart.release}-values"
    assert values["metadata"]["namespace"] == release["metadata"]["namespace"]
    data = yaml.safe_load(values["data"][release["spec"]["valuesFrom"][0]["valuesKey"]]) or {}
    assert data == plain(chart.values.value), f"{cluster}: the values do not arrive as planned"

    path = next(path for path in cluster.files if path.startswith("kubernetes/") and path.endswith("/values.yaml"))
    changed = {**cluster.files, path: cluster.files[path] + b"\n# changed\n"}
    other, _ = _release_and_values(kustomize.build(changed, "kubernetes"))
    assert other["spec"]["valuesFrom"][0]["name"] != name
    return nulls_in(data)


def nulls_in(values: Any) -> int:
    """Nulls at any depth."""
    if isinstance(values, dict | list):
        return sum(map(nulls_in, values.values() if isinstance(values, dict) else values))
    return values is None


def plain(values: Any) -> Any:
    """The plan's values as YAML gives them back."""
    if isinstance(values, Mapping):
        return {key: plain(value) for key, value in values.items()}
    return [plain(value) for value in values] if isinstance(values, list | tuple) else values


def _release_and_values(objects: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    (release,) = (item for item in objects if item["kind"] == "HelmRelease")
    prefix = release["metadata"]["name"]
    (values,) = (
        item for item in objects if item["kind"] == "ConfigMap" and item["metadata"]["name"].startswith(prefix)
    )
    return release, values


@pytest.mark.parametrize("workload", sorted(workloads()))
def test_the_component_makes_a_gpu_workload(
    workload: str, everything: list[Cluster], kustomize: Kustomize, schemas: Schemas, record: Recorder, verdict
) -> None:
    """Runtime class, selector, tolerations beside its own, one GPU for its first container; nothing else changes."""
    text = workloads()[workload]
    before = {(item["kind"], item["metadata"]["name"]): item for item in yaml.safe_load_all(text)}
    for cluster in everything:
        component = cluster.below("components/gpu-workload")
        assert bool(component) is has_component(cluster.plan), f"{cluster}: the plan says otherwise"
        if not component:
            continue
        files = {f"components/gpu-workload/{path}": data for path, data in component.items()}
        files["app/workload.yaml"] = text
        files["app/kustomization.yaml"] = b"resources: [workload.yaml]\ncomponents: [../components/gpu-workload]\n"
        with verdict.of(ORACLE, f"Component on {workload}", f"Component differs on {workload}"):
            built = {(item["kind"], item["metadata"]["name"]): item for item in kustomize.build(files, "app")}
            assert set(built) == set(before), f"{cluster}: objects appear or are lost"
            for key, item in built.items():
                expected = gpu_workload(before[key], cluster)
                assert item == expected, f"{cluster}: {workload} {key}"
                assert schemas.judge(item, kubernetes_of(cluster))[1] == ""
        record.note("component", ORACLE, component_key(cluster), "as promised")


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
