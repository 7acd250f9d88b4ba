"""Installer images, which the Image Factory serves under two names."""

from __future__ import annotations

import re

__all__ = ["same_installer"]


def same_installer(one: str, other: str) -> bool:
    """Whether both references are of one image.

    `installer` is the name from before Talos 1.10 and still means metal; `metal-installer` serves all releases.
    Source: image-factory v1.4.0, docs/api.md and internal/frontend/http/registry.go.
    """
    return _newer_name(one) == _newer_name(other)


def _newer_name(reference: str) -> str:
    return re.sub(r"/installer(-secureboot)?/", r"/metal-installer\1/", reference)
