"""The Kubernetes side of a cluster's folder: which files there are, in which order they are applied, and what waits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cluster_plans import cdi_operator, device_plugin, files, legacy_operator, read, text, without_stack
from syrupy.assertion import SnapshotAssertion

from talos_gpu.kubernetes import render
from talos_gpu.plan.decision import Known, Unknown
from talos_gpu.plan.model import ClusterPlan

PLANS = {
    "operator-with-bridge-flux": legacy_operator(),
    "operator-flux": cdi_operator(deliver=True),
    "operator-with-bridge-argocd": legacy_operator(engine="argocd"),
    "plugin-argocd": device_plugin(deliver=True),
    "plugin-flux": device_plugin(engine="flux", namespace="nvidia"),
    "plugin-plain": device_plugin(engine="plain", namespace="nvidia"),
}

COMPONENT = {
    f"components/gpu-workload/{name}.yaml"
    for name in ("cron-job", "gpu-workload", "kustomization", "pod", "remove-source", "workload")
}
SMOKE = {"smoke-test/kustomization.yaml", "smoke-test/job.yaml"}


def one(cluster: ClusterPlan, path: str) -> Any:
    objects = read(files(cluster)[path])
    assert len(objects) == 1
    return objects[0]


def wave(item: dict[str, Any]) -> str:
    return str(item["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0"))


@pytest.mark.parametrize("cluster", PLANS.values(), ids=PLANS)
def test_a_cluster_looks_like_this(cluster: ClusterPlan, manifest: SnapshotAssertion) -> None:
    """Every file, one after the other."""
    documents = files(cluster)
    assert "kubernetes/" + cluster.stack.kind.value + "/values.yaml" in documents
    assert "".join(f"### {path}\n{text(document)}\n" for path, document in documents.items()) == manifest


def test_without_a_stack_there_is_no_kubernetes_side() -> None:
    """The operating system only."""
    assert render([without_stack()]) == {"bare": ()}


def test_only_what_the_plan_needs_is_rendered() -> None:
    """kube-system belongs to Kubernetes, and the plugin waits for no bridge."""
    kubernetes = {"kustomization.yaml", "runtime-class.yaml", "device-plugin/values.yaml"}
    argocd = {"argocd/kustomization.yaml", "argocd/objects.yaml", "argocd/chart.yaml"}
    assert set(files(device_plugin())) == {f"kubernetes/{name}" for name in kubernetes} | COMPONENT | SMOKE | argocd


def test_the_operator_keeps_its_runtime_class() -> None:
    """A second owner would fight it."""
    assert not any("runtime-class" in path for path in files(legacy_operator()))


@pytest.mark.parametrize("cluster", PLANS.values(), ids=PLANS)
def test_every_file_on_the_engines_path_is_named(cluster: ClusterPlan) -> None:
    """As a resource, as values or as configuration: nothing lies there by chance, and nothing that is named is missing."""
    documents = files(cluster)
    root = one(cluster, "kubernetes/kustomization.yaml")
    generated = [entry.partition("=")[2] for item in root.get("configMapGenerator", []) for entry in item["files"]]
    named = {*root["resources"], *root.get("configurations", []), *generated, "kustomization.yaml"}
    if not generated:
        named.add(f"{cluster.stack.kind.value}/values.yaml")  # for Argo CD and helm, which read it by path
    assert {path.removeprefix("kubernetes/") for path in documents if path.startswith("kubernetes/")} == named


def test_resources_are_applied_in_order() -> None:
    """The namespace first, the release last."""
    assert one(legacy_operator(), "kubernetes/kustomization.yaml")["resources"] == [
        "namespace.yaml",
        "validation-bridge.yaml",
        "gpu-operator/helm-repository.yaml",
        "gpu-operator/helm-release.yaml",
    ]


def test_waves_stand_on_objects_of_argocd_only() -> None:
    """Namespace -2, RuntimeClass -1, bridge 1."""
    plugin = device_plugin(namespace="nvidia")
    assert wave(one(plugin, "kubernetes/namespace.yaml")) == "-2"
    assert wave(one(plugin, "kubernetes/runtime-class.yaml")) == "-1"
    bridge = files(legacy_operator(engine="argocd"))["kubernetes/validation-bridge.yaml"]
    assert {wave(item) for item in read(bridge)} == {"1"}
    applications = [document for path, document in files(plugin).items() if path.startswith("argocd/")]
    assert {wave(item) for document in applications for item in read(document) if "metadata" in item} == {"0"}
    assert not any("sync-wave" in text(document) for document in files(legacy_operator()).values())


def test_a_null_reaches_the_chart() -> None:
    """`affinity: null` removes the chart's default; left out, it would stay."""
    for engine in ("flux", "argocd", "plain"):
        values = one(device_plugin(engine=engine), "kubernetes/device-plugin/values.yaml")
        assert values["affinity"] is None
        assert "# No node feature discovery here.\naffinity: null\n" in text(
            files(device_plugin(engine=engine))["kubernetes/device-plugin/values.yaml"]
        )


