"""Each construct as a library: what it makes in a chart of somebody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cluster_plans import CONTENT, GPU_TAINT
from syrupy.assertion import SnapshotAssertion

from talos_gpu.kubernetes import props as p
from talos_gpu.kubernetes.manifest_cache import ManifestCache
from talos_gpu.kubernetes.props import Props
from talos_gpu.kubernetes.synthesis import synthesize
from talos_gpu.output.emitter import emit
from talos_gpu.plan.model import IgnoredDifference
from talos_gpu.profile.stack import Toleration

SELECTOR = (("nvidia.com/gpu.present", "true"),)
BRIDGE = p.ValidationBridgeProps("gpu-operator", "busybox:1.37.0", p.pairs(CONTENT), SELECTOR, (GPU_TAINT,))
SMOKE = p.SmokeTestProps(
    "nvidia", "nvidia.com/gpu", "cuda:12.4.1-base", "sample:12.4", "nvidia", SELECTOR, (GPU_TAINT,)
)
RELEASE = p.GpuOperatorReleaseProps("gpu-operator", "gpu-operator-values", "v26.3.3")
PLUGIN = p.DevicePluginReleaseProps("nvidia", "nvidia-device-plugin-values", "0.18.2")
CHART = p.ChartSource("https://helm.example.org", "gpu-operator", "v26.3.3", "gpu-operator", "dist/a/values.yaml")
APPLICATION = p.ApplicationProps(
    name="a-gpu-chart",
    namespace="argocd",
    project="default",
    destination_namespace="gpu-operator",
    repo_url="https://git.example.org/a.git",
    target_revision="main",
    source=CHART,
    ignored_differences=(IgnoredDifference("nvidia.com", "ClusterPolicy", ("/spec/cdi/default",)),),
)
FLUX = p.FluxKustomizationProps("gpu", "flux-system", "./dist/a", "GitRepository", "flux-system", "flux-system")

EVERY: dict[str, Props] = {
    "namespace": p.NamespaceProps("gpu-operator"),
    "runtime class": p.RuntimeClassProps(),
    "validation bridge": BRIDGE,
    "smoke test": SMOKE,
    "helm repository": p.HelmRepositoryProps("nvidia", "gpu-operator", "https://helm.example.org"),
    "oci repository": p.OciRepositoryProps("nvidia", "gpu-operator", "oci://registry.example.org/gpu-operator", "v26.3.3"),
    "helm release": RELEASE,
    "device plugin release": PLUGIN,
    "flux kustomization": FLUX,
    "application": APPLICATION,
}  # fmt: skip


def made(props: Props) -> list[Any]:
    return list(synthesize([props], ManifestCache.of_user())[props])


@pytest.mark.parametrize("props", EVERY.values(), ids=EVERY)
def test_it_looks_like_this(props: Props, manifest: SnapshotAssertion) -> None:
    """The whole manifest, head first."""
    objects = made(props)
    assert all(list(item)[:3] == ["apiVersion", "kind", "metadata"] for item in objects)
    assert all(next(iter(item["metadata"])) == "name" for item in objects)
    assert emit(objects) == manifest


def test_a_construct_stands_in_any_chart() -> None:
    """Used without the rest of the package."""
    import cdk8s

    from talos_gpu.kubernetes.noun import PrivilegedNamespace

    chart = cdk8s.Testing.chart()
    PrivilegedNamespace(chart, "namespace", p.NamespaceProps("gpu"))
    assert [item["metadata"]["name"] for item in cdk8s.Testing.synth(chart)] == ["gpu"]


def test_the_namespace_is_privileged_in_all_three_modes() -> None:
    """Audit and warn would otherwise complain about every pod."""
    labels = made(EVERY["namespace"])[0]["metadata"]["labels"]
    assert labels == {f"pod-security.kubernetes.io/{mode}": "privileged" for mode in ("enforce", "audit", "warn")}


def test_the_bridge_has_one_host_path_and_no_privilege() -> None:
    """Root in the container, but with nothing that root could do."""
    config_map, daemon_set = made(BRIDGE)
    pod = daemon_set["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert [v["hostPath"]["path"] for v in pod["volumes"] if "hostPath" in v] == ["/run/nvidia/validations"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False
    assert pod["volumes"][0]["configMap"]["name"] == config_map["metadata"]["name"]
    assert set(container["resources"]) == {"requests", "limits"}


def test_the_smoke_test_asks_for_a_gpu_in_every_step() -> None:
    """Without a limit it would not test the allocation."""
    pod = made(SMOKE)[0]["spec"]["template"]["spec"]
    steps = pod["initContainers"] + pod["containers"]
    assert [step["resources"]["limits"] for step in steps] == [{"nvidia.com/gpu": 1}] * 2
    assert pod["runtimeClassName"] == "nvidia"


def test_without_a_sample_nvidia_smi_is_the_test() -> None:
    """And nothing runs before it."""
    props = p.SmokeTestProps("nvidia", "nvidia.com/gpu", "cuda:12.4.1-base", None, None, (), ())
    pod = made(props)[0]["spec"]["template"]["spec"]
    assert [step["command"] for step in pod["containers"]] == [["nvidia-smi"]]
    assert {"initContainers", "runtimeClassName", "nodeSelector", "tolerations"}.isdisjoint(pod)


def test_a_smoke_test_without_image_is_refused() -> None:
    """There would be no container."""
    with pytest.raises(ValueError, match="smi_image"):
        p.SmokeTestProps("nvidia", "nvidia.com/gpu", None, None, None, (), ())


@pytest.mark.parametrize(
    ("props", "expected"),
    [
        pytest.param(RELEASE, {"crds": "CreateReplace", "remediation": {"retries": 3}}, id="with CRDs"),
        pytest.param(PLUGIN, {"remediation": {"retries": 3}}, id="without CRDs"),
        pytest.param(
            replace(PLUGIN, crds=True), {"crds": "CreateReplace", "remediation": {"retries": 3}}, id="plugin with NFD"
        ),
        pytest.param(
            replace(RELEASE, wait=False),
            {"crds": "CreateReplace", "disableWait": True, "remediation": {"retries": 3}},
            id="nothing may wait",
        ),
    ],
)
def test_install_and_upgrade_treat_crds_and_waiting_alike(props: Props, expected: dict[str, Any]) -> None:
    """What holds for the first installation holds for every later one."""
    spec = made(props)[0]["spec"]
    assert spec["install"] == spec["upgrade"] == expected


def test_a_chart_from_a_registry_is_referred_to_whole() -> None:
    """Its version stands in the OCIRepository."""
    spec = made(p.DevicePluginReleaseProps("b", "values", None, "source"))[0]["spec"]
    assert spec["chartRef"] == {"kind": "OCIRepository", "name": "source"}
    assert "chart" not in spec


def test_an_application_reads_the_values_file_from_git() -> None:
    """In place, a null would be lost."""
    spec = made(APPLICATION)[0]["spec"]
    chart, values = spec["sources"]
    assert chart["helm"]["valueFiles"] == ["$values/dist/a/values.yaml"]
    assert values["ref"] == "values"
    assert "CreateNamespace=true" not in spec["syncPolicy"]["syncOptions"]
    assert spec["ignoreDifferences"][0]["jsonPointers"] == ["/spec/cdi/default"]


def test_a_toleration_is_written_as_in_a_pod() -> None:
    """camelCase, and nothing that was not given."""
    tolerations = (
        Toleration(key="a", value="b", effect="NoExecute", tolerationSeconds=30),
        Toleration(operator="Exists"),
    )
    props = p.SmokeTestProps("nvidia", "nvidia.com/gpu", "cuda", None, None, (), tolerations)
    assert made(props)[0]["spec"]["template"]["spec"]["tolerations"] == [
        {"key": "a", "operator": "Equal", "value": "b", "effect": "NoExecute", "tolerationSeconds": 30},
        {"operator": "Exists"},
    ]
