"""The Component that makes any workload a GPU workload. What kustomize makes of it is checked by an oracle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cluster_plans import cdi_operator, device_plugin, files, read, text

from talos_gpu.plan.decision import Known

FOLDER = "components/gpu-workload"


def component(path: str = "kustomization", **changes: Any) -> Any:
    return read(files(replace(device_plugin(), **changes))[f"{FOLDER}/{path}.yaml"])[0]


def test_every_kind_of_workload_is_meant_by_every_step() -> None:
    """A step that forgot a kind would leave half a GPU workload."""
    kinds = {"Deployment|StatefulSet|DaemonSet|Job", "CronJob", "Pod"}
    content = component()
    assert {patch["target"]["kind"] for patch in content["patches"]} == kinds
    for replacement in content["replacements"]:
        assert {target["select"]["kind"] for target in replacement["targets"]} == kinds


def test_tolerations_are_appended_one_by_one() -> None:
    """No toleration matches the selector, so that the workload's own ones stay."""
    paths = [target["fieldPaths"][0] for item in component()["replacements"][1:] for target in item["targets"]]
    assert paths[:3] == [
        "spec.template.spec.tolerations.[talos-gpu=0]",
        "spec.jobTemplate.spec.template.spec.tolerations.[talos-gpu=0]",
        "spec.tolerations.[talos-gpu=0]",
    ]
    assert [item["source"]["fieldPath"] for item in component()["replacements"]] == [
        "spec.gpus",
        "spec.tolerations.0",
        "spec.tolerations.1",
    ]
    assert component("gpu-workload")["spec"]["tolerations"] == [
        {"key": "gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"},
        {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"},
    ]


def test_limit_and_request_name_the_resource_that_the_nodes_advertise() -> None:
    """Time slicing and MIG may rename it; a request that is not the limit is refused by the API server."""
    workload = replace(device_plugin().workload, resource="nvidia.com/gpu.shared")
    target = component(workload=workload)["replacements"][0]["targets"][0]
    assert target["fieldPaths"] == [
        f"spec.template.spec.containers.0.resources.{key}.[nvidia.com/gpu.shared]" for key in ("limits", "requests")
    ]
    assert target["options"] == {"create": True}


def test_selector_and_runtime_class_are_merged_into_the_pod() -> None:
    """Label values stay strings."""
    assert component("pod")["spec"] == {
        "runtimeClassName": "nvidia",
        "nodeSelector": {"nvidia.com/gpu.present": "true", "role": "gpu"},
    }
    pod = component("cron-job")["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["runtimeClassName"] == "nvidia"


def test_without_runtime_class_none_is_set() -> None:
    """The default runtime injects the GPU already."""
    assert not any("runtimeClassName" in text(document) for document in files(cdi_operator()).values())


def test_what_the_plan_does_not_need_has_no_step() -> None:
    """No selector, no tolerations, no runtime class: the limit remains."""
    plan = device_plugin()
    stack = replace(plan.stack, node_selector=Known({}, "none"), tolerations=Known((), "none"))
    workload = replace(plan.workload, runtime_class=Known(None, "the default runtime"))
    content = component(stack=stack, workload=workload)
    assert "patches" not in content
    assert len(content["replacements"]) == 1


def test_the_source_of_the_replacements_is_removed_again() -> None:
    """It must never reach a cluster, nor clash with that of another application."""
    removal = component("remove-source")
    assert component()["transformers"] == ["remove-source.yaml"]
    assert removal["patch"].startswith("$patch: delete\n")
    assert removal["target"] == {"kind": component("gpu-workload")["kind"]}


def test_no_pod_environment_is_set() -> None:
    """A pod's own NVIDIA_VISIBLE_DEVICES would win over the plugin's."""
    data = [read(document) for path, document in files(device_plugin()).items() if path.startswith(FOLDER)]
    assert "env" not in str(data)
    assert "NVIDIA_VISIBLE_DEVICES" not in str(data)
