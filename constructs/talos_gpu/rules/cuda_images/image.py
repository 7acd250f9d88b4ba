"""The image of a container, and the CUDA version inside it as its tag tells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.inventory import Pod, Value

__all__ = ["ContainerImage", "images_of"]

_VERSION = re.compile(r"(?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+)?)(?:-.*)?")
_NAMED = re.compile(r"(?:^|[-_.])cuda-?(?P<version>[0-9]+\.[0-9]+(?:\.[0-9]+)?)(?:[-_].*)?$")
_SAMPLES = ("cuda-sample", "samples")


@dataclass(frozen=True, slots=True)
class ContainerImage:
    """`repository` is without tag; `plain` says that it is NVIDIA's own image of CUDA, which checks the driver."""

    value: Value
    container: Value
    repository: str
    tag: str
    digest: str

    @property
    def plain(self) -> bool:
        """Whether it is nvidia/cuda, at whatever registry."""
        return self.repository.endswith("nvidia/cuda")

    @property
    def sample(self) -> bool:
        """Whether it holds one of NVIDIA's sample programs."""
        return "nvidia/" in self.repository and self.repository.rpartition("/")[2] in _SAMPLES

    @property
    def cuda(self) -> str:
        """The CUDA version; empty where the tag does not tell."""
        found = _VERSION.fullmatch(self.tag) if self.plain else _NAMED.search(self.tag)
        return found["version"] if found else ""


def images_of(pod: Pod) -> Iterator[ContainerImage]:
    """The images of its containers, as far as no placeholder hides them."""
    if pod.owner is not None and not pod.owner.live:
        return
    for container in pod.containers:
        image = _parted(container) if container.get("image").is_map else _written(container)
        if image is not None:
            yield image


def _parted(container: Value) -> ContainerImage | None:
    """As values of charts have it: repository and tag apart."""
    repository, tag = container.get("image", "repository"), container.get("image", "tag")
    if repository.text is None or tag.opaque:
        return None
    name, _, digest = (tag.text or "").partition("@")
    return ContainerImage(tag or repository, container, repository.text, name, digest)


def _written(container: Value) -> ContainerImage | None:
    value = container.get("image")
    if value.text is None:
        return None
    named, _, digest = value.text.partition("@")
    path, colon, tag = named.rpartition(":")
    # A colon before the last slash belongs to a port.
    repository, tag = (path, tag) if colon and "/" not in tag else (named, "")
    return ContainerImage(value, container, repository, tag, digest)
