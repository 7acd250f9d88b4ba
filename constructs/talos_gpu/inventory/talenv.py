"""The variables of talhelper: what talenv.yaml says beside a talconfig.yaml, filled in where it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from talos_gpu.inventory.source_file import Files
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, SequenceNode

__all__ = ["ENV_FILES", "filled", "variables_beside"]

ENV_FILES = ("talenv.yaml", "talenv.sops.yaml", "talenv.yml", "talenv.sops.yml")
"""In the order in which talhelper reads them: a later one wins."""

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def variables_beside(files: Files, path: str) -> Mapping[str, str]:
    """The plain values of the variable files beside a file; encrypted ones are not among them."""
    found: dict[str, str] = {}
    for name in ENV_FILES:
        file = files.near(path, name)
        for document in file.documents if file else ():
            for key, value in document.pairs():
                found.pop(key, None)
                if value.text is not None:
                    found[key] = value.text
    return found


def filled(value: Value, variables: Mapping[str, str]) -> Value:
    """The value with known variables filled in, every node at its place; unknown ones stay as they are."""
    if value.node is None or not variables:
        return value
    return replace(value, node=_filled(value.node, variables))


def _filled(node: Node, variables: Mapping[str, str]) -> Node:
    if isinstance(node, SequenceNode):
        items = tuple(_filled(item, variables) for item in node.items)
        return node if items == node.items else replace(node, items=items)
    if isinstance(node, MappingNode):
        pairs = tuple((key, _filled(inner, variables)) for key, inner in node.pairs)
        return node if pairs == node.pairs else replace(node, pairs=pairs)
    if "${" not in node.text:
        return node
    return replace(node, text=_VARIABLE.sub(lambda found: variables.get(found[1], found[0]), node.text))
