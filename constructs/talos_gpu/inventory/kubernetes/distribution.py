"""What manifests tell of the cluster below them: whether it is Talos, and which versions somebody upgrades it to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.kubernetes.release import Release
from talos_gpu.inventory.source_file import SourceFile
from talos_gpu.inventory.value import Value

__all__ = ["Told", "hints_elsewhere", "installs_another", "told_by"]

_FOREIGN_IMAGES = re.compile(r"(?:^|/)(?:rancher/)?(?:k3s-upgrade|rke2-upgrade)(?:$|[:@])")
"""What upgrades the nodes. An image of k3s itself may be a virtual cluster inside of any other."""
_TALOS_IMAGES = re.compile(
    r"(?:^|/)siderolabs/(?:talosctl|installer)(?:$|[:@])|(?:^|/)talosctl(?:$|[:@])|/tuppr(?:$|[:@])"
)
_FOREIGN_PATHS = ("/etc/rancher", "/var/lib/rancher", "/var/snap/microk8s")
_FOREIGN_SOCKETS = ("/run/k3s/", "/run/k0s/", "/var/lib/k0s/", "/var/lib/rancher/", "/var/snap/microk8s/")
_FOREIGN_WORDS = re.compile(r"(?:k3s|rke2)_\w+")
"""Groups of hosts and variables of the usual roles for Ansible."""
_VERSION = re.compile(r"v1\.[0-9]+\.[0-9]+(?:-(?:alpha|beta|rc)\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Told:
    """What the manifests of a cluster agree on; None where they say nothing, or differ."""

    is_talos: bool | None = None
    foreign: frozenset[str] = frozenset()
    """The folders of the manifests that tell of another distribution, where that is agreed on."""
    talos: Said | None = None
    kubernetes: Said | None = None


def told_by(manifests: Iterable[Manifest]) -> Told:
    """What live manifests say."""
    signs: set[bool] = set()
    foreign: set[str] = set()
    talos: list[Said] = []
    kubernetes: list[Said] = []
    for manifest in manifests:
        if not manifest.live:
            continue
        own = _signs(manifest)
        signs |= own
        foreign |= {manifest.file.rpartition("/")[0]} if False in own else set()
        for found, word in ((talos, _talos_of(manifest)), (kubernetes, _kubernetes_of(manifest))):
            found += [word] if word else []
    if talos:
        signs.add(True)
    # One that runs both, or describes several clusters, tells nothing.
    is_talos = signs.pop() if len(signs) == 1 else None
    return Told(is_talos, frozenset(foreign if is_talos is False else ()), _agreed(talos), _agreed(kubernetes))


def hints_elsewhere(releases: Iterable[Release]) -> bool:
    """Whether the values of a chart name what only nodes of another distribution have, such as the socket of k3s.

    That may be copied from a page: it tells something only where nothing speaks of Talos.
    """
    return any(value.raw.startswith(_FOREIGN_SOCKETS) for release in releases for value in release.values.walk())


def installs_another(file: SourceFile) -> bool:
    """Whether it is an inventory, a playbook or variables of Ansible that install k3s or RKE2."""
    if any(root.get("apiVersion").exists for root in file.documents):
        return False
    return any(
        _FOREIGN_WORDS.fullmatch(str(value.path[-1]))
        or (value.path[-1] == "hosts" and _FOREIGN_WORDS.fullmatch(value.raw))
        for root in file.documents
        for value in root.walk()
        if value.path
    )


def _signs(manifest: Manifest) -> set[bool]:
    if manifest.group in ("helm.cattle.io", "k3s.cattle.io", "kubeadm.k8s.io"):
        return {False}
    if manifest.group == "tuppr.home-operations.com":
        return {True}
    words = [value.text for value in manifest.root.walk() if value.text and value.path and _is_telling(value.path[-1])]
    foreign = any(_FOREIGN_IMAGES.search(word) or word.startswith(_FOREIGN_PATHS) for word in words)
    return ({False} if foreign else set()) | ({True} if any(map(_TALOS_IMAGES.search, words)) else set())


def _is_telling(key: str | int) -> bool:
    return key in ("image", "path", "repository", "hostPath", "url")


def _talos_of(manifest: Manifest) -> Said | None:
    if manifest.kind == "TalosUpgrade":
        return _version(manifest.root.get("spec", "talos", "version"))
    if manifest.kind == "Plan" and "upgrade-k8s" not in _words(manifest) and _runs_talosctl(manifest):
        return _version(manifest.root.get("spec", "version"))
    return None


def _kubernetes_of(manifest: Manifest) -> Said | None:
    if manifest.kind == "KubernetesUpgrade":
        return _version(manifest.root.get("spec", "kubernetes", "version"))
    if manifest.kind == "Plan" and "upgrade-k8s" in _words(manifest) and _runs_talosctl(manifest):
        return _version(manifest.root.get("spec", "version"))
    return None


def _runs_talosctl(manifest: Manifest) -> bool:
    image = manifest.root.get("spec", "upgrade", "image").text or ""
    return bool(_TALOS_IMAGES.search(image))


def _words(manifest: Manifest) -> str:
    return " ".join(value.raw for value in manifest.root.get("spec", "upgrade").walk())


def _version(value: Value) -> Said | None:
    text = value.text or ""
    return Said(text, value.place) if _VERSION.fullmatch(text) else None


def _agreed(said: list[Said]) -> Said | None:
    return said[0] if said and len({word.value for word in said}) == 1 else None
