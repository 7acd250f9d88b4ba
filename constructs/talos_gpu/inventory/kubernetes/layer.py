"""Layers of chart values: files, and single values as `helm --set` reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from talos_gpu.finding import Position
from talos_gpu.inventory.kubernetes.tree import absent, nested, rooted
from talos_gpu.inventory.source_file import SourceFile
from talos_gpu.inventory.value import Value
from talos_gpu.yaml_events import ScalarNode

__all__ = ["set_value", "unknown_at", "values_of"]

_TYPED = re.compile(r"true|false|null|0|-?[1-9][0-9]*")
_STEP = re.compile(r"(?:[^.,=\[\]{}\\]|\\.)+")
_NOT_FOLLOWED = "!set"
"""The tag of a value of which only the path is known."""


def values_of(file: SourceFile | None) -> Value | None:
    """The values in a file; None where there is no such file, or it cannot be read as a map."""
    if file is None or file.faults or len(file.documents) > 1:
        return None
    if not file.documents or file.documents[0].is_null:
        return absent(Position(file.path, 1, 1))
    return file.documents[0] if file.documents[0].is_map else None


def set_value(name: str, key: Position, value: Value, forced: bool) -> Value | None:
    """What `--set name=value` says, or `--set-string` where it is `forced`; None where the name cannot be read.

    An entry of a list, and a list as a value, are not followed: then what stands at the path of the list is opaque.
    """
    path, index, _ = name.partition("[")
    steps = _steps(path)
    if not steps:
        return None
    if index or not isinstance(value.node, ScalarNode) or value.node.text.startswith("{"):
        return _unknown(steps, key, value)
    text = value.node.text
    plain = value.opaque or (not forced and bool(_TYPED.fullmatch(text)))
    return rooted(nested(steps, ScalarNode(text, plain, "", value.place), key))


def unknown_at(name: str, key: Position) -> Value | None:
    """A value at a path of `--set` that cannot be read; None where the path cannot be read either."""
    steps = _steps(name.partition("[")[0])
    return _unknown(steps, key, absent(key)) if steps else None


def _unknown(steps: Sequence[str], key: Position, value: Value) -> Value:
    """Something at these steps that stands where `value` does."""
    return rooted(nested(steps, ScalarNode(value.raw or "?", True, _NOT_FOLLOWED, value.place), key))


def _steps(path: str) -> list[str]:
    """The keys of a path, in which a backslash takes the meaning off a dot; none where it is no such path."""
    steps = _STEP.findall(path)
    return [re.sub(r"\\(.)", r"\1", step) for step in steps] if ".".join(steps) == path else []
