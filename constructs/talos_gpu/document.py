"""A file to be, before it is bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Document", "KeyPath", "TextDocument", "YamlDocument"]

KeyPath = tuple[str | int, ...]
"""Where in a YAML stream: the document's index first, then map keys and list indices."""


@dataclass(frozen=True, slots=True)
class TextDocument:
    """Finished text at `path` (posix, relative to the cluster's folder).

    `header` says whether the two-line note (what wrote it, from which profile) is put above it; a canonical
    schematic carries none, because its digest is its identity.
    """

    path: str
    text: str
    header: bool = True


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """Data to be written as a YAML stream at `path`, with a comment above the keys that need a why."""

    path: str
    objects: Sequence[object]
    comments: Mapping[KeyPath, str] = field(default_factory=dict)
    header: bool = True


Document = TextDocument | YamlDocument
