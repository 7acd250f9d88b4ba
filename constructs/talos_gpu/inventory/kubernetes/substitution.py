"""The variables that Flux puts into objects after it has built them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.kubernetes.tree import mapping
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["substituted"]

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Za-z_]\w*)(?::?[=-](?P<default>[^${}]*))?\}")
_DISABLED = "kustomize.toolkit.fluxcd.io/substitute"


def substituted(manifests: Iterable[Manifest], post_build: Value) -> list[Manifest]:
    """The manifests with the variables that a Kustomization gives; what it takes from elsewhere stays a placeholder."""
    given = {name: value for name, value in post_build.get("substitute").pairs() if value.is_scalar}
    if not given:
        return list(manifests)
    alone = not post_build.get("substituteFrom").exists
    return [_substituted(manifest, given, alone) for manifest in manifests]


def _substituted(manifest: Manifest, given: Mapping[str, Value], alone: bool) -> Manifest:
    metadata, node = manifest.root.get("metadata"), manifest.root.node
    if node is None or any(metadata.get(key, _DISABLED).raw == "disabled" for key in ("labels", "annotations")):
        return manifest
    return replace(manifest, root=replace(manifest.root, node=_filled(node, given, alone)))


def _filled(node: Node, given: Mapping[str, Value], alone: bool) -> Node:
    # Recursion is safe: the guard allows MAX_DEPTH levels.
    if isinstance(node, SequenceNode):
        return replace(node, items=tuple(_filled(item, given, alone) for item in node.items))
    if isinstance(node, MappingNode):
        pairs = [(key, _filled(value, given, alone)) for key, value in node.pairs]
        return replace(mapping(pairs, node.position), own=node.own)
    assert isinstance(node, ScalarNode)
    # A text of several lines stays, so that each line keeps its place.
    if "${" not in node.text or "\n" in node.text:
        return node
    return replace(node, text=_VARIABLE.sub(lambda found: _word(found, given, alone), node.text))


def _word(found: re.Match[str], given: Mapping[str, Value], alone: bool) -> str:
    value = given.get(found["name"])
    if value is not None and not value.opaque:
        return value.raw
    is_default = value is None and alone and found["default"] is not None
    return found["default"] if is_default else found[0]
