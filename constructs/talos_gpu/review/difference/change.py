"""One difference inside one thing: where, and what stood and stands there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from talos_gpu.inventory import Value
from talos_gpu.yaml_events import key_path

__all__ = ["Change", "Key", "Path", "Selector", "path_text"]

Kind = Literal["added", "removed", "changed", "reordered"]


@dataclass(frozen=True, slots=True)
class Selector:
    """An item of a list by what names it: `(("name", "nvidia"),)`. Of several alike, `nth` counts from 0."""

    keys: tuple[tuple[str, str], ...]
    nth: int = 0

    def __str__(self) -> str:
        named = ", ".join(f"{key}={value}" for key, value in self.keys)
        return f"[{named}]" if not self.nth else f"[{named} #{self.nth + 1}]"


Key = str | int | Selector
Path = tuple[Key, ...]
"""Map keys, list indices, and items of lists by what names them."""


@dataclass(frozen=True, slots=True)
class Change:
    """`before` is absent of what was added, `after` of what was removed; each knows its place in its file.

    `reordered`: the items of a list are the same and stand in another order. It has a meaning where order has one.
    """

    path: Path
    kind: Kind
    before: Value
    after: Value

    def __str__(self) -> str:
        return f"{self.kind} {path_text(self.path)}"


def path_text(path: Path) -> str:
    """The path as people write it: `spec.containers[name=main].image`."""
    text = ""
    for step in path:
        text += str(step) if isinstance(step, Selector) else key_path((step,)) if isinstance(step, int) else _key(step)
    return text.removeprefix(".")


def _key(step: str) -> str:
    shown = key_path((step,))
    return shown if shown.startswith("[") else f".{shown}"
