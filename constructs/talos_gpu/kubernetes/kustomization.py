"""A kustomization.yaml, which lists what it applies explicitly and in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from talos_gpu.document import KeyPath, YamlDocument

__all__ = ["kustomization"]


def kustomization(
    folder: str,
    resources: Sequence[str],
    further: Mapping[str, Any] | None = None,
    comments: Mapping[str, str] | None = None,
) -> YamlDocument:
    """The kustomization of `folder`, applying `resources` in order; `comments` stand above its top-level keys."""
    content = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": list(resources),
        **(further or {}),
    }
    notes: dict[KeyPath, str] = {(0, key): text for key, text in (comments or {}).items()}
    return YamlDocument(f"{folder}/kustomization.yaml", [content], notes)
