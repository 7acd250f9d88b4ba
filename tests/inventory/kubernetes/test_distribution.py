"""What manifests tell of the cluster: Talos or not, and its versions."""

from __future__ import annotations

import pytest

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: gpu}\n"


def facts(read, *texts: str):
    (draft,) = read({"ns.yaml": NAMESPACE, **{f"{i}.yaml": text for i, text in enumerate(texts)}}).drafts
    return draft


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
