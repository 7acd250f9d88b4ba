"""The Kubernetes side of the committed profiles, from the profile on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cluster_plans import read, text

from talos_gpu.catalog import load_catalogue
from talos_gpu.document import Document
from talos_gpu.kubernetes import render
from talos_gpu.plan import plan_cluster
from talos_gpu.profile import load_profile


@pytest.fixture(scope="module")
def clusters(repository: Path) -> dict[str, dict[str, Document]]:
    """All profiles, rendered by one call: cluster to path to document."""
    catalogue = load_catalogue()
    files = sorted(path.relative_to(repository).as_posix() for path in (repository / "profiles").glob("*.yaml"))
    plans = [plan_cluster(load_profile(file, repository), catalogue) for file in files]
    return {name: {item.path: item for item in documents} for name, documents in render(plans).items()}


def objects(documents: dict[str, Document], path: str) -> list[Any]:
    return read(documents[path])


def test_the_operating_system_only_has_no_kubernetes_side(clusters: dict[str, dict[str, Document]]) -> None:
    """Quadro K2200: stack none."""
    assert clusters["quadro-k2200"] == {}


def test_the_plain_plugin_has_namespace_runtime_class_and_values(clusters: dict[str, dict[str, Document]]) -> None:
    """The vendor's guide: helm commands stand in the runbook."""
    documents = clusters["official-proprietary"]
    root = objects(documents, "kubernetes/kustomization.yaml")[0]
    assert root["resources"] == ["namespace.yaml", "runtime-class.yaml"]
    assert "kubernetes/device-plugin/values.yaml" in documents


def test_the_legacy_operator_gets_a_bridge_and_nothing_waits(clusters: dict[str, dict[str, Document]]) -> None:
    """RTX 5070 Ti."""
    documents = clusters["rtx-5070-ti"]
    bridge = objects(documents, "kubernetes/validation-bridge.yaml")[1]
    assert bridge["spec"]["template"]["spec"]["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
    assert objects(documents, "flux/stack.yaml")[0]["spec"]["wait"] is False
    assert "kubernetes/runtime-class.yaml" not in documents


def test_the_single_node_keeps_its_null_and_its_tolerations(clusters: dict[str, dict[str, Document]]) -> None:
    """H100 NVL: kube-system, Argo CD."""
    documents = clusters["h100-nvl"]
    assert objects(documents, "kubernetes/device-plugin/values.yaml")[0]["affinity"] is None
    assert "kubernetes/namespace.yaml" not in documents
    pod = objects(documents, "smoke-test/job.yaml")[0]["spec"]["template"]["spec"]
    keys = {toleration["key"] for toleration in pod["tolerations"]}
    assert {"node-role.kubernetes.io/control-plane", "CriticalAddonsOnly"} <= keys


def test_the_tainted_worker_is_tolerated_and_selected(clusters: dict[str, dict[str, Document]]) -> None:
    """Goldentooth: taint gpu=true, selector role=gpu."""
    pod = objects(clusters["goldentooth"], "smoke-test/job.yaml")[0]["spec"]["template"]["spec"]
    assert pod["nodeSelector"]["role"] == "gpu"
    assert "gpu" in {toleration["key"] for toleration in pod["tolerations"]}
    assert pod["runtimeClassName"] == "nvidia"


def test_the_current_operator_needs_neither_bridge_nor_runtime_class(clusters: dict[str, dict[str, Document]]) -> None:
    """Talos 1.14: the vendor's stack."""
    documents = clusters["current"]
    assert objects(documents, "kubernetes/kustomization.yaml")[0]["resources"] == [
        "namespace.yaml",
        "gpu-operator/helm-repository.yaml",
        "gpu-operator/helm-release.yaml",
    ]
    assert not any("DEVICE_LIST_STRATEGY" in text(document) for document in documents.values())
