"""Whether a file can matter to a GPU on Talos, told from its bytes alone: parsing is what costs time."""

from __future__ import annotations

import re

__all__ = ["can_matter", "is_empty_patch", "is_kustomization", "without_irrelevant"]

_WORDS = (
    # The GPU, by whatever file it is asked for, driven or watched.
    b"nvidia", b"gpu", b"cuda", b"dcgm", b"timeslicing", b"migstrategy", b"runtimeclass", b"resourceclaim",
    # Values of the operator and the device plugin, in a file that names neither.
    b"toolkit:", b"driver:", b"deviceplugin", b'"toolkit"', b'"driver"',
    # Talos: sources, machine configs, patches, documents, schematics; Omni's templates; our profiles.
    b"talos", b"schematic", b"customization", b"systemextensions", b"machine:", b'"machine"', b"/machine/",
    b"/cluster/", b"cluster:", b"clustername", b"apiversion: v1alpha1", b"kind: workers", b"kind: controlplane",
    b"admissioncontrol",
    # What decides about others: where they live, whether they are applied, and with which values.
    b"kind: namespace", b'"namespace"', b"kubernetesupgrade", b"kind: kustomization", b"kind: component", b"managednamespacemetadata",
    b"kustomize.toolkit", b"kind: application", b"kind: ocirepository", b"kind: helmrepository",
    # Distributions that Talos rules leave alone.
    b"k3s", b"rke2", b"kubeadm", b"rancher", b"cattle.io", b"microk8s",
)  # fmt: skip
_WORKLOADS = b"app-template"
"""The chart whose values, in a file beside, may ask for a GPU: too common to read every release of it for that."""
_PATH_WORDS = ("nvidia", "gpu", "talos")
_LARGEST_COMMENT = 1 << 14
_NO_PATCH = re.compile(rb"^[ \t]*(?!---[ \t]*\r?$)[^\s#]", re.MULTILINE)
_DOCUMENT = re.compile(rb"^(?=---(?:\s|$))", re.MULTILINE)
_NO_BREAK = re.compile(rb"[^\r\n]+")
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})


def can_matter(path: str, data: bytes) -> bool:
    """Whether its path or its text holds a word that some reader looks for."""
    where = path.lower()
    if any(word in where for word in _PATH_WORDS):
        return True
    if where.endswith("chart.yaml") and _WORKLOADS in data:
        return True
    text = data.lower()
    return any(word in text for word in _WORDS)


def is_empty_patch(path: str, data: bytes) -> bool:
    """Whether nothing but comments stands in a file that lies among patches: no word tells whose patch it is."""
    folder, _, name = path.lower().rpartition("/")
    return "patch" in (folder or name) and len(data) < _LARGEST_COMMENT and not _NO_PATCH.search(data)


def is_kustomization(path: str) -> bool:
    """Whether kustomize looks for this name: such a file decides whether others are applied at all."""
    return path.rpartition("/")[2] in _KUSTOMIZATIONS


def without_irrelevant(data: bytes) -> bytes:
    """The stream with empty lines for documents that cannot matter, such as the others of a large bundle."""
    parts = _DOCUMENT.split(data)
    if len(parts) == 1:
        return data
    return b"".join(part if can_matter("", part) else _NO_BREAK.sub(b"", part) for part in parts)
