"""Layers of chart values: files, and single values as `helm --set` reads them."""

from __future__ import annotations

import re

from talos_gpu.finding import Position
from talos_gpu.inventory.kubernetes.tree import absent, nested, rooted
from talos_gpu.inventory.source_file import SourceFile
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import ScalarNode

__all__ = ["set_value", "values_of"]

_TYPED = re.compile(r"true|false|null|0|-?[1-9][0-9]*")
_STEP = re.compile(r"[\w/-]+")


def values_of(file: SourceFile | None) -> Value | None:
    """The values in a file; None where there is no such file, or it cannot be read as a map."""
    if file is None or file.faults or len(file.documents) > 1:
        return None
    if not file.documents or file.documents[0].is_null:
        return absent(Position(file.path, 1, 1))
    return file.documents[0] if file.documents[0].is_map else None


def set_value(name: str, key: Position, value: Value, forced: bool) -> Value | None:
    """What `--set name=value` says, or `--set-string` where it is `forced`; None where lists or escapes are at work."""
    steps = name.split(".")
    if not isinstance(value.node, ScalarNode) or not all(map(_STEP.fullmatch, steps)):
        return None
    text = value.node.text
    if text.startswith("{"):
        return None
    plain = value.opaque or (not forced and bool(_TYPED.fullmatch(text)))
    return rooted(nested(steps, ScalarNode(text, plain, "", value.place), key))
