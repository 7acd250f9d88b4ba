"""Plans of the Kubernetes side, written by hand: what the six systems need, without planner and catalogue."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import yaml

from talos_gpu.document import Document, YamlDocument
from talos_gpu.kubernetes import ManifestCache, render
from talos_gpu.output.emitter import emit
from talos_gpu.plan.decision import Known, Unknown
from talos_gpu.plan.model import (
    BridgePlan,
    ChartPlan,
    ClusterPlan,
    DeliveryPlan,
    IgnoredDifference,
    Image,
    SmokeTestPlan,
    StackPlan,
    WorkloadPlan,
)
from talos_gpu.profile.stack import Toleration

Engine = Literal["flux", "argocd", "plain"]

CONTENT = {
    "IS_HOST_DRIVER": "false",
    "NVIDIA_DRIVER_ROOT": "/",
    "DRIVER_ROOT_CTR_PATH": "/host",
    "NVIDIA_DEV_ROOT": "/",
    "DEV_ROOT_CTR_PATH": "/host",
}
GPU_TAINT = Toleration(key="nvidia.com/gpu", operator="Exists", effect="NoSchedule")


def image(name: str) -> Image:
    return Image(name, name)


def delivery(engine: Engine, cluster: str) -> DeliveryPlan:
    return DeliveryPlan(
        engine=engine,
        namespace="argocd" if engine == "argocd" else "flux-system",
        source_kind="GitRepository",
        source_name="flux-system",
        source_namespace="flux-system",
        repo_url="https://git.example.org/platform/cluster.git" if engine == "argocd" else None,
        target_revision="main",
        path=f"dist/{cluster}",
        project="default",
    )


def operator_chart(*, wait: bool) -> ChartPlan:
    return ChartPlan(
        name="gpu-operator",
        release="gpu-operator",
        version=Known("v26.3.3", "newest"),
        repository=Known("https://helm.ngc.nvidia.com/nvidia", "the vendor's"),
        values=Known({"driver": {"enabled": False}, "toolkit": {"enabled": False}}, "minimal"),
        comments={("driver", "enabled"): "Talos brings the driver."},
        crds=True,
        wait=Known(wait, "everything becomes ready" if wait else "the ClusterPolicy never becomes ready here"),
        ignored_differences=(IgnoredDifference("nvidia.com", "ClusterPolicy", ("/spec/cdi/default",)),),
    )


def plugin_chart() -> ChartPlan:
    return ChartPlan(
        name="nvidia-device-plugin",
        release="nvidia-device-plugin",
        version=Known("0.18.2", "newest"),
        repository=Known("https://nvidia.github.io/k8s-device-plugin", "the vendor's"),
        values=Known({"runtimeClassName": "nvidia", "affinity": None}, "minimal"),
        comments={("affinity",): "No node feature discovery here."},
        crds=False,
        wait=Known(True, "everything becomes ready"),
    )


def plan(
    cluster: str,
    engine: Engine,
    stack: StackPlan,
    *,
    runtime_class: str | None = "nvidia",
    deliver: bool = False,
    resource: str = "nvidia.com/gpu",
) -> ClusterPlan:
    return ClusterPlan(
        cluster=cluster,
        profile=f"profiles/{cluster}.yaml",
        talos=Known("v1.12.11", "pinned"),
        era=Known("legacy", "by release"),
        preview=False,
        contract=Known("v1.12", "assumed"),
        dialect=Known("v1alpha1", "by contract"),
        multi_document=False,
        kubernetes=Unknown("not named"),
        endpoint=Unknown("not named"),
        kernel=Unknown("not named"),
        containerd=Unknown("not named"),
        toolkit=Unknown("not known"),
        toolkit_mode=Unknown("not known"),
        layout=Known("talosctl", "pinned"),
        layout_path="talos",
        complete=Known(False, "no control plane"),
        pools=(),
        stack=stack,
        workload=WorkloadPlan(Known(runtime_class, "the handler"), resource),
        smoke_test=SmokeTestPlan(
            cuda=Known("12.8.0", "fits"),
            smi_image=Known(image("nvcr.io/nvidia/cuda:12.8.0-base-ubuntu22.04"), "fits"),
            sample_image=Known(image("nvcr.io/nvidia/k8s/cuda-sample:vectoradd-cuda12.5.0-ubuntu22.04"), "fits"),
            deliver=deliver,
        ),
        delivery=delivery(engine, cluster),
        notices=(),
    )


def operator_stack(*, bridge: bool, tolerations: tuple[Toleration, ...] = (GPU_TAINT,)) -> StackPlan:
    return StackPlan(
        kind=Known("gpu-operator", "pinned"),
        namespace=Known("gpu-operator", "the vendor's usual name"),
        render_namespace=Known(True, "Talos enforces the baseline level"),
        chart=operator_chart(wait=not bridge),
        runtime_class=Known(False, "the operator owns it"),
        bridge=Known(bridge, "nobody else writes the readiness files"),
        bridge_plan=BridgePlan(image("docker.io/library/busybox:1.37.0"), 5, CONTENT) if bridge else None,
        node_selector=Known({"nvidia.com/gpu.present": "true"}, "GPU nodes"),
        tolerations=Known(tolerations, "taints"),
    )


def plugin_stack(namespace: str) -> StackPlan:
    return StackPlan(
        kind=Known("device-plugin", "pinned"),
        namespace=Known(namespace, "pinned"),
        render_namespace=Known(namespace != "kube-system", "Talos enforces the baseline level"),
        chart=plugin_chart(),
        runtime_class=Known(True, "the device plugin brings none"),
        bridge=Known(False, "only the operator waits for files"),
        bridge_plan=None,
        node_selector=Known({"nvidia.com/gpu.present": "true", "role": "gpu"}, "GPU nodes"),
        tolerations=Known((Toleration(key="gpu", value="true", effect="NoSchedule"), GPU_TAINT), "taints"),
    )


def legacy_operator(cluster: str = "bridged", engine: Engine = "flux") -> ClusterPlan:
    """System 2: the operator where its validator finds no driver."""
    return plan(cluster, engine, operator_stack(bridge=True))


def cdi_operator(cluster: str = "current", engine: Engine = "flux", *, deliver: bool = False) -> ClusterPlan:
    """System 5: the vendor's stack."""
    return plan(cluster, engine, operator_stack(bridge=False), runtime_class=None, deliver=deliver)


def device_plugin(
    cluster: str = "plugged", engine: Engine = "argocd", namespace: str = "kube-system", *, deliver: bool = False
) -> ClusterPlan:
    """Systems 1, 3 and 4, by engine and namespace."""
    return plan(cluster, engine, plugin_stack(namespace), deliver=deliver)


def without_stack(cluster: str = "bare") -> ClusterPlan:
    """System 0: the operating system only."""
    stack = replace(plugin_stack("default"), kind=Known("none", "pinned"), chart=None)
    return plan(cluster, "plain", stack)


def files(cluster: ClusterPlan, cache: ManifestCache | None = None) -> dict[str, Document]:
    """The documents of one cluster by path."""
    return {document.path: document for document in render([cluster], cache)[cluster.cluster]}


def text(document: Document) -> str:
    """The document as it is written, without its header."""
    return emit(document.objects, document.comments) if isinstance(document, YamlDocument) else document.text


def read(document: Document) -> list[Any]:
    """What a reader of the written document gets."""
    return list(yaml.safe_load_all(text(document)))
