"""The images of a chart, from the profile's mirror and by its digests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from talos_gpu.catalog import ChartImage, ValueTable
from talos_gpu.plan.image import mirrored
from talos_gpu.profile.delivery import Images

__all__ = ["Entry", "image_values"]

Entry = tuple[tuple[str, ...], object]
"""Path and value."""

_DEVICE_PLUGIN_PATHS = {
    "device-plugin": "image",
    "gpu-feature-discovery": "gfd.image",
    "node-feature-discovery": "nfd.image",
}
"""Component of the device plugin's chart to its image value. What is not here has no value of its own."""


def image_values(images: Images, chart_images: Sequence[ChartImage], table: ValueTable) -> Iterator[Entry]:
    """Values that make the chart pull what the profile says in place of the vendor's images.

    A version may hold a digest behind its tag: chart and operator both write it behind a colon.
    """
    for image in chart_images:
        if not image.repository or not image.tag:
            continue
        chosen = mirrored(images, image.reference).reference
        if chosen == image.reference:
            continue
        path = tuple(_DEVICE_PLUGIN_PATHS.get(image.component, image.component).split("."))
        name, _, version = _split(chosen)
        repository, _, leaf = name.rpartition("/")
        if path[-1] == "image":
            values: tuple[tuple[str, str], ...] = (("repository", name), ("tag", version))
        else:
            values = (("repository", repository), ("image", leaf), ("version", version))
        for key, value in values:
            wanted = (*path, key)
            fact = table.value(".".join(wanted))
            if fact and fact.rendered and (value != image.tag):
                yield wanted, value


def _split(reference: str) -> tuple[str, str, str]:
    """Name, and what follows its colon (`tag` or `tag@sha256:...`); a port's colon stands before a slash."""
    head, slash, tail = reference.rpartition("/") if "@" not in reference else _before_digest(reference)
    leaf, colon, version = tail.partition(":")
    return f"{head}{slash}{leaf}", colon, version


def _before_digest(reference: str) -> tuple[str, str, str]:
    name, at, digest = reference.partition("@")
    head, slash, tail = name.rpartition("/")
    return head, slash, f"{tail}{at}{digest}"
