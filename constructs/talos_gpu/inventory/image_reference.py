"""The address of an installer image, taken apart."""

from __future__ import annotations

import re
from typing import Literal

from talos_gpu.inventory.subject import ImageReference, Origin
from talos_gpu.inventory.value import Value

__all__ = ["read_image"]

_SCHEME = re.compile(r"^[a-z]+://")
_ID = re.compile(r"[0-9a-f]{64}")


def read_image(
    value: Value, origin: Origin, key: Literal["talosImageURL", "install.image", "text"]
) -> ImageReference | None:
    """The image that `value` names; None where no text is written. A placeholder stays in its part as it is."""
    address = value.raw.strip() if value else ""
    if not address:
        return None
    named, _, digest = _SCHEME.sub("", address).partition("@")
    path, tag = _tag(named)
    host, steps = _host(path.split("/"))
    identity = steps.pop() if steps and _ID.fullmatch(steps[-1]) else ""
    return ImageReference(value, origin, key, host, "/".join(steps), identity, tag, digest)


def _tag(named: str) -> tuple[str, str]:
    """A colon before the last slash belongs to a port."""
    path, colon, tag = named.rpartition(":")
    return (path, tag) if colon and "/" not in tag else (named, "")


def _host(steps: list[str]) -> tuple[str, list[str]]:
    first = steps[0]
    if len(steps) > 1 and (first == "localhost" or "." in first or ":" in first):
        return first, steps[1:]
    return "", steps
