"""Two configs of different dialects, told in one, so that the same thing said in other words is no change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from talos_gpu.inventory import Value
from talos_gpu.inventory.talos_merge import merge_trees
from talos_gpu.inventory.tree import entries, key_at, list_of, map_of
from talos_gpu.review.impact.machine import Told
from talos_gpu.yaml_events import MappingNode, Node

__all__ = ["in_one_dialect"]


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    key: tuple[str, ...]
    item: tuple[str, ...]
    legacy: tuple[str, ...]


def in_one_dialect(old: Told, new: Told) -> tuple[Told, Told]:
    """Both as they are where they are of one dialect; else both in the legacy words, as far as there are any."""
    kinds = {row.kind for row in _rows()}
    modern = tuple(any(kind in kinds for kind, _ in told.documents) for told in (old, new))
    return (_legacy(old), _legacy(new)) if modern[0] != modern[1] else (old, new)


@cache
def _rows() -> tuple[_Row, ...]:
    import yaml

    text = (files("talos_gpu.review") / "data" / "dialects.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return tuple(
        _Row(row["kind"], tuple(row.get("key", ())), tuple(row.get("item", ())), tuple(row["legacy"]))
        for row in data["documents"]
    )


def _legacy(told: Told) -> Told:
    legacy, documents = told.legacy.node, dict(told.documents)
    for (kind, name), document in told.documents.items():
        rows = [row for row in _rows() if row.kind == kind]
        for row in rows:
            for said in _said(document, row):
                legacy = merge_trees(legacy, said) if legacy is not None else said
        rest = _rest(document, rows)
        if rows and rest is None:
            del documents[kind, name]
        elif rest is not None:
            documents[kind, name] = rest
    return replace(told, legacy=Value(legacy, told.legacy.place), documents=documents)


def _said(document: Value, row: _Row) -> Iterator[Node]:
    """What the document says of one thing, as a legacy document of its own."""
    value = document.get(*row.key)
    node = value.node
    if row.item and isinstance(document.node, MappingNode):
        own = {key: pair for key, pair in entries(document.node).items() if key in row.item}
        node = list_of([map_of(own, document.place)], document.place)
    if node is not None:
        for step in reversed(row.legacy):
            node = map_of({step: (key_at(step, value.place), node)}, value.place)
        yield node


def _rest(document: Value, rows: list[_Row]) -> Value | None:
    """The document without what was told in legacy words; None where nothing else is in it."""
    if not isinstance(document.node, MappingNode):
        return document
    told = {key for row in rows for key in (row.item or row.key[:1])}
    own = {key: pair for key, pair in entries(document.node).items() if key not in told}
    return Value(map_of(own, document.place), document.place) if own.keys() - {"apiVersion", "kind"} else None
