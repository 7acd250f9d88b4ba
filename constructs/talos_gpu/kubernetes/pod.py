"""Parts of a pod that are written alike wherever a pod is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from talos_gpu.kubernetes.props import Pairs
from talos_gpu.profile.stack import Toleration

__all__ = ["scheduling", "tolerations_of"]


def tolerations_of(tolerations: Sequence[Toleration]) -> list[dict[str, Any]]:
    """The tolerations as a pod writes them."""
    return [toleration.model_dump(mode="json", by_alias=True, exclude_none=True) for toleration in tolerations]


def scheduling(node_selector: Pairs, tolerations: Sequence[Toleration]) -> dict[str, Any]:
    """The fields of a pod that bring it onto the GPU nodes; empty ones are left out."""
    fields = {"nodeSelector": dict(node_selector), "tolerations": tolerations_of(tolerations)}
    return {key: value for key, value in fields.items() if value}
