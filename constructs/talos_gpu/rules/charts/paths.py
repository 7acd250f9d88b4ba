"""Values at paths that no template of a chart reads: Helm drops them without a word."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from talos_gpu.catalog import Trap, ValueTable
from talos_gpu.finding import Edit
from talos_gpu.inventory import Value

__all__ = ["Unread", "reads", "unread"]

_FREE = ("global",)
_NOTES = ("x-", "_", ".")
_CLOSE = 0.85


@dataclass(frozen=True, slots=True)
class Unread:
    """A value that nothing reads, the outermost of its branch; `meant` is the only path that its name resembles."""

    value: Value
    path: str
    trap: Trap | None
    meant: str
    dotted: bool = False
    """Whether a path that the chart knows was written as one key, which only `helm --set` understands."""

    @property
    def place(self) -> Value:
        """The value, standing where its key does: that is what nobody reads."""
        return replace(self.value, place=self.value.key or self.value.place)

    @property
    def key(self) -> str:
        """The last step of the path."""
        return str(self.value.path[-1])

    @property
    def fix(self) -> tuple[Edit, ...]:
        """The edit that writes the key that was meant."""
        place = self.value.key
        return (Edit(place, self.key, self.meant.rpartition(".")[2]),) if self.meant and place else ()


def unread(values: Value, table: ValueTable, above: str = "") -> Iterator[Unread]:
    """Every value of the map that the chart does not read. What is null or empty says nothing."""
    siblings = dict(values.pairs())
    for key, value in siblings.items():
        path = f"{above}.{key}" if above else key
        if value.is_null or value.data in ({}, [], "") or _is_note(key, above):
            continue
        if "." in key and path in table.paths:
            yield Unread(value, path, None, "", dotted=True)
            continue
        trap = next((trap for trap in table.traps.get(path, ()) if trap.effect == "ignored"), None)
        fact = table.value(path)
        if trap is None and fact is not None and (fact.rendered or _reads_below(table, path)):
            # A map in the place of a list is of the wrong type, whatever it holds.
            yield from unread(value, table, path) if fact.type != "list" else ()
        elif fact is None or not fact.has_default or fact.default != value.data:
            # What only repeats the chart's own default loses nothing.
            yield Unread(value, path, trap, "" if trap or fact else _meant(key, above, value, table, siblings))


def reads(table: ValueTable, path: str) -> bool:
    """Whether some template reads the path."""
    fact = table.value(path)
    return (
        fact is not None and fact.rendered and not any(trap.effect == "ignored" for trap in table.traps.get(path, ()))
    )


def _is_note(key: str, above: str) -> bool:
    """Whether Helm passes it everywhere, or people keep anchors under it."""
    return key in _FREE or (not above and key.startswith(_NOTES))


def _reads_below(table: ValueTable, path: str) -> bool:
    """Whether the chart has keys below: then it is told of each of them."""
    return any(known.startswith(f"{path}.") for known in table.paths)


def _meant(key: str, above: str, value: Value, table: ValueTable, written: Mapping[str, Value]) -> str:
    """The one path beside it whose name resembles the key, and that takes such a value."""
    prefix = f"{above}." if above else ""
    names = {path.removeprefix(prefix).partition(".")[0] for path in table.paths if path.startswith(prefix)}
    free = [name for name in names - written.keys() if _takes(table, f"{prefix}{name}", value)]
    same = [name for name in free if _bare(name) == _bare(key)]
    close = same or difflib.get_close_matches(key, sorted(free), n=2, cutoff=_CLOSE)
    return f"{prefix}{close[0]}" if len(close) == 1 else ""


def _takes(table: ValueTable, path: str, value: Value) -> bool:
    fact = table.value(path)
    return fact is not None and fact.rendered and (fact.type == "map") == value.is_map


def _bare(name: str) -> str:
    return name.replace("-", "").replace("_", "").casefold()
