"""One thing that changed, in the words in which the rows of facts ask for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from talos_gpu.finding import Position
from talos_gpu.inventory import Value
from talos_gpu.review.difference import Change, Selector
from talos_gpu.review.difference.change import Key
from talos_gpu.review.difference.lists import pairs_of
from talos_gpu.review.difference.same import Digests

__all__ = ["ABOUT", "About", "Context", "Event", "Kind", "event_of", "shown"]

About = Literal["machine", "document", "schematic", "object", "values", "data", "text", "form", "file", "fact"]
ABOUT: tuple[About, ...] = (
    "machine", "document", "schematic", "object", "values", "data", "text", "form", "file", "fact",
)  # fmt: skip
"""machine: the legacy document that a pool's nodes are told in all. document: another document of theirs. schematic:
what the Image Factory is told. object: of Kubernetes. values: of a chart. data: any other YAML. text: a file that is
none. form: what has no meaning to a machine. file: the kind of a file. fact: a decision of the plan, or of the ledger.
"""

Kind = Literal["added", "removed", "changed", "reordered", "renamed"]

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Context:
    """Where an event happens. `running` is the release that the nodes run, empty where nobody knows.

    `pools` are those that it concerns, none of the Kubernetes side; `nodes` their nodes. `flags` are what rows ask for
    by `when`.
    """

    running: str = ""
    arriving: str = ""
    """The release that the change brings, if any; a newer one is on the nodes before their configuration changes."""
    role: Literal["worker", "control-plane"] = "worker"
    pools: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    flags: frozenset[str] = frozenset()
    selectors: frozenset[str] = frozenset()
    """Labels by which the stack's pods find their nodes."""
    addresses: tuple[tuple[str, str], ...] = ()
    """Name and address of every node that is there already."""


@dataclass(frozen=True, slots=True)
class Event:
    """A change of one thing. `of` is its kind, its chart, or the name of its file's sort; `path` is where in it.

    `before` and `after` are absent of what was not there; a fact has texts alone. `root` is the whole thing as it is
    now, or was, for rows that look beside the path.
    """

    about: About
    of: str
    path: tuple[Key, ...]
    kind: Kind
    before: Value
    after: Value
    subject: str
    context: Context
    file: str = ""
    """Relative to the cluster's folder."""
    root: Value | None = None
    texts: tuple[str, str] | None = None
    flags: frozenset[str] = field(default=frozenset())
    folder: str = ""
    """What places in it are relative to."""

    @property
    def steps(self) -> tuple[str, ...]:
        """The path as texts: an item of a list by what names it, or by its index."""
        return tuple(str(step) if isinstance(step, str | Selector) else f"[{step}]" for step in self.path)

    @property
    def value(self) -> Value:
        """What stands there now, or stood."""
        return self.after if self.after.exists else self.before

    @property
    def place(self) -> Position:
        """Where it stands now, or stood."""
        found = self.value.key or self.value.place
        return replace(found, file=f"{self.folder}/{found.file}") if self.folder else found

    @property
    def told(self) -> tuple[str, str]:
        """Both sides as short texts."""
        return self.texts or (shown(self.before), shown(self.after))

    @property
    def full(self) -> tuple[str, str]:
        """Both sides as rows ask for them: of a map or a list, all that is written in it."""
        return self.texts or (_written(self.before), _written(self.after))

    @property
    def every_flag(self) -> frozenset[str]:
        """The event's own and those of its context."""
        return self.flags | self.context.flags

    def has_beside(self, key: str) -> bool:
        """Whether the map that holds it, or holds its list's item, has this key too."""
        return self.root is not None and self.root.get(*self.value.path[:-1]).get(key).exists

    @property
    def is_whole(self) -> bool:
        """Whether an object or a file came or went as a whole: that is one thing, and not many fields."""
        return not self.path and self.about in {"object", "values", "data"}

    def parts(self) -> Iterator[Event]:
        """The event as one of each key or item, where a whole map or list came or went."""
        if self.kind not in {"added", "removed"}:
            return
        if self.value.is_map:
            yield from (self._part(key, item) for key, item in self.value.pairs())
        elif self.value.is_list:
            absent = Value(None, self.value.place)
            for pair in pairs_of(absent, self.value, Digests()) if any(True for _ in self.value.items()) else ():
                yield self._part(pair.step, pair.after)

    def _part(self, step: Key, item: Value) -> Event:
        sides = (self.before, item) if self.kind == "added" else (item, self.after)
        return replace(self, path=(*self.path, step), before=sides[0], after=sides[1])


def event_of(change: Change, about: About, of: str, subject: str, context: Context, root: Value, file: str) -> Event:
    """A change inside a document, as an event."""
    return Event(about, of, change.path, change.kind, change.before, change.after, subject, context, file, root)


def shown(value: Value) -> str:
    """A value as a short text on one line; empty where nothing stands."""
    if value.is_map or value.is_list:
        inner = [key for key, _ in value.pairs()] if value.is_map else [shown(item) for item in value.items()]
        text = ("{%s}" if value.is_map else "[%s]") % ", ".join(inner)
    else:
        text = " ".join(value.raw.split())
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _written(value: Value) -> str:
    return "\n".join(inner.raw for inner in value.walk() if inner.is_scalar)
