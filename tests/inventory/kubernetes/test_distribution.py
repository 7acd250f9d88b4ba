"""What manifests tell of the cluster: Talos or not, and its versions."""

from __future__ import annotations

import pytest

from talos_gpu.inventory import Chart, Cluster, Given, take

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: gpu}\n"


def facts(read, *texts: str):
    (draft,) = read({"ns.yaml": NAMESPACE, **{f"{i}.yaml": text for i, text in enumerate(texts)}}).drafts
    return draft


def joined(texts: dict[str, str], given: Given | None = None) -> Cluster:
    (cluster,) = take({path: text.encode() for path, text in texts.items()}, given or Given()).clusters
    return cluster


def plan(image: str, version: str, args: str = "[]") -> str:
    return f"apiVersion: upgrade.cattle.io/v1\nkind: Plan\nmetadata: {{name: p}}\nspec:\n  version: {version}\n  upgrade: {{image: {image}, args: {args}}}\n"


def test_nothing_tells(read) -> None:
    """Most manifests say nothing of the cluster below."""
    draft = facts(read)
    assert (draft.is_talos, draft.talos, draft.kubernetes) == (None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        plan("rancher/k3s-upgrade", "v1.33.1+k3s1"),
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.33.1\n",
        "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata: {name: traefik}\nspec: {}\n",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  volumes: [{name: c, hostPath: {path: /etc/rancher/k3s}}]\n",
    ],
)
def test_another_distribution(read, text) -> None:
    """Signs of k3s, RKE2, kubeadm: rules about Talos leave the cluster alone."""
    assert facts(read, text).is_talos is False


def test_upgrades_of_talos(read) -> None:
    """Who upgrades Talos runs it; the version is where it goes."""
    draft = facts(read, plan("ghcr.io/siderolabs/talosctl", "v1.11.5"))
    assert (draft.is_talos, draft.talos.value, str(draft.talos.by)) == (True, "v1.11.5", "0.yaml:5:12")


def test_upgrades_of_kubernetes_on_talos(read) -> None:
    """The same image tells the version of Kubernetes where it upgrades that."""
    draft = facts(read, plan("ghcr.io/siderolabs/talosctl", "v1.34.1", "[upgrade-k8s]"))
    assert (draft.talos, draft.kubernetes.value) == (None, "v1.34.1")


def test_tuppr(read) -> None:
    """Its two kinds say both versions."""
    talos = "apiVersion: tuppr.home-operations.com/v1alpha1\nkind: TalosUpgrade\nmetadata: {name: t}\nspec: {talos: {version: v1.12.3}}\n"
    kubernetes = "apiVersion: tuppr.home-operations.com/v1alpha1\nkind: KubernetesUpgrade\nmetadata: {name: k}\nspec: {kubernetes: {version: v1.35.0}}\n"
    draft = facts(read, talos, kubernetes)
    assert (draft.is_talos, draft.talos.value, draft.kubernetes.value) == (True, "v1.12.3", "v1.35.0")


@pytest.mark.parametrize("version", ["${TALOS_VERSION}", "latest", "1.11"])
def test_versions_that_are_none(read, version) -> None:
    """A placeholder or a channel is no version."""
    assert facts(read, plan("ghcr.io/siderolabs/talosctl", version)).talos is None


def test_contradictions_tell_nothing(read) -> None:
    """Two versions, or signs of both."""
    draft = facts(read, plan("ghcr.io/siderolabs/talosctl", "v1.11.5"), plan("rancher/k3s-upgrade", "v1.33.1"))
    assert draft.is_talos is None
    draft = facts(read, plan("a/siderolabs/talosctl", "v1.11.5"), plan("b/siderolabs/talosctl", "v1.11.4"))
    assert draft.talos is None


def test_clusters_side_by_side(read) -> None:
    """Folders that are divided alike, or lie below `clusters`, are a cluster each."""
    drafts = read(
        {
            "kubernetes/main/apps/ns.yaml": NAMESPACE,
            "kubernetes/main/flux/ns.yaml": NAMESPACE,
            "kubernetes/storage/apps/ns.yaml": NAMESPACE,
            "kubernetes/storage/flux/ns.yaml": NAMESPACE,
            "clusters/edge/ns.yaml": NAMESPACE,
            "apps/ns.yaml": NAMESPACE,
            "infrastructure/ns.yaml": NAMESPACE,
        }
    ).drafts
    assert [(draft.folder, draft.together) for draft in drafts] == [
        ("", False),
        ("clusters/edge", True),
        ("kubernetes/main", True),
        ("kubernetes/storage", True),
    ]


OPERATOR = """
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: gpu-operator}
spec:
  chart: {spec: {chart: gpu-operator, version: v25.10.1}}
  values: {toolkit: {env: [{name: CONTAINERD_SOCKET, value: /run/k3s/containerd/containerd.sock}]}}
"""


def test_the_socket_of_another_distribution() -> None:
    """The toolkit is told where containerd listens; who runs Talos all the same has copied it."""
    assert joined({"a.yaml": OPERATOR}).is_talos is False
    assert joined({"a.yaml": OPERATOR, "b.yaml": plan("ghcr.io/siderolabs/talosctl", "v1.11.5")}).is_talos is True
    assert joined({"a.yaml": OPERATOR}, Given(talos="v1.11.5")).is_talos is None


@pytest.mark.parametrize(
    "text",
    [
        "k3s_release_version: v1.30.1+k3s1\n",
        "all: {children: {k3s_cluster: {children: {server: {}}}}}\n",
        "- hosts: rke2_servers\n  roles: [rke2]\n",
    ],
)
def test_what_ansible_installs(text) -> None:
    """The variables, inventories and playbooks of the usual roles."""
    assert joined({"ansible.yaml": text, "ns.yaml": NAMESPACE}).is_talos is False


def test_a_virtual_cluster(read) -> None:
    """One that runs k3s in a pod says nothing of the nodes."""
    release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: v}\nspec:\n  chart: {spec: {chart: vcluster}}\n  values: {vcluster: {image: 'rancher/k3s:v1.29.0-k3s1'}}\n"
    assert facts(read, release).is_talos is None


def test_talos_beside_leftovers() -> None:
    """Where a file describes Talos nodes, neither Ansible's leftovers nor a copied socket count."""
    texts = {
        "talos/talconfig.yaml": "clusterName: home\ntalosVersion: v1.13.2\nendpoint: https://192.0.2.1:6443\nnodes: [{hostname: a, ipAddress: 192.0.2.2, controlPlane: true}]\n",
        "ansible/vars.yaml": "k3s_version: v1.30.1+k3s1\n",
        "apps/gpu.yaml": OPERATOR,
    }
    cluster = joined(texts)
    assert cluster.is_talos is True
    assert [chart.name for chart in cluster.of(Chart)] == ["gpu-operator"]
