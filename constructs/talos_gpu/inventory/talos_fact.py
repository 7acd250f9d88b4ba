"""What Talos configuration says of the cluster as a whole."""

from __future__ import annotations

import re
from collections.abc import Iterable

from talos_gpu.catalog import Version, minor_of
from talos_gpu.finding import Position
from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.image_reference import read_image
from talos_gpu.inventory.subject import ImageReference, Origin
from talos_gpu.inventory.talos_merge import is_deletion
from talos_gpu.inventory.talos_text import TalosText
from talos_gpu.inventory.value import Value
from talos_gpu.plan.machine_config import first_minors

__all__ = ["admission_removed", "dialect_of", "installer", "kubernetes_version", "talos_release"]

_RELEASE = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+(?:-(?:alpha|beta|rc)\.[0-9]+)?")
_ADMISSION = ("cluster", "apiServer", "admissionControl")
_ADMISSION_KIND = "KubeAdmissionControlConfig"
_PLUGIN = "PodSecurity"
_NEW_STYLE = frozenset({"KubeNodeConfig", "KubeletConfig"})
"""Both stand in every config that is generated in the dialect of documents; none of them in older ones."""


def installer(config: Value, documents: Iterable[Value], origin: Origin) -> ImageReference | None:
    """The installer image that a node is told."""
    places = [config.get("machine", "install", "image")]
    places += (
        item.get("installer", "image") for item in documents if item.get("kind").raw == "UnattendedInstallConfig"
    )
    return next((image for place in places if (image := read_image(place, origin, "install.image"))), None)


def talos_release(image: ImageReference | None) -> Said | None:
    """The Talos release that an installer's tag names."""
    if image is None or not _RELEASE.fullmatch(image.tag) or "installer" not in image.name:
        return None
    return Said(image.tag, image.value.place)


def kubernetes_version(config: Value, documents: Iterable[Value]) -> Said | None:
    """The Kubernetes version that the tag of the kubelet's or the API server's image names."""
    places = [config.get("machine", "kubelet", "image"), config.get("cluster", "apiServer", "image")]
    places += (
        item.get("image") for item in documents if item.get("kind").raw in {"KubeletConfig", "KubeAPIServerConfig"}
    )
    for place in places:
        tag = (place.text or "").partition("@")[0].rpartition(":")[2]
        if _RELEASE.fullmatch(tag):
            return Said(tag, place.place)
    return None


def dialect_of(documents: Iterable[Value], talos: Said | None, place: Position) -> Said | None:
    """The newest minor that generates a config of these documents; None where that is not older than its `talos`."""
    kinds = {document.get("kind").raw for document in documents}
    if kinds & _NEW_STYLE:
        return None
    newest = _before("HostnameConfig" if "HostnameConfig" not in kinds else "KubeNodeConfig")
    if talos and Version.parse(minor_of(talos.value)) <= Version.parse(newest):
        return None
    return Said(newest, place)


def _before(kind: str) -> str:
    """The last minor that did not know a kind."""
    major, minor = Version.parse(first_minors()[kind]).parts[:2]
    return f"v{major}.{minor - 1}"


def admission_removed(texts: Iterable[TalosText], config: Value, documents: Iterable[Value], *, whole: bool) -> bool:
    """Whether these texts leave a cluster without Pod Security, or with one that enforces nothing by default.

    `config` and `documents` are what the texts make together; `whole` says that a control plane has nothing else.
    """
    plugins = [item for item in config.get(*_ADMISSION).items() if item.get("name").raw == _PLUGIN]
    plugins += (
        item for item in documents if item.get("kind").raw == _ADMISSION_KIND and item.get("name").raw == _PLUGIN
    )
    if plugins:
        return _enforces_nothing(plugins[-1])
    return whole or any(_removes(text) for text in texts)


def _enforces_nothing(plugin: Value) -> bool:
    return plugin.get("configuration", "defaults", "enforce").text == "privileged"


def _removes(text: TalosText) -> bool:
    operations = (item for patch in text.patches for item in patch.root.items())
    return any(map(_deletes, text.config.documents if text.config else ())) or any(map(_operation_removes, operations))


def _deletes(document: Value) -> bool:
    """Whether a document of a patch deletes the plugin, or what holds it."""
    if document.get("kind").raw == _ADMISSION_KIND:
        return document.get("name").raw == _PLUGIN and _is_deleted(document)
    above = (document.get(*_ADMISSION[:length]) for length in (1, 2, 3))
    return any(map(_is_deleted, above)) or any(
        item.get("name").raw == _PLUGIN and _is_deleted(item) for item in document.get(*_ADMISSION).items()
    )


def _is_deleted(value: Value) -> bool:
    return value.node is not None and is_deletion(value.node)


def _operation_removes(operation: Value) -> bool:
    steps = tuple((operation.get("path").text or "").split("/")[1:])
    value = operation.get("value")
    if operation.get("op").text == "remove":
        # Talos generates a list of this one plugin.
        return steps in {_ADMISSION[:2], _ADMISSION, (*_ADMISSION, "0")}
    if steps == (*_ADMISSION, "0", "configuration", "defaults", "enforce"):
        return value.text == "privileged"
    return steps == _ADMISSION and not any(True for _ in value.items())