def test_changed_values_roll_the_release() -> None:
    """kustomize suffixes the ConfigMap by content, and carries the name into the release."""
    documents = files(cdi_operator())
    root = read(documents["kubernetes/kustomization.yaml"])[0]
    release = read(documents["kubernetes/gpu-operator/helm-release.yaml"])[0]
    reference = read(documents["kubernetes/gpu-operator/kustomizeconfig.yaml"])[0]["nameReference"][0]
    assert root["configMapGenerator"][0]["name"] == release["spec"]["valuesFrom"][0]["name"]
    assert root["configMapGenerator"][0]["namespace"] == release["metadata"]["namespace"]
    assert reference["fieldSpecs"] == [{"kind": "HelmRelease", "path": "spec/valuesFrom/name"}]


def test_nothing_waits_for_what_never_becomes_ready() -> None:
    """Neither the release nor the Kustomization above it."""
    documents = files(legacy_operator())
    spec = read(documents["kubernetes/gpu-operator/helm-release.yaml"])[0]["spec"]
    assert spec["install"]["disableWait"] is True
    assert spec["upgrade"]["disableWait"] is True
    assert read(documents["flux/stack.yaml"])[0]["spec"]["wait"] is False


def test_a_chart_of_a_registry_has_its_own_source() -> None:
    """Flux takes an OCIRepository, Argo CD the registry and the chart's name apart."""
    flux, argocd = (_from_registry(cdi_operator(engine=engine)) for engine in ("flux", "argocd"))
    source = one(flux, "kubernetes/gpu-operator/oci-repository.yaml")
    assert source["spec"]["url"] == "oci://registry.example.org/charts/gpu-operator"
    assert source["spec"]["ref"] == {"tag": "v26.3.3"}
    chart = one(argocd, "argocd/chart.yaml")["spec"]["sources"][0]
    assert (chart["repoURL"], chart["chart"]) == ("registry.example.org/charts", "gpu-operator")


def _from_registry(cluster: ClusterPlan) -> ClusterPlan:
    chart = cluster.stack.chart
    assert chart is not None
    url = Known("oci://registry.example.org/charts/gpu-operator", "a mirror", by="profile")
    return replace(cluster, stack=replace(cluster.stack, chart=replace(chart, repository=url)))


def test_a_delivered_test_never_blocks_the_stack() -> None:
    """It waits for the stack, in an object of its own; undelivered, the engine does not know it."""
    test = one(cdi_operator(deliver=True), "flux/smoke-test.yaml")["spec"]
    assert test["dependsOn"] == [{"name": "talos-gpu"}]
    assert test["force"] is True
    assert "flux/smoke-test.yaml" not in files(cdi_operator())
    assert (
        one(device_plugin(deliver=True), "argocd/smoke-test.yaml")["spec"]["source"]["path"]
        == "dist/plugged/smoke-test"
    )
    assert "argocd/smoke-test.yaml" not in files(device_plugin())


def test_argocd_gets_no_application_for_an_empty_folder() -> None:
    """Operator in kube-system: nothing stands beside the chart."""
    plan = cdi_operator(engine="argocd")
    plan = replace(plan, stack=replace(plan.stack, render_namespace=Known(False, "Talos exempts it")))
    documents = files(plan)
    assert "kubernetes/kustomization.yaml" not in documents
    assert read(documents["argocd/kustomization.yaml"])[0]["resources"] == ["chart.yaml"]


def test_a_smoke_test_whose_images_are_unknown_is_left_out() -> None:
    """It is optional: explain says why it is not there. One image is enough."""
    plan = cdi_operator(deliver=True)
    unknown = Unknown("no image is known to fit")
    none = files(replace(plan, smoke_test=replace(plan.smoke_test, smi_image=unknown, sample_image=unknown)))
    assert not any("smoke-test" in path for path in none)
    half = files(replace(plan, smoke_test=replace(plan.smoke_test, smi_image=unknown)))
    pod = read(half["smoke-test/job.yaml"])[0]["spec"]["template"]["spec"]
    assert [step["name"] for step in pod["containers"]] == ["cuda-sample"]


def test_clusters_are_rendered_together_as_they_are_alone() -> None:
    """No cluster sees another."""
    together = render([legacy_operator("one"), device_plugin("two")])
    assert together["two"] == render([device_plugin("two")])["two"]
    assert list(together) == ["one", "two"]
