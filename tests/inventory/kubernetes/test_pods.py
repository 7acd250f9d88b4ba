"""Pods that concern a GPU, in workloads and in the values of app-template."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("kind", "above"),
    [
        ("Pod", ""),
        ("Deployment", "{template: "),
        ("DaemonSet", "{template: "),
        ("CronJob", "{jobTemplate: {spec: {template: "),
    ],
)
def test_the_pod_of_a_workload(read, kind, above) -> None:
    """The spec with its containers, wherever the kind keeps it."""
    spec = "{containers: [{name: a, resources: {limits: {nvidia.com/gpu: 1}}}]}"
    inner = f"{above}{{spec: {spec}}}{'}' * above.count('{')}" if above else spec
    text = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x, namespace: ai}}\nspec: {inner}\n"
    groups = {"Deployment": "apps/v1", "DaemonSet": "apps/v1", "CronJob": "batch/v1"}
    (pod,) = read({"w.yaml": text.replace("apiVersion: v1", f"apiVersion: {groups.get(kind, 'v1')}")}).pods
    assert (pod.kind, pod.namespace, len(pod.containers)) == (kind, "ai", 1)
    assert pod.owner is not None
    assert [limit.text for limit in pod.gpu_limits] == ["1"]


@pytest.mark.parametrize(
    "spec",
    [
        "runtimeClassName: nvidia",
        "tolerations: [{key: nvidia.com/gpu, operator: Exists}]",
        "tolerations: [{key: gpu, operator: Exists}]",
        'nodeSelector: {nvidia.com/gpu.present: "true"}',
        'nodeSelector: {node-role.kubernetes.io/gpu: ""}',
        "volumes: [{name: r, hostPath: {path: /run/nvidia/validations}}]",
        "containers: [{name: a, image: nvcr.io/nvidia/cuda:12.4.1-base-ubuntu22.04}]",
        "containers: [{name: a, env: [{name: NVIDIA_VISIBLE_DEVICES, value: all}]}]",
        "initContainers: [{name: a, image: nvidia/cuda}]",
        "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: nvidia.com/gpu.present, operator: Exists}]}]}}}",
    ],
)
def test_pods_that_touch_the_stack(read, spec) -> None:
    """Each of these alone concerns a GPU."""
    assert len(read({"p.yaml": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec:\n  {spec}\n"}).pods) == 1


@pytest.mark.parametrize(
    "spec",
    [
        "runtimeClassName: gvisor",
        "tolerations: [{operator: Exists}]",
        "nodeSelector: {kubernetes.io/os: linux}",
        "containers: [{name: a, image: busybox}]",
        "volumes: [{name: r, hostPath: {path: /run}}]",
        "nodeSelector: {intel.feature.node.kubernetes.io/igpu: x}",
    ],
)
def test_other_pods_are_left_alone(read, spec) -> None:
    """Most pods have nothing to do with it."""
    assert read({"p.yaml": f"apiVersion: v1\nkind: Pod\nmetadata: {{name: x}}\nspec:\n  {spec}\n"}).pods == []


def test_objects_in_a_list(read) -> None:
    """Each at its own place."""
    text = """
        apiVersion: v1
        kind: List
        items:
          - apiVersion: v1
            kind: Namespace
            metadata: {name: gpu}
          - apiVersion: node.k8s.io/v1
            kind: RuntimeClass
            metadata: {name: nvidia}
            handler: nvidia
        """
    objects = read({"all.yaml": text}).objects
    assert [(item.kind, item.name, str(item.root.place)) for item in objects] == [
        ("Namespace", "gpu", "all.yaml:4:5"),
        ("RuntimeClass", "nvidia", "all.yaml:7:5"),
    ]


def test_json_in_yaml(read) -> None:
    """A manifest in JSON is one too."""
    text = '{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "gpu"}}'
    assert read({"ns.json": text}).object("Namespace").name == "gpu"


APP_TEMPLATE = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ollama, namespace: ai}
spec:
  chartRef: {kind: OCIRepository, name: app-template}
  values:
    defaultPodOptions:
      runtimeClassName: nvidia
      nodeSelector: {nvidia.com/gpu.present: "true"}
    controllers:
      ollama:
        type: statefulset
        pod:
          nodeSelector: {gpu: "yes"}
        containers:
          app:
            image: {repository: ollama/ollama, tag: 0.5.1}
            env:
              NVIDIA_VISIBLE_DEVICES: all
            resources:
              limits:
                nvidia.com/gpu: 1
      sidecar:
        containers:
          app: {image: {repository: busybox}}
"""


def test_values_of_app_template(read) -> None:
    """Every controller is a pod; its own options take the place of the common ones, key by key."""
    first, second = read({"hr.yaml": APP_TEMPLATE}).pods
    assert (first.kind, first.namespace) == ("StatefulSet", "ai")
    assert str(first.spec.get("runtimeClassName").place) == "hr.yaml:8:25"
    assert [key for key, _ in first.spec.get("nodeSelector").pairs()] == ["gpu"]
    assert [str(limit.place) for limit in first.gpu_limits] == ["hr.yaml:22:33"]
    assert second.kind == "Deployment"
    assert second.spec.get("runtimeClassName").text == "nvidia"


def test_options_of_app_template_that_are_merged(read) -> None:
    """Where the values ask for it, maps are merged deeply."""
    text = APP_TEMPLATE.replace("    controllers:", "    defaultPodOptionsStrategy: merge\n    controllers:", 1)
    first, _ = read({"hr.yaml": text}).pods
    assert [key for key, _ in first.spec.get("nodeSelector").pairs()] == ["nvidia.com/gpu.present", "gpu"]


def test_values_of_the_first_app_template(read) -> None:
    """There the values are one container and its pod."""
    text = """
        apiVersion: helm.toolkit.fluxcd.io/v2beta1
        kind: HelmRelease
        metadata: {name: jellyfin, namespace: media}
        spec:
          chart: {spec: {chart: app-template, version: 1.5.1}}
          values:
            image: {repository: jellyfin/jellyfin}
            runtimeClassName: nvidia
            resources: {limits: {nvidia.com/gpu: 1}}
        """
    (pod,) = read({"hr.yaml": text}).pods
    assert len(pod.gpu_limits) == 1
    assert pod.spec.get("runtimeClassName").text == "nvidia"


def test_values_of_app_template_in_a_file(read) -> None:
    """A values file of that shape is read as well."""
    values = "controllers:\n  main:\n    containers:\n      main:\n        resources:\n          limits:\n            nvidia.com/gpu: 1\n"
    (pod,) = read({"apps/ollama/values.yaml": values}).pods
    assert [str(limit.place) for limit in pod.gpu_limits] == ["apps/ollama/values.yaml:7:29"]


def test_a_claim_for_a_gpu(read) -> None:
    """The pod that names a claim of NVIDIA's class concerns a GPU, whatever the claim is called."""
    text = """
        apiVersion: resource.k8s.io/v1
        kind: ResourceClaimTemplate
        metadata: {name: one, namespace: ai}
        spec:
          spec:
            devices:
              requests: [{name: card, exactly: {deviceClassName: gpu.nvidia.com}}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: x, namespace: ai}
        spec:
          resourceClaims: [{name: c, resourceClaimTemplateName: one}]
          containers: [{name: a, image: busybox, resources: {claims: [{name: c}]}}]
        """
    repository = read({"p.yaml": text})
    assert len(repository.pods) == 1
    assert repository.object("ResourceClaimTemplate").namespace == "ai"
