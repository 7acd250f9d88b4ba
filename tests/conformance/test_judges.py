"""The judges themselves: what is broken on purpose turns each of them red."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from judge.build import program
from judge.cluster import Cluster
from judge.control_plane import ControlPlane, control_plane
from judge.expected import by_identity, expected_config
from judge.factory import Factory
from judge.kustomize import Kustomize, KustomizeRefused
from judge.machinery import Machinery
from judge.objects import Schemas
from judge.tool import run, write_files

ORACLE = "mutations"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("control-plane")) as running:
        yield running


def of(dist: list[Cluster], name: str) -> Cluster:
    return next(cluster for cluster in dist if cluster.plan.cluster == name)


@pytest.mark.parametrize(
    ("label", "old", "new", "stage"),
    [
        ("a key that is misspelt", "kernel:", "kernal:", "load"),
        (
            "a document that the release does not know",
            "machine:",
            "apiVersion: v1alpha1\nkind: KernelModuleConfig\nname: x\n#",
            "load",
        ),
        ("a list of operations", "machine:\n", "- op: add\n  path: /machine\n  value:\n", "apply"),
        ("a module without a name", "name: nvidia_uvm", 'parameters: ["x"]', "differs"),
        ("a module too few", "      - name: nvidia_uvm\n", "", "differs"),
        ("a module twice", "      - name: nvidia_uvm\n", "      - name: nvidia_uvm\n" * 2, "differs"),
        ("a module of another name", "nvidia_uvm", "nvidia-uvm", "differs"),
    ],
)
def test_a_broken_patch_is_seen(
    dist: list[Cluster], machinery: Machinery, verdict, label: str, old: str, new: str, stage: str
) -> None:
    """By Talos, or by the comparison with the plan."""
    cluster = of(dist, "rtx-5070-ti")
    ((pool, node),) = cluster.nodes
    patches = cluster.patches_of(pool, node)
    assert any(old in text for _, text in patches)
    broken = [(path, text.replace(old, new, 1) if "kernel-modules" in path else text) for path, text in patches]
    judgement = machinery.judge(
        cluster.plan.talos.value, pool.role, broken, image="factory.talos.dev/installer/x:v1.12.11"
    )
    if stage == "differs":
        same = judgement.valid and by_identity(judgement.documents()) == expected_config(
            judgement.base_documents(), cluster.plan, pool, node
        )
        assert not same
    else:
        assert judgement.stage == stage, judgement.error
    verdict(ORACLE, f"patch: {label}: red")


def test_a_broken_taint_is_seen(dist: list[Cluster], machinery: Machinery, plane: ControlPlane, verdict) -> None:
    """A wrong effect by the API server; one in the wrong field by Talos."""
    cluster = of(dist, "current")
    pool, node = next((pool, node) for pool, node in cluster.nodes if pool.gpu)
    patches = [
        (path, text.replace("present:NoSchedule", "present:NoScedule")) for path, text in cluster.patches_of(pool, node)
    ]
    judgement = machinery.judge(cluster.plan.talos.value, pool.role, patches, image=pool.schematic.installer.value)
    assert not judgement.valid
    assert "taint" in judgement.error
    legacy = [("taint", 'machine:\n  nodeTaints:\n    nvidia.com/gpu: "present:NoSchedule"\n')]
    conflict = machinery.judge(cluster.plan.talos.value, pool.role, legacy, image=pool.schematic.installer.value)
    assert "already set in v1alpha1 config" in conflict.error
    tainted = {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "x"}}
    tainted["spec"] = {"taints": [{"key": "nvidia.com/gpu", "effect": "NoScedule"}]}  # type: ignore[assignment]
    assert plane.apply([tainted]).status != 0
    verdict(ORACLE, "taint: red", 3)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("officialExtensions", "officalExtensions"),
        ("    - sid", "    - sidx"),
        ("siderolabs/nvidia-open", "siderolabs/nvidia_open"),
        ("- ", "-"),
    ],
)
def test_a_broken_schematic_is_seen(dist: list[Cluster], verdict, old: str, new: str) -> None:
    """A wrong key is refused; other bytes are another id."""
    pool = of(dist, "rtx-5070-ti").plan.gpu_pools[0]
    assert old in pool.schematic.text
    with Factory() as factory:
        answer = factory.judge(pool.schematic.text.replace(old, new))
        right = factory.judge(pool.schematic.text)
    assert answer.error or (answer.id, answer.canonical) != (right.id, right.canonical)
    verdict(ORACLE, "schematic: red")


@pytest.mark.parametrize(
    ("old", "new"),
    [("valuesFrom:", "valueFrom:"), ("interval: 1h", "interval: [1h]"), ("kind: HelmRelease", "kind: HelmRealease")],
)
def test_a_broken_helm_release_is_seen(
    dist: list[Cluster], plane: ControlPlane, tmp_path: Path, verdict, old: str, new: str
) -> None:
    """By Flux's own types, and by its CustomResourceDefinition on the API server."""
    cluster = of(dist, "rtx-5070-ti")
    text = cluster.text("kubernetes/gpu-operator/helm-release.yaml").replace(old, new)
    item = yaml.safe_load(text)
    with Schemas.running() as schemas:
        _, fault = schemas.judge(item, "v1.34.0")
    assert fault
    crds = Path(__file__).resolve().parent.parent / "oracles" / "crds" / "flux-helm-controller.yaml"
    assert plane.kubectl("apply", "--server-side", "-f", str(crds)).status == 0
    item["metadata"]["namespace"] = "default"
    assert plane.apply([item], "--dry-run=server").status != 0
    verdict(ORACLE, "HelmRelease: red", 2)


