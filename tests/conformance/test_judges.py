"""The judges themselves: what is broken on purpose turns each of them red."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from judge.build import program
from judge.cluster import Cluster
from judge.control_plane import ControlPlane, control_plane
from judge.expected import by_identity, difference, expected_config
from judge.factory import Factory
from judge.kustomize import Kustomize, KustomizeRefused
from judge.machinery import Machinery
from judge.objects import Schemas
from judge.references import references
from judge.tool import run, write_files

ORACLE = "mutations"
SAME = ""
DIFFERS = r"at .*/machine/kernel/modules: found .*, the plan says .*"


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with control_plane(tmp_path_factory.mktemp("control-plane")) as running:
        yield running


def of(dist: list[Cluster], name: str) -> Cluster:
    return next(cluster for cluster in dist if cluster.plan.cluster == name)


@pytest.mark.parametrize(
    ("label", "old", "new", "says"),
    [
        (
            "a key that is misspelt",
            "kernel:",
            "kernal:",
            "load: .*unknown keys found during decoding:\nmachine:\n +kernal",
        ),
        (
            "a document that the release does not know",
            "machine:",
            "apiVersion: v1alpha1\nkind: KernelModuleConfig\nname: x\n---\nmachine:",
            'load: .*"KernelModuleConfig" "v1alpha1": not registered',
        ),
        (
            "a list of operations",
            "machine:\n",
            "- op: add\n  path: /machine\n  value:\n",
            "apply: .*JSON6902 patches are not supported for multi-document",
        ),
        ("a module without a name", "name: nvidia_uvm", 'parameters: ["x"]', DIFFERS),
        ("a module too few", "      - name: nvidia_uvm\n", "", DIFFERS),
        ("a module twice", "      - name: nvidia_uvm\n", "      - name: nvidia_uvm\n" * 2, DIFFERS),
        ("a module of another name", "nvidia_uvm", "nvidia-uvm", DIFFERS),
    ],
)
def test_a_broken_patch_is_seen(
    dist: list[Cluster], machinery: Machinery, verdict, label: str, old: str, new: str, says: str
) -> None:
    """By Talos, or by the comparison with the plan; the same patches unbroken by neither."""
    cluster = of(dist, "rtx-5070-ti")
    ((pool, node),) = cluster.nodes
    patches = cluster.patches_of(pool, node)
    ((path, text),) = [(path, text) for path, text in patches if "kernel-modules" in path and old in text]
    broken = [(name, text.replace(old, new, 1) if name == path else other) for name, other in patches]

    def judged(given: list[tuple[str, str]]) -> str:
        image = "factory.talos.dev/installer/x:v1.12.11"
        judgement = machinery.judge(cluster.plan.talos.value, pool.role, given, image=image)
        if not judgement.valid:
            return f"{judgement.stage}: {judgement.error}"
        expected = expected_config(judgement.base_documents(), cluster.plan, pool, node)
        return difference(by_identity(judgement.documents()), expected)

    assert judged(patches) == SAME
    with verdict.of(ORACLE, "patch: red", "patch: NOT SEEN"):
        assert re.match(says, judged(broken), re.DOTALL), label


def test_a_broken_taint_is_seen(dist: list[Cluster], machinery: Machinery, plane: ControlPlane, verdict) -> None:
    """A wrong effect by the API server; one in the wrong field by Talos."""
    cluster = of(dist, "current")
    pool, node = next((pool, node) for pool, node in cluster.nodes if pool.gpu)
    patches = cluster.patches_of(pool, node)
    broken = [(path, text.replace("present:NoSchedule", "present:NoScedule")) for path, text in patches]
    assert broken != patches
    release, image = cluster.plan.talos.value, pool.schematic.installer.value
    assert machinery.judge(release, pool.role, patches, image=image).valid
    with verdict.of(ORACLE, "taint: red", "taint: NOT SEEN"):
        judgement = machinery.judge(release, pool.role, broken, image=image)
        assert "invalid taint effect" in judgement.error, judgement.error
    legacy = [("taint", 'machine:\n  nodeTaints:\n    nvidia.com/gpu: "present:NoSchedule"\n')]
    with verdict.of(ORACLE, "taint: red", "taint: NOT SEEN"):
        conflict = machinery.judge(release, pool.role, legacy, image=image)
        assert "already set in v1alpha1 config" in conflict.error, conflict.error

    def tainted(effect: str) -> dict[str, Any]:
        spec = {"taints": [{"key": "nvidia.com/gpu", "effect": effect}]}
        return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "x"}, "spec": spec}

    right = plane.apply([tainted("NoSchedule")], "--dry-run=server")
    assert right.status == 0, right.said
    with verdict.of(ORACLE, "taint: red", "taint: NOT SEEN"):
        refused = plane.apply([tainted("NoScedule")], "--dry-run=server")
        assert refused.status != 0
        assert 'Unsupported value: "NoScedule"' in refused.err, refused.err


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("officialExtensions", "officalExtensions", "field officalExtensions not found"),
        ("    - sid", "    - sidx", ""),
        ("siderolabs/nvidia-open", "siderolabs/nvidia_open", ""),
        ("- ", "-", ""),
    ],
)
def test_a_broken_schematic_is_seen(dist: list[Cluster], verdict, old: str, new: str, says: str) -> None:
    """A wrong key is refused; other bytes are another id."""
    pool = of(dist, "rtx-5070-ti").plan.gpu_pools[0]
    assert old in pool.schematic.text
    with Factory() as factory:
        answer = factory.judge(pool.schematic.text.replace(old, new))
        right = factory.judge(pool.schematic.text)
    assert (right.error, right.id) == ("", getattr(pool.schematic.id, "value", None))
    with verdict.of(ORACLE, "schematic: red", "schematic: NOT SEEN"):
        assert says in answer.error
        assert answer.error or (answer.id, answer.canonical) != (right.id, right.canonical)


@pytest.mark.parametrize(
    ("old", "new", "flux", "server"),
    [
        ("valuesFrom:", "valueFrom:", 'unknown field "valueFrom"', "field not declared in schema"),
        ("interval: 1h", "interval: [1h]", "cannot unmarshal array", "expected string"),
        ("kind: HelmRelease", "kind: HelmRealease", "unknown to Flux", 'no matches for kind "HelmRealease"'),
    ],
)
def test_a_broken_helm_release_is_seen(
    dist: list[Cluster], plane: ControlPlane, verdict, old: str, new: str, flux: str, server: str
) -> None:
    """By Flux's own types, and by its CustomResourceDefinition on the API server."""
    text = of(dist, "rtx-5070-ti").text("kubernetes/gpu-operator/helm-release.yaml")
    assert old in text
    right, broken = (yaml.safe_load(item) for item in (text, text.replace(old, new)))
    for item in (right, broken):
        item["metadata"]["namespace"] = "default"
    with Schemas.running() as schemas:
        assert schemas.judge(right, "v1.34.0")[1] == ""
        with verdict.of(ORACLE, "HelmRelease: red", "HelmRelease: NOT SEEN"):
            assert flux in schemas.judge(broken, "v1.34.0")[1]
    crds = Path(__file__).resolve().parent.parent / "oracles" / "crds" / "flux-helm-controller.yaml"
    assert plane.kubectl("apply", "--server-side", "-f", str(crds)).status == 0
    established = plane.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", str(crds))
    assert established.status == 0, established.said
    accepted = plane.apply([right], "--dry-run=server")
    assert accepted.status == 0, accepted.said
    with verdict.of(ORACLE, "HelmRelease: red", "HelmRelease: NOT SEEN"):
        refused = plane.apply([broken], "--dry-run=server")
        assert refused.status != 0
        assert server in refused.err, refused.err


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
    with verdict.of(ORACLE, "namespace: red", "namespace: NOT SEEN"):
        assert 'violates PodSecurity "baseline:latest"' in plane.apply([probe], "--dry-run=server").err
    item["metadata"]["labels"][label] = "priviliged"
    with verdict.of(ORACLE, "namespace: red", "namespace: NOT SEEN"):
        refused = plane.apply([item], "--dry-run=server")
        assert refused.status != 0
        assert 'Invalid value: "priviliged"' in refused.err, refused.err


