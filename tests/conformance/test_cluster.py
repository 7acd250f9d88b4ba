"""A real API server, controller manager and scheduler judge what a cluster makes of it all; kwok plays the nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from judge.cluster import Cluster
from judge.control_plane import ControlPlane, control_plane
from judge.golden import Recorder, folder_key
from judge.kustomize import Kustomize
from judge.matrix import catalogue
from judge.promised import has_component, promised_kinds

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import PoolPlan

SERVER = "kube-apiserver v1.34.4"
SCHEDULER = "kube-scheduler v1.34.4 + kwok v0.8.0"
CRDS = sorted((Path(__file__).resolve().parent.parent / "oracles" / "crds").glob("*.yaml"))
PRESENT = "nvidia.com/gpu.present"
"""Set by the GPU operator, which finds the cards by itself; no other stack does."""


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A cluster that knows Flux and Argo CD, and has one node without a GPU."""
    with control_plane(tmp_path_factory.mktemp("control-plane")) as running:
        for path in CRDS:
            done = running.kubectl("apply", "--server-side", "-f", str(path))
            assert done.status == 0, done.said
        names = [line for line in running.kubectl("get", "crd", "-o", "name").out.split() if line]
        running.kubectl("wait", "--for=condition=Established", "--timeout=60s", *names)
        for name in ("flux-system", "argocd", "unlabelled"):
            running.kubectl("create", "namespace", name)
        assert running.apply([node("plain-1", {}, [], {})]).status == 0
        yield running


@pytest.fixture(scope="module")
def kustomize(tmp_path_factory: pytest.TempPathFactory) -> Kustomize:
    return Kustomize(tmp_path_factory.mktemp("kustomize"))


@pytest.fixture(scope="module")
def chosen(dist: list[Cluster], matrix: list[Cluster]) -> list[Cluster]:
    """What is committed, and of the matrix one cluster for each way in which nodes join and objects reach them."""
    found: dict[tuple[Any, ...], Cluster] = {}
    for cluster in matrix:
        plan = cluster.plan
        stack = (plan.stack.kind.value, plan.stack.bridge.value, plan.stack.render_namespace.value)
        nodes = {
            (pool.role, pool.machine.taint_method.value if pool.machine.taints.value else "") for pool in plan.gpu_pools
        }
        found.setdefault((*stack, plan.delivery.engine, *sorted(nodes)), cluster)
    return [*dist, *found.values()]


def node(name: str, labels: dict[str, str], taints: list[dict[str, str]], resources: dict[str, int]) -> dict[str, Any]:
    """A node as a kubelet registers it; kwok keeps it alive."""
    sizes = {"cpu": "32", "memory": "256Gi", "pods": "110", **{key: str(count) for key, count in resources.items()}}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
                **labels,
            },
        },
        "spec": {"taints": taints} if taints else {},
        "status": {"allocatable": sizes, "capacity": sizes},
    }


def register(plane: ControlPlane, pool: PoolPlan, name: str, stack: str) -> None:
    """The kubelet joins with its taints; then labels and, on a control plane, taints are set as Talos does."""
    taints = [item.model_dump(exclude_defaults=True) for item in pool.machine.taints.value]
    own = taints if pool.machine.taint_method.value != "node-taints" else []
    assert pool.gpu is not None
    resources = dict(pool.gpu.resources.value) if isinstance(pool.gpu.resources, Known) else {"nvidia.com/gpu": 1}
    joined = plane.kubectl(
        "create", feed=yaml.safe_dump(node(name, {}, own, resources)), kubeconfig=plane.kubelet(name)
    )
    assert joined.status == 0, joined.said
    kubeconfig = plane.kubelet(name) if pool.role == "worker" else "admin.kubeconfig"
    labels = [f"{key}={value}" for key, value in pool.machine.labels.value.items()]
    if labels:
        done = plane.kubectl("label", "node", name, *labels, kubeconfig=kubeconfig)
        assert done.status == 0, done.said
    for taint in taints if not own else []:
        text = f"{taint['key']}={taint.get('value', '')}:{taint['effect']}"
        assert plane.kubectl("taint", "node", name, text, kubeconfig=kubeconfig).status == 0
    if stack == "gpu-operator" and PRESENT not in pool.machine.labels.value:
        plane.kubectl("label", "node", name, f"{PRESENT}=true")
    if pool.role == "control-plane" and not pool.machine.schedulable:
        plane.kubectl("taint", "node", name, "node-role.kubernetes.io/control-plane:NoSchedule")


def objects_of(cluster: Cluster, kustomize: Kustomize, *folders: str) -> list[dict[str, Any]]:
    """What is applied, in kustomize's order."""
    wanted = [folder for folder in cluster.folders() if not folders or folder in folders]
    return [item for folder in wanted for item in kustomize.build(cluster.files, folder)]


def privileged_pod(namespace: str) -> dict[str, Any]:
    """What NVIDIA's own pods are like."""
    container = {"name": "c", "image": "example.invalid/x:1", "securityContext": {"privileged": True}}
    container["volumeMounts"] = [{"name": "dev", "mountPath": "/dev"}]
    spec = {"containers": [container], "volumes": [{"name": "dev", "hostPath": {"path": "/dev"}}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "probe", "namespace": namespace}, "spec": spec}


