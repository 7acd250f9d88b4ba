"""What the machine configuration of a cluster says that decides about pods: container runtimes, and who is let in."""

from __future__ import annotations

import re
from collections.abc import Iterator

from talos_gpu.inventory import Cluster, JsonPatch, MachineConfig, Node, Value

__all__ = ["admission_plugins", "defines_runtime", "patches_admission", "runs_nvidia_by_default"]

_BY_DEFAULT = re.compile(r"default_runtime_name\s*=\s*[\"']nvidia")


def admission_plugins(cluster: Cluster) -> Iterator[Value]:
    """What the API server is told of admission plugins, in either dialect."""
    for document in _documents(cluster):
        yield from document.get("cluster", "apiServer", "admissionControl").items()
        if document.get("kind").text == "KubeAdmissionControlConfig":
            yield document


def patches_admission(cluster: Cluster) -> bool:
    """Whether an RFC 6902 patch, which is not followed here, changes them."""
    patches = (operation.get("path").raw for patch in cluster.of(JsonPatch) for operation in patch.root.items())
    return any("admissionControl" in path for path in patches)


def defines_runtime(cluster: Cluster, handler: str) -> bool:
    """Whether containerd is given a runtime of that name."""
    names = (f"runtimes.{handler}", f'runtimes."{handler}"', f"runtimes.'{handler}'")
    return any(name in text for text in _containerd(cluster) for name in names)


def runs_nvidia_by_default(cluster: Cluster) -> bool:
    """Whether some node runs every pod under the runtime of NVIDIA."""
    return any(map(_BY_DEFAULT.search, _containerd(cluster)))


def _containerd(cluster: Cluster) -> Iterator[str]:
    """Every text that may be a part of containerd's configuration."""
    for document in _documents(cluster):
        yield from (value.raw for value in document.get("machine", "files").walk())
        if document.get("kind").text == "CRICustomizationConfig":
            yield document.get("content").raw
    for patch in cluster.of(JsonPatch):
        yield from (value.raw for value in patch.root.walk())


def _documents(cluster: Cluster) -> Iterator[Value]:
    for config in cluster.of(MachineConfig):
        yield from config.documents
    for node in cluster.of(Node):
        yield from (node.config, *node.documents)
