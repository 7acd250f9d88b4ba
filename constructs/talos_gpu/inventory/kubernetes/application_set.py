"""An ApplicationSet whose generators list their elements: what Argo CD makes of its template for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from talos_gpu.inventory.kubernetes.manifest import Manifest
from talos_gpu.inventory.kubernetes.strategic_patch import with_value
from talos_gpu.inventory.kubernetes.tree import mapping
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["for_each_element"]

_EXPRESSION = re.compile(r"\{\{-?\s*\.?(?P<path>[A-Za-z_][\w.-]*)\s*-?\}\}")
_MAX_ELEMENTS = 200


def for_each_element(manifest: Manifest) -> Iterator[Manifest]:
    """The manifest as it is, or once for every element with its template filled in.

    Where the elements are of several clusters, none of them speaks for the one that these files describe.
    """
    template = manifest.root.get("spec", "template").node
    is_set = manifest.kind == "ApplicationSet" and manifest.group == "argoproj.io"
    elements = _elements(manifest) if is_set and template is not None else ()
    found = [_with_template(manifest, _filled(template, element)) for element in elements] if template else []
    yield from found if found and len(set(map(_cluster, found))) == 1 else (manifest,)


def _with_template(manifest: Manifest, template: Node) -> Manifest:
    root = replace(manifest.root, node=_without_template(manifest.root))
    return replace(manifest, root=with_value(root, ("spec", "template"), template))


def _cluster(manifest: Manifest) -> tuple[str, str]:
    destination = manifest.root.get("spec", "template", "spec", "destination")
    return destination.get("server").raw, destination.get("name").raw


def _elements(manifest: Manifest) -> tuple[Value, ...]:
    """The elements of all generators, where every one of them is a list."""
    generators = tuple(manifest.root.get("spec", "generators").items())
    lists = [generator.get("list", "elements") for generator in generators]
    if not all(entry.is_list for entry in lists):
        return ()
    found = tuple(element for entry in lists for element in entry.items())
    return found if len(found) <= _MAX_ELEMENTS and all(element.is_map for element in found) else ()


def _without_template(root: Value) -> Node:
    """The tree without the template, so that nothing of it is merged with the filled one."""
    assert isinstance(root.node, MappingNode)
    pairs = [(key, _dropping(value) if _text(key) == "spec" else value) for key, value in root.node.pairs]
    return mapping(pairs, root.node.position)


def _dropping(spec: Node) -> Node:
    assert isinstance(spec, MappingNode)
    return mapping([pair for pair in spec.pairs if _text(pair[0]) != "template"], spec.position)


def _text(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _filled(node: Node, element: Value) -> Node:
    # Recursion is safe: the guard allows MAX_DEPTH levels.
    if isinstance(node, SequenceNode):
        return replace(node, items=tuple(_filled(item, element) for item in node.items))
    if isinstance(node, MappingNode):
        return mapping([(key, _filled(value, element)) for key, value in node.pairs], node.position)
    assert isinstance(node, ScalarNode)
    return _filled_scalar(node, element)


def _filled_scalar(node: ScalarNode, element: Value) -> ScalarNode:
    """The text with what the element says; a text of several lines stays, so that each line keeps its place."""
    if "{{" not in node.text or "\n" in node.text:
        return node
    whole = _EXPRESSION.fullmatch(node.text)
    said = _said(whole, element) if whole else None
    if said is not None:
        # What fills a text stays a text, and stands where the element says it.
        return replace(node, text=said.raw, position=said.place, plain=False)
    return replace(node, text=_EXPRESSION.sub(lambda found: _word(found, element), node.text))


def _said(found: re.Match[str], element: Value) -> Value | None:
    value = element.get(*found["path"].split("."))
    return value if value.is_scalar and not value.opaque else None


def _word(found: re.Match[str], element: Value) -> str:
    value = _said(found, element)
    return found[0] if value is None else value.raw