def test_everything_of_every_cluster_is_accepted_by_the_server(
    everything: list[Cluster], plane: ControlPlane, kustomize: Kustomize, record: Recorder, verdict
) -> None:
    """Server-side apply, strictly validated, as a dry run over all different objects."""
    items: dict[str, dict[str, Any]] = {}
    for cluster in everything:
        for item in objects_of(cluster, kustomize):
            items.setdefault(yaml.safe_dump(item), item)
    namespaces = {item["metadata"].get("namespace", "default") for item in items.values()}
    for name in sorted(namespaces - {"kube-system", "default", "flux-system", "argocd"}):
        plane.kubectl("create", "namespace", name)
    dry = plane.apply(list(items.values()), "--dry-run=server", "--force-conflicts")
    accepted = len([line for line in dry.out.splitlines() if "serverside-applied" in line])
    verdict(SERVER, "accepted (dry run)", accepted)
    verdict(SERVER, "refused (dry run)", len(items) - accepted)
    assert dry.status == 0, dry.err[-3000:]
    assert accepted == len(items)
    for cluster in everything:
        for folder in cluster.folders():
            record.note("server", SERVER, folder_key(cluster, folder), "accepted")
    for name in sorted(namespaces - {"kube-system", "default", "flux-system", "argocd"}):
        plane.kubectl("delete", "namespace", name)


def test_each_cluster_comes_to_life(chosen: list[Cluster], plane: ControlPlane, kustomize: Kustomize, verdict) -> None:
    """Nodes register, everything applies, privileged pods are admitted, bridge and smoke test find the GPU nodes only."""
    for cluster in chosen:
        nodes = [f"{cluster.plan.cluster}-{item.name}" for pool, item in cluster.nodes if pool.gpu]
        for pool, item in cluster.nodes:
            if pool.gpu:
                with verdict.of(SERVER, "node registered with its labels and taints", "node refused"):
                    register(plane, pool, f"{cluster.plan.cluster}-{item.name}", cluster.plan.stack.kind.value)
        if has_component(cluster.plan):
            _lives(cluster, nodes, plane, kustomize, verdict)
        plane.kubectl("delete", "node", *nodes)
        plane.kubectl("delete", "runtimeclass", "--all")


def _lives(cluster: Cluster, nodes: list[str], plane: ControlPlane, kustomize: Kustomize, verdict) -> None:
    plan = cluster.plan
    namespace = plan.stack.namespace.value
    plane.wait(f"the end of namespace {namespace}", lambda: _free(plane, namespace))
    ours = objects_of(cluster, kustomize, "kubernetes", "flux", "argocd")
    if ours:
        done = plane.apply(ours)
        verdict(SERVER, "refused" if done.status else "applied", len(ours))
        assert done.status == 0, f"{cluster}: {done.err}"
        again = plane.apply(ours, "--dry-run=server")
        assert again.status == 0, f"{cluster}: {again.err}"
    if not plan.stack.render_namespace.value and namespace not in {"kube-system", "default"}:
        plane.kubectl("create", "namespace", namespace)
    admitted = plane.apply([privileged_pod(namespace)], "--dry-run=server")
    verdict(SERVER, f"privileged pod {'refused' if admitted.status else 'admitted'}")
    assert admitted.status == 0, f"{cluster}: {admitted.err}"
    if plan.workload.runtime_class.value and not plan.stack.runtime_class.value:
        stub = {
            "apiVersion": "node.k8s.io/v1",
            "kind": "RuntimeClass",
            "metadata": {"name": "nvidia"},
            "handler": "nvidia",
        }
        assert plane.apply([stub]).status == 0  # the operator brings it
    _runs(cluster, nodes, plane, ours, objects_of(cluster, kustomize, "smoke-test"), verdict)
    _clear(plane, namespace, ours)


def _runs(
    cluster: Cluster,
    nodes: list[str],
    plane: ControlPlane,
    ours: list[dict[str, Any]],
    tests: list[dict[str, Any]],
    verdict,
) -> None:
    """As many bridges and smoke tests as the plan promises, each where it belongs."""
    promised = sum(promised_kinds(cluster.plan).values(), Counter())
    bridges = [item for item in ours if item["kind"] == "DaemonSet"]
    found = (len(bridges), len(ours) + len(tests))
    assert found == (int(cluster.plan.stack.bridge.value), promised.total()), f"{cluster}: the plan says {promised}"
    for item in bridges:
        with verdict.of(SCHEDULER, "bridge on every GPU node and nowhere else", "bridge elsewhere"):
            _runs_on(cluster, plane, item, nodes)
    for item in tests:
        done = plane.apply([item])
        assert done.status == 0, f"{cluster}: {done.err}"
        with verdict.of(SCHEDULER, "smoke test on a GPU node", "smoke test elsewhere"):
            _finishes_on(cluster, plane, item, nodes)


