"""The variables of talhelper: what talenv.yaml says beside a talconfig.yaml, filled in where it is written.

How variables are written, and that files win over the environment: budimanjojo/talhelper:pkg/substitute/envsubst.go,
a8m/envsubst:parse/lex.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import MappingNode, Node, SequenceNode

__all__ = ["Variables", "env_files_beside", "filled", "variables_beside"]

Variables = Mapping[str, str | None]
"""Their values by name; None where one is set, but encrypted or made by a template."""

_NAMES = ("talenv.yaml", "talenv.sops.yaml", "talenv.yml", "talenv.sops.yml")
"""In the order in which talhelper reads them: a later one wins."""
_AFTER_YAML = re.compile(r"(?<=ml)\.[a-z0-9]+$")
_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_VARIABLE = re.compile(rf"\$\$|\$(?:\{{(?P<braced>{_NAME})(?::?[-=](?P<default>[^${{}}]*))?\}}|(?P<bare>{_NAME}))")


def env_files_beside(files: Files, path: str) -> Iterator[SourceFile]:
    """The variable files beside a talconfig.yaml; beside a talconfig.yaml.j2 they may still end in .j2 too."""
    suffix = _AFTER_YAML.search(path)
    for name in _NAMES:
        for written in (name, *([name + suffix[0]] if suffix else [])):
            if file := files.near(path, written):
                yield file


def variables_beside(files: Files, path: str) -> Variables:
    """What the variable files beside a file set."""
    found: dict[str, str | None] = {}
    for file in env_files_beside(files, path):
        found.update(_set_by(file))
    return found


def _set_by(file: SourceFile) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for document in file.documents:
        for key, value in document.pairs():
            # What a template says twice, it says in branches.
            either = file.templated and key in found and found[key] != value.text
            found[key] = None if either else value.text
    return found


def filled(value: Value, variables: Variables) -> Value:
    """The value with known variables and defaults filled in, every node at its place; the others stay as they are."""
    if value.node is None:
        return value
    return replace(value, node=_filled(value.node, variables))


def _filled(node: Node, variables: Variables) -> Node:
    if isinstance(node, SequenceNode):
        items = tuple(_filled(item, variables) for item in node.items)
        return node if items == node.items else replace(node, items=items)
    if isinstance(node, MappingNode):
        pairs = tuple((key, _filled(inner, variables)) for key, inner in node.pairs)
        return node if pairs == node.pairs else replace(node, pairs=pairs)
    if "$" not in node.text:
        return node
    return replace(node, text=_VARIABLE.sub(lambda found: _text_of(found, variables), node.text))


def _text_of(found: re.Match[str], variables: Variables) -> str:
    name = found["braced"] or found["bare"] or ""
    told = variables[name] if name in variables else found["default"]
    return found[0] if told is None else told
