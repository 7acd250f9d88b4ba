"""The folders and objects that a plan promises, made of the plan alone: what is not rendered is missed by these."""

from __future__ import annotations

from collections import Counter

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan

__all__ = ["has_component", "has_smoke_test", "promised_folders", "promised_kinds"]


def has_component(plan: ClusterPlan) -> bool:
    """Whether workloads can be made GPU workloads: wherever something advertises GPUs."""
    return plan.stack.kind.value != "none"


def has_smoke_test(plan: ClusterPlan) -> bool:
    """Whether there is something to run, on a cluster that advertises GPUs."""
    images = (plan.smoke_test.smi_image, plan.smoke_test.sample_image)
    return has_component(plan) and any(isinstance(image, Known) for image in images)


def promised_folders(plan: ClusterPlan) -> set[str]:
    """Folders of the Kubernetes side that hold a file."""
    found = {
        "kubernetes": plan.stack.chart is not None or bool(_objects(plan)),
        "components": has_component(plan),
        "smoke-test": has_smoke_test(plan),
        "flux": has_component(plan) and plan.delivery.engine == "flux",
        "argocd": has_component(plan) and plan.delivery.engine == "argocd",
    }
    return {folder for folder, promised in found.items() if promised}


def promised_kinds(plan: ClusterPlan) -> dict[str, Counter[str]]:
    """Folder to the kinds of objects that kustomize builds from it; a folder that builds nothing is left out."""
    kubernetes = _objects(plan)
    if plan.delivery.engine == "flux" and plan.stack.chart is not None:
        oci = plan.stack.chart.repository.value.startswith("oci://")
        kubernetes.update(["HelmRelease", "OCIRepository" if oci else "HelmRepository", "ConfigMap"])
    delivered_test = has_smoke_test(plan) and plan.smoke_test.deliver
    found = {
        "kubernetes": kubernetes,
        "smoke-test": Counter({"Job": int(has_smoke_test(plan))}),
        "flux": Counter({"Kustomization": 1 + delivered_test}),
        "argocd": Counter({"Application": 1 + bool(_objects(plan)) + delivered_test}),
    }
    return {folder: +kinds for folder, kinds in found.items() if folder in promised_folders(plan) and +kinds}


def _objects(plan: ClusterPlan) -> Counter[str]:
    """What stands beside the chart."""
    stack = plan.stack
    promised = {
        "Namespace": stack.render_namespace.value,
        "RuntimeClass": stack.runtime_class.value,
        "DaemonSet": stack.bridge.value,
        "ConfigMap": stack.bridge.value,  # the bridge's script
    }
    return Counter({kind: int(value) for kind, value in promised.items() if value})
