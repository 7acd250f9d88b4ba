"""An API object of any kind: cdk8s's own takes no spec in Python, so what is beside metadata is patched in."""

from __future__ import annotations

from typing import Any

import cdk8s
from constructs import Construct

from talos_gpu.kubernetes.props import Pairs

__all__ = ["add_object"]


def add_object(
    scope: Construct,
    construct_id: str,
    api_version: str,
    kind: str,
    name: str,
    *,
    namespace: str | None = None,
    labels: Pairs = (),
    annotations: Pairs = (),
    **fields: Any,
) -> cdk8s.ApiObject:
    """An object of `scope` that is called exactly `name`; `fields` stand beside its metadata, in their order."""
    metadata = cdk8s.ApiObjectMetadata(
        name=name,
        namespace=namespace,
        labels=dict(labels) or None,
        annotations=dict(annotations) or None,
    )
    made = cdk8s.ApiObject(scope, construct_id, api_version=api_version, kind=kind, metadata=metadata)
    made.add_json_patch(*(cdk8s.JsonPatch.add(f"/{key}", value) for key, value in fields.items()))
    return made