def test_a_broken_namespace_is_seen(dist: list[Cluster], plane: ControlPlane, verdict) -> None:
    """Without the enforce label the server admits no privileged pod; a misspelt level it refuses itself."""
    item = yaml.safe_load(of(dist, "rtx-5070-ti").text("kubernetes/namespace.yaml"))
    container = {"name": "c", "image": "example.invalid/x:1", "securityContext": {"privileged": True}}
    probe = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": item["metadata"]["name"]}}
    probe["spec"] = {"containers": [container]}
    assert plane.apply([item]).status == 0
    assert plane.apply([probe], "--dry-run=server").status == 0
    label = "pod-security.kubernetes.io/enforce"
    del item["metadata"]["labels"][label]
    assert plane.apply([item]).status == 0
    assert "violates PodSecurity" in plane.apply([probe], "--dry-run=server").err
    item["metadata"]["labels"][label] = "priviliged"
    assert plane.apply([item], "--dry-run=server").status != 0
    verdict(ORACLE, "namespace: red", 2)


def test_a_broken_kustomization_is_seen(dist: list[Cluster], tmp_path: Path, verdict) -> None:
    """A resource that is not there."""
    cluster = of(dist, "rtx-5070-ti")
    files = {**cluster.files}
    del files["kubernetes/namespace.yaml"]
    with pytest.raises(KustomizeRefused):
        Kustomize(tmp_path).build(files, "kubernetes")
    verdict(ORACLE, "kustomization: red")


def test_a_broken_talconfig_is_seen(dist: list[Cluster], tmp_path: Path, verdict) -> None:
    """An extension that the release does not have."""
    cluster = of(dist, "goldentooth")
    folder = write_files(cluster.below("talos"), tmp_path)
    path = folder / "talconfig.yaml"
    path.write_text(path.read_text().replace("nonfree-kmod-nvidia-lts", "nonfree-kmod-nvidia"))
    checked = run(program("talhelper"), "validate", "talconfig", "talconfig.yaml", folder=folder)
    assert "not a supported Talos extension" in checked.said
    verdict(ORACLE, "talconfig: red")