def test_a_broken_kustomization_is_seen(dist: list[Cluster], tmp_path: Path, verdict) -> None:
    """A resource that is not there."""
    cluster = of(dist, "rtx-5070-ti")
    kustomize = Kustomize(tmp_path)
    assert kustomize.build(cluster.files, "kubernetes")
    files = {**cluster.files}
    del files["kubernetes/namespace.yaml"]
    with (
        verdict.of(ORACLE, "kustomization: red", "kustomization: NOT SEEN"),
        pytest.raises(KustomizeRefused, match=r"namespace\.yaml.*no such file"),
    ):
        kustomize.build(files, "kubernetes")


def test_a_broken_talconfig_is_seen(dist: list[Cluster], tmp_path: Path, verdict) -> None:
    """An extension that the release does not have."""
    cluster = of(dist, "goldentooth")
    folder = write_files(cluster.below("talos"), tmp_path)
    path = folder / "talconfig.yaml"
    validate = (program("talhelper"), "validate", "talconfig", "talconfig.yaml")
    right = run(*validate, folder=folder)
    assert right.status == 0, right.said
    assert "not a supported Talos extension" not in right.said
    broken = path.read_text().replace("nonfree-kmod-nvidia-lts", "nonfree-kmod-nvidia")
    assert broken != path.read_text()
    path.write_text(broken)
    with verdict.of(ORACLE, "talconfig: red", "talconfig: NOT SEEN"):
        assert "not a supported Talos extension" in run(*validate, folder=folder).said


