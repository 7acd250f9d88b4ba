"""Which value paths one chart version reads, and which it drops in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from talos_gpu.catalog._data import parse
from talos_gpu.catalog.fact import Source

__all__ = ["Effect", "Trap", "ValueFact", "ValueTable"]

Effect = Literal["read", "ignored", "dropped", "template-error"]
"""What a chart makes of a value: it reads it, ignores the path, drops the value for its type, or fails."""

_TYPES: Mapping[type, str] = {bool: "bool", str: "string", int: "int", float: "float", list: "list", tuple: "list"}


@dataclass(frozen=True, slots=True)
class ValueFact:
    """What a chart makes of one value path.

    `default` is the chart's own (None with `has_default` False: none). `open_map`: children are free.
    `rendered` False: silently ignored. `emitted_only_if` / `fails_unless` name the types that a value must have.
    `when`: alternatives under which the value counts. `via`: `condition` or `validation` where it is only tested.
    """

    path: str
    type: str
    rendered: bool
    declared: bool
    has_default: bool
    default: object
    open_map: bool
    open_when: str
    via: str
    when: tuple[str, ...]
    emitted_only_if: tuple[str, ...]
    fails_unless: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Trap:
    """A value that does not do what it says, with what happens and what to write instead.

    `fails` are the types at which the templates fail, though they only drop others that they do not want.
    """

    path: str
    effect: Literal["ignored", "type", "changed"]
    text: str
    instead: str
    fails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ValueTable:
    """All value paths of one chart version, dotted. `traps` maps a path to what is treacherous about it."""

    shape: str
    lines: Mapping[str, str]
    traps: Mapping[str, tuple[Trap, ...]]
    source: Source

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that the chart knows."""
        return tuple(self.lines)

    def value(self, path: str) -> ValueFact | None:
        """Returns what the chart makes of `path`, or None where it does not know it: it is ignored then.

        A path below a free map is known, with type `any`.
        """
        if path in self.lines:
            return _value_fact(path, parse(self.lines[path]))
        above = self._nearest_above(path)
        if above is None or not (above.open_map and above.rendered):
            return None
        return ValueFact(
            path, "any", True, False, False, None, True, above.open_when, above.via, above.when, (), (), above.note
        )

    def effect(self, path: str, value: object) -> Effect:
        """Says what happens to `value` at `path`."""
        fact = self.value(path)
        if fact is None or not fact.rendered:
            return "ignored"
        if value is None:
            return "read"
        kind = _TYPES.get(type(value), "map")
        fails = any(kind in trap.fails for trap in self.traps.get(path, ()))
        if fails or (fact.fails_unless and kind not in fact.fails_unless):
            return "template-error"
        if fact.emitted_only_if and kind not in fact.emitted_only_if:
            return "dropped"
        return "read"

    def _nearest_above(self, path: str) -> ValueFact | None:
        words = path.split(".")
        for length in range(len(words) - 1, 0, -1):
            above = ".".join(words[:length])
            if above in self.lines:
                return _value_fact(above, parse(self.lines[above]))
        return None


def _value_fact(path: str, entry: Mapping[str, Any]) -> ValueFact:
    return ValueFact(
        path=path,
        type=entry["type"],
        rendered=entry.get("rendered", True),
        declared=entry.get("declared", True),
        has_default="default" in entry,
        default=entry.get("default"),
        open_map=bool(entry.get("open") or entry.get("openWhen")),
        open_when=_joined(entry.get("openWhen", "")),
        via=entry.get("via", ""),
        when=_texts(entry.get("when", ())),
        emitted_only_if=_texts(entry.get("emittedOnlyIf", ())),
        fails_unless=_texts(entry.get("failsUnless", ())),
        note=_joined(entry.get("note", "")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(str(item) for item in value)


def _joined(value: Any) -> str:
    return " or ".join(_texts(value))
