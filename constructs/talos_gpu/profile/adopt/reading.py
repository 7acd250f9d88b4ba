"""Somebody else's YAML, taken apart key by key: what nobody takes is reported at its place, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.finding import Finding, Position
from talos_gpu.profile.loading import read_regular_file
from talos_gpu.profile.message import sentence
from talos_gpu.profile.profile import Profile
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode, SequenceNode, key_path, read_events, read_node

__all__ = ["MISSING", "Folder", "Report", "Value", "documents_of", "is_below"]

Step = str | int

_TEMPLATE = re.compile(r"\{\{|\$\{|\$\(")
_PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SCALARS = {"true": True, "false": False, "null": None, "~": None, "": None}


@dataclass(slots=True)
class Report:
    """What could not be placed so far, and what `${name}` stands for in the files that are read."""

    left: list[Finding] = field(default_factory=list)
    variables: Mapping[str, str] = field(default_factory=dict)

    def leave(self, value: Value, why: str) -> None:
        """Note that the value was not placed. Its text is not repeated: it may be a secret."""
        self.left.append(Finding(value.place, value.shown_path, why))


@dataclass(frozen=True, slots=True)
class Value:
    """A value of the file and its key path; every look-up of an absent one is absent again."""

    node: Node | None
    place: Position
    path: tuple[Step, ...]
    report: Report
    inside: bool = False
    """Whether it was read out of a text of the file: then `place` is that text's."""

    def __bool__(self) -> bool:
        return not (self.node is None or (isinstance(self.node, ScalarNode) and self.is_null()))

    @property
    def shown_path(self) -> str:
        """The key path in printable characters."""
        return key_path(self.path)

    def is_null(self) -> bool:
        """Whether nothing is written behind the key."""
        return isinstance(self.node, ScalarNode) and self.node.plain and self.node.text.lower() in {"", "~", "null"}

    def get(self, *keys: str) -> Value:
        """The value below these keys; an absent one where a key is missing."""
        found: Value = self
        for key in keys:
            found = dict(found.pairs()).get(key) or found._inner(None, found.place, key)
        return found

    def pairs(self) -> Iterator[tuple[str, Value]]:
        """The entries of a map; nothing where it is none."""
        if isinstance(self.node, MappingNode):
            for key, inner in self.node.pairs:
                if isinstance(key, ScalarNode):
                    yield key.text, self._inner(inner, key.position, key.text)

    def items(self) -> Iterator[Value]:
        """The entries of a list; nothing where it is none."""
        if isinstance(self.node, SequenceNode):
            for index, inner in enumerate(self.node.items):
                yield self._inner(inner, inner.position, index)

    def _inner(self, node: Node | None, place: Position, step: Step) -> Value:
        return Value(node, self.place if self.inside else place, (*self.path, step), self.report, self.inside)

    def leave(self, why: str) -> None:
        """Report that this value was not placed."""
        self.report.leave(self, why)

    def leave_others(self, taken: set[str], why: str) -> None:
        """Report every key of this map that is not in `taken`."""
        for key, value in self.pairs():
            if key not in taken:
                value.leave(why)

    def text(self) -> str | None:
        """The text with known placeholders filled in; None, and reported, where it is none or holds others."""
        if not self:
            return None
        if not isinstance(self.node, ScalarNode):
            self.leave("is a list or a map where text was expected")
            return None
        text = _PLACEHOLDER.sub(lambda found: self.report.variables.get(found[1], found[0]), self.node.text)
        if text.startswith("ENC["):
            self.leave("is encrypted by SOPS, and nothing is decrypted here")
        elif _TEMPLATE.search(text):
            self.leave("holds a template or placeholder whose value is not known here")
        else:
            return text
        return None

    def as_type(self, kind: Any, prefix: str = "") -> str | None:
        """The text as a profile's own type allows it; None, and reported with the reason, where it does not."""
        text = self.text()
        if text is None:
            return None
        return self.check(text if text.startswith(prefix) else prefix + text, kind)

    def check(self, text: str, kind: Any) -> str | None:
        """The text, which stands here, as a profile's own type allows it; None, and reported, where it does not."""
        try:
            return str(_adapter(kind).validate_python(text))
        except ValidationError as error:
            self.leave(_reason(error))
            return None

    def model(self, kind: Any) -> Any:
        """The value as plain data that a profile's own model allows; None, and reported, where it does not."""
        data = self.plain()
        if data is MISSING or not data:
            return None
        try:
            _adapter(kind).validate_python(data)
        except ValidationError as error:
            self.leave(_reason(error, kind))
            return None
        return data

    def flag(self) -> bool | None:
        """True or false; None, and reported, where it is neither."""
        if not self:
            return None
        if isinstance(self.node, ScalarNode) and self.node.plain and self.node.text in {"true", "false"}:
            return self.node.text == "true"
        self.leave("is neither true nor false")
        return None

    def plain(self) -> Any:
        """The value as plain data; MISSING, and reported, where a part of it is a template or encrypted."""
        if isinstance(self.node, MappingNode):
            return _whole({key: inner.plain() for key, inner in self.pairs()})
        if isinstance(self.node, SequenceNode):
            return _whole([item.plain() for item in self.items()])
        if isinstance(self.node, ScalarNode) and self.node.plain:
            if self.node.text.lower() in _SCALARS:
                return _SCALARS[self.node.text.lower()]
            if re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", self.node.text):
                return int(self.node.text)
            if re.fullmatch(r"-?[0-9]{1,17}\.[0-9]{1,17}", self.node.text):
                return float(self.node.text)
        text = self.text()
        return MISSING if text is None and not self.is_null() else text


