"""The things that a file holds, each with what tells it apart from all others of its cluster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from posixpath import dirname
from typing import Literal

from talos_gpu.inventory import Value
from talos_gpu.review.difference.reading import Reading, read

__all__ = ["Family", "Identity", "Item", "items_of"]

_SMALL = 1 << 14

Family = Literal["object", "machine-config", "data"]
"""object: of Kubernetes. machine-config: a document of Talos. data: any other YAML document."""


@dataclass(frozen=True, slots=True, order=True)
class Identity:
    """What stays the same of a thing while its fields change.

    `scope` is the folder of a Talos document (a pool's or a node's) and the file of data that has no name. `nth`
    counts what stands there several times.
    """

    family: Family
    group: str
    kind: str
    namespace: str
    name: str
    scope: str
    nth: int = 0

    def __str__(self) -> str:
        named = "/".join(filter(None, (self.namespace, self.name)))
        if self.family == "object":
            return f"{self.kind} {named}"
        if self.kind:
            return " ".join(filter(None, (self.kind, named, f"in {self.scope}" if self.scope else "")))
        return self.scope if not self.nth else f"{self.scope} (document {self.nth + 1})"


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A document of a file. `file` is relative to the cluster's folder. Each is equal to itself alone."""

    identity: Identity
    root: Value
    file: str


def items_of(file: str, content: bytes) -> tuple[tuple[Item, ...], Reading]:
    """The documents of a YAML file, and the file as it was read: where it is not complete, its lines count as well."""
    return _known_items(file, content) if len(content) <= _SMALL else _items_of(file, content)


def _items_of(file: str, content: bytes) -> tuple[tuple[Item, ...], Reading]:
    reading = read(file, content)
    return tuple(_items(file, reading)), reading


_known_items = lru_cache(maxsize=1 << 9)(_items_of)
"""Clusters of a fleet resemble each other: many a file is the same in several of them."""


def _items(file: str, reading: Reading) -> Iterator[Item]:
    seen: dict[Identity, int] = {}
    for document in reading.documents:
        identity = _identity(document, file)
        nth = seen[identity] = seen.get(identity, -1) + 1
        yield Item(replace(identity, nth=nth) if nth else identity, document, file)


def _identity(document: Value, file: str) -> Identity:
    kind, version = document.get("kind").raw, document.get("apiVersion").raw
    metadata = document.get("metadata")
    if kind and version and metadata.get("name").raw:
        group = version.rpartition("/")[0]
        return Identity("object", group, kind, metadata.get("namespace").raw, metadata.get("name").raw, "")
    if kind and version == "v1alpha1":
        return Identity("machine-config", "", kind, "", document.get("name").raw, dirname(file))
    if not kind and (document.get("machine").exists or document.get("cluster").exists):
        return Identity("machine-config", "", "", "", "", file)
    return Identity("data", version.rpartition("/")[0], kind, "", "", file)
