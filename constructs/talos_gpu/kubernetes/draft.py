"""A file of the Kubernetes side before its objects are made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from talos_gpu.document import Document, KeyPath, YamlDocument
from talos_gpu.kubernetes.manifest_cache import Manifests
from talos_gpu.kubernetes.props import Props

__all__ = ["Draft", "ObjectsDraft", "finish", "requests", "sentence"]


@dataclass(frozen=True, slots=True)
class ObjectsDraft:
    """A file that holds what the constructs with these props make, one after the other."""

    path: str
    props: tuple[Props, ...]
    comments: Mapping[KeyPath, str] = field(default_factory=dict)


Draft = ObjectsDraft | Document
"""Documents are finished: kustomizations and values need no cdk8s."""


def requests(draft: Draft) -> Iterator[Props]:
    """What must be made before the draft can be finished."""
    if isinstance(draft, ObjectsDraft):
        yield from draft.props


def finish(draft: Draft, made: Mapping[Props, Manifests]) -> Document:
    """The draft as a document."""
    if not isinstance(draft, ObjectsDraft):
        return draft
    objects = [manifest for props in draft.props for manifest in made[props]]
    return YamlDocument(draft.path, objects, draft.comments)


def sentence(reason: str) -> str:
    """A reason of the plan as a comment."""
    return reason[:1].upper() + reason[1:] + ("" if reason.endswith((".", "!", "?")) else ".")