def _clear(plane: ControlPlane, namespace: str, ours: list[dict[str, Any]]) -> None:
    """Room for the next cluster. No kubelet confirms that a pod has ended, so pods are removed at once."""
    plane.kubectl("delete", "daemonset,job", "--all", "-n", namespace, "--cascade=foreground", "--wait=false")
    plane.wait(f"the pods of {namespace} to go", lambda: _without_pods(plane, namespace))
    if namespace in {"kube-system", "default"}:
        for item in ours:
            if item["metadata"].get("namespace") == namespace:
                plane.kubectl("delete", item["kind"], item["metadata"]["name"], "-n", namespace)
    else:
        plane.kubectl("delete", "namespace", namespace, "--wait=false")


def _without_pods(plane: ControlPlane, namespace: str) -> bool:
    plane.kubectl("delete", "pods", "--all", "-n", namespace, "--force", "--grace-period=0", "--wait=false")
    return not plane.get("daemonsets,jobs,pods", "-n", namespace)["items"]


def _free(plane: ControlPlane, namespace: str) -> bool:
    if namespace in {"kube-system", "default"}:
        return True
    return plane.kubectl("get", "namespace", namespace).status != 0


def _pods(plane: ControlPlane, item: dict[str, Any]) -> list[dict[str, Any]]:
    labels = item["spec"]["template"]["metadata"]["labels"]
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    found: list[dict[str, Any]] = plane.get("pods", "-n", item["metadata"]["namespace"], "-l", selector)["items"]
    return found


def _runs_on(cluster: Cluster, plane: ControlPlane, item: dict[str, Any], nodes: list[str]) -> None:
    where = ["daemonset", item["metadata"]["name"], "-n", item["metadata"]["namespace"]]

    def placed() -> bool:
        status = plane.get(*where).get("status", {})
        places = sorted(pod["spec"].get("nodeName", "") for pod in _pods(plane, item))
        return status.get("desiredNumberScheduled", 0) == len(nodes) and places == sorted(nodes)

    plane.wait(f"{cluster}: the bridge on {nodes} and nowhere else", placed)


def _finishes_on(cluster: Cluster, plane: ControlPlane, item: dict[str, Any], nodes: list[str]) -> None:
    plane.wait(
        f"{cluster}: the smoke test on one of {nodes}",
        lambda: any(pod["spec"].get("nodeName") for pod in _pods(plane, item)),
    )
    assert {pod["spec"]["nodeName"] for pod in _pods(plane, item)} <= set(nodes), str(cluster)


def test_pod_security_is_as_talos_sets_it(plane: ControlPlane, verdict) -> None:
    """Privileged pods are refused where no label allows them, and accepted in kube-system."""
    refused = plane.apply([privileged_pod("unlabelled")], "--dry-run=server")
    exempt = plane.apply([privileged_pod("kube-system")], "--dry-run=server")
    as_talos = 'violates PodSecurity "baseline:latest"' in refused.err and exempt.status == 0
    verdict(SERVER, f"PodSecurity {'refuses and exempts as Talos does' if as_talos else 'differs'}", 2)
    assert refused.status != 0
    assert 'violates PodSecurity "baseline:latest"' in refused.err
    assert exempt.status == 0, exempt.err


LABELS = (
    "role", "example.org/rack", "nvidia.com/gpu.present", "nvidia.com/gpu.deploy.driver", "topology.kubernetes.io/zone",
    "node.kubernetes.io/instance-type", "kubelet.kubernetes.io/x", "node-role.kubernetes.io/gpu", "kubernetes.io/gpu",
    "node-restriction.kubernetes.io/gpu", "example.node-restriction.kubernetes.io/gpu", "k8s.io/gpu", "x.k8s.io/gpu",
    "x.kubernetes.io/gpu", "feature.node.kubernetes.io/pci-10de.present", "node.kubernetes.io/exclude-from-external-load-balancers",
)  # fmt: skip


def test_node_restriction_agrees_with_the_rule_of_labels(plane: ControlPlane, verdict) -> None:
    """What the rule calls forbidden the API server refuses from a kubelet, and takes the rest; and no kubelet taints itself."""
    name = "restricted-1"
    kubelet = plane.kubelet(name)
    assert plane.kubectl("create", feed=yaml.safe_dump(node(name, {}, [], {})), kubeconfig=kubelet).status == 0
    for label in LABELS:
        answer = catalogue().kubernetes().worker_may_set(label).answer
        done = plane.kubectl("label", "node", name, f"{label}=x", kubeconfig=kubelet)
        agreed = answer == ("yes" if done.status == 0 else "no")
        word = "accepted" if done.status == 0 else "refused"
        verdict(SERVER, f"label {word} {'as the rule says' if agreed else 'against the rule'}")
        assert agreed, f"{label}: the rule says {answer}, the server {done.said}"
    tainted = plane.kubectl("taint", "node", name, "nvidia.com/gpu=present:NoSchedule", kubeconfig=kubelet)
    forbidden = "not allowed to modify taints" in tainted.err
    verdict(SERVER, f"kubelet {'may not taint' if forbidden else 'taints'} itself")
    assert forbidden, tainted.said
    plane.kubectl("delete", "node", name)