@pytest.mark.parametrize(
    ("cluster", "path", "old", "new", "says"),
    [
        ("goldentooth", "flux/stack.yaml", "goldentooth/kubernetes", "goldentooth/kubernets", "path resolves"),
        ("goldentooth", "flux/stack.yaml", "kind: GitRepository", "kind: Bucket", "source stands"),
        ("goldentooth", "kubernetes/device-plugin/helm-repository.yaml", "name: nvidia-d", "name: d", "source stands"),
        ("goldentooth", "kubernetes/device-plugin/helm-release.yaml", "version: 0", "version: 1", "chart as planned"),
        ("h100-nvl", "argocd/chart.yaml", "device-plugin/values.yaml", "values.yaml", "path resolves"),
        ("h100-nvl", "argocd/objects.yaml", "path: dist", "path: dst", "path resolves"),
        ("h100-nvl", "argocd/chart.yaml", "nvidia.github.io/k8s", "nvidia.github.io/k9s", "chart as planned"),
        ("h100-nvl", "argocd/kustomization.yaml", "  - objects.yaml\n", "", "every folder is delivered"),
    ],
)
def test_a_broken_reference_is_seen(
    dist: list[Cluster], tmp_path: Path, verdict, cluster: str, path: str, old: str, new: str, says: str
) -> None:
    """Of Flux and of Argo CD."""
    right = of(dist, cluster)
    assert old in right.text(path)
    broken = replace(right, files={**right.files, path: right.text(path).replace(old, new, 1).encode()})
    kustomize = Kustomize(tmp_path)

    def faults(of: Cluster) -> list[str]:
        built = {folder: kustomize.build(of.files, folder) for folder in of.folders()}
        return [item.fault for item in references(of, built) if item.fault]

    assert faults(right) == []
    with verdict.of(ORACLE, "reference: red", "reference: NOT SEEN"):
        assert any(fault.startswith(f"not {says}") for fault in faults(broken)), faults(broken)