MISSING: Any = object()
"""Stands for data that could not be read whole."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The folder of the file that is adopted: nothing outside it is read."""

    root: Path
    shown: str = ""
    """How messages name the folder; empty for the working directory."""

    def show(self, name: str) -> str:
        """The name of a file of this folder as messages give it."""
        return f"{self.shown}/{name}" if self.shown else name

    def exists(self, name: str) -> bool:
        """Whether something lies there."""
        return (self.root / name).exists()

    def documents(self, name: str, report: Report) -> list[Value]:
        """Every document of the file.

        Raises:
            NotUnderstood: broken YAML, at line and column.
            OutsideError: missing, no regular file, too large, or reached through a symbolic link.
        """
        if not is_below(name):
            raise OutsideError(f"reading {name}", "it lies outside the folder of the file that names it")
        nodes = _nodes(read_regular_file(self.root, name), self.show(name))
        return [Value(node, node.position, (), report) for node in nodes]


def is_below(name: str) -> bool:
    """Whether this is a relative path that does not climb out of its folder."""
    return bool(name) and not name.startswith("/") and ".." not in name.split("/") and name.isprintable()


def documents_of(value: Value) -> list[Value]:
    """The documents that a text of the file holds; none, and reported, where it is no YAML."""
    text = value.text()
    if text is None:
        return []
    try:
        nodes = list(_nodes(text.encode(), value.place.file))
    except NotUnderstood:
        value.leave("is not YAML")
        return []
    return [Value(node, value.place, value.path, value.report, inside=True) for node in nodes]


def _nodes(data: bytes, file: str) -> Iterator[Node]:
    events = read_events(data, file)
    while (root := read_node(events, file)) is not None:
        yield root


def _whole(data: Any) -> Any:
    return MISSING if any(item is MISSING for item in (data.values() if isinstance(data, dict) else data)) else data


@lru_cache(maxsize=64)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _reason(error: ValidationError, model: type[BaseModel] = Profile) -> str:
    detail = error.errors(include_url=False)[0]
    where = key_path(tuple(detail["loc"]))
    return (f"{where}: " if where else "") + sentence(detail, model)
