"""Facts that the user declares: they fill in what the catalogue lacks, and never contradict it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from talos_gpu.catalog._row import Row
from talos_gpu.catalog.fact import Source

__all__ = ["DeclarationProblem", "Layer", "entries", "filled", "inherited", "overridden"]


@dataclass(frozen=True, slots=True)
class DeclarationProblem:
    """A declared fact that contradicts the catalogue or cannot be placed.

    `path` is below `catalogue:`; `file` names the user's data file, empty for the profile itself.
    """

    path: tuple[str, ...]
    message: str
    remedy: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """The declared facts of one place: the profile, or a data file of the user's."""

    facts: Mapping[str, Any]
    source: Source
    file: str = ""


def entries(layers: Iterable[Layer], *path: str) -> Iterator[tuple[str, Mapping[str, Any], Layer]]:
    """Yields key and entry of every layer's mapping at `path`, unset values left out."""
    for layer in layers:
        facts: Any = layer.facts
        for word in path:
            facts = facts.get(word) or {}
        for key, entry in facts.items():
            yield key, {name: value for name, value in (entry or {}).items() if value is not None}, layer


def inherited(base: Row, like: str, layer: Layer, without: Iterable[str] = ()) -> Row:
    """Returns the facts of `base` as declared: the same values, with whoever declared them as source."""
    text = f"{layer.source.text}: same as {like} ({base.source.text})"
    source = Source(text, layer.source.checked or base.source.checked, declared=True)
    dropped = {"sources", "problems", *without}
    return Row({key: value for key, value in base.values.items() if key not in dropped}, source)


def overridden(base: Row, entry: Mapping[str, Any], layer: Layer) -> Row:
    """Returns `base` with the values of `entry` in place of its own; nested maps are merged."""
    values, origins = dict(base.values), dict(base.origins)
    for key, value in entry.items():
        if key == "sameAs":
            continue
        if isinstance(value, Mapping) and isinstance(values.get(key), Mapping):
            values[key] = {**values[key], **value}
            origins.update({f"{key}.{part}": layer.source for part in value})
        else:
            values[key] = value
            origins[key] = layer.source
    return Row(values, base.source, origins)


def filled(
    base: Row, entry: Mapping[str, Any], layer: Layer, path: tuple[str, ...]
) -> tuple[Row, tuple[DeclarationProblem, ...]]:
    """Returns `base` with what `entry` adds, and a problem for each value that contradicts a known one."""
    problems = tuple(_contradictions(base, entry, layer, path))
    against = {problem.path for problem in problems}
    added: dict[str, Any] = {}
    for key, value in entry.items():
        if isinstance(value, Mapping):
            added[key] = {part: item for part, item in value.items() if (*path, key, part) not in against}
        elif (*path, key) not in against and base.get(key) is None:
            added[key] = value
    return overridden(base, added, layer), problems


def _contradictions(
    base: Row, entry: Mapping[str, Any], layer: Layer, path: tuple[str, ...]
) -> Iterator[DeclarationProblem]:
    for key, value in entry.items():
        known = base.get(key)
        if isinstance(value, Mapping) and isinstance(known, Mapping):
            inner = Row(known, base.source)
            yield from _contradictions(inner, value, layer, (*path, key))
        elif known is not None and _plain(known) != _plain(value) and key != "extensions":
            message = f"declared {_plain(value)}, but the catalogue knows {_plain(known)} ({base.source})"
            yield DeclarationProblem((*path, key), message, "remove the line: a declaration may only add", layer.file)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_plain(item) for item in value) + "]"
    return str(value)
