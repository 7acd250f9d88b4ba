"""Values of a type that a chart's templates drop or fail on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.catalog import ValueTable
from talos_gpu.finding import Edit
from talos_gpu.inventory import UNKNOWN, Value

__all__ = ["Mistyped", "mistyped"]

_ANY = frozenset(("any", "null"))
_KINDS = {bool: "boolean", str: "string", int: "number", float: "number", list: "list", dict: "map"}
_NAMES = {"bool": "boolean", "int": "number", "float": "number"}


@dataclass(frozen=True, slots=True)
class Mistyped:
    """A value of the wrong type; `dropped` where the chart goes on without it, else it cannot be installed."""

    value: Value
    path: str
    found: str
    wanted: str
    dropped: bool
    trap: str = ""
    """What else the chart makes of it, where it does something worse than to drop it."""

    @property
    def fix(self) -> tuple[Edit, ...]:
        """The edit that takes the quotes off a boolean."""
        text = self.value.text
        if self.wanted != "boolean" or text not in ("true", "false"):
            return ()
        return (Edit(self.value.place, f'"{text}"', text),)


def mistyped(values: Value, table: ValueTable, above: str = "") -> Iterator[Mistyped]:
    """Every value of the map whose type the chart does not take."""
    for key, value in values.pairs():
        path = f"{above}.{key}" if above else key
        fact = table.value(path)
        if fact is None or not fact.rendered or value.is_null or value.opaque:
            continue
        wrong = _typed(path, value, table) or _shaped(path, value, fact.type)
        if wrong is not None:
            yield wrong
        elif value.is_map and fact.type == "map":
            yield from mistyped(value, table, path)


def _typed(path: str, value: Value, table: ValueTable) -> Mistyped | None:
    data = value.data
    effect = "read" if data is UNKNOWN else table.effect(path, data)
    fact = table.value(path)
    if fact is None or effect not in ("dropped", "template-error"):
        return None
    wanted = " or ".join(_NAMES.get(kind, kind) for kind in fact.emitted_only_if or fact.fails_unless)
    trap = next((trap.text for trap in table.traps.get(path, ()) if trap.effect == "changed"), "")
    return Mistyped(value, path, _kind(value), wanted, effect == "dropped", trap)


def _shaped(path: str, value: Value, declared: str) -> Mistyped | None:
    """A scalar, a list or a map in the place of another of them."""
    wanted = declared if declared in ("map", "list") else "scalar"
    found = "map" if value.is_map else "list" if value.is_list else "scalar"
    if declared in _ANY or found == wanted:
        return None
    shown = declared if wanted != "scalar" else _NAMES.get(declared, declared)
    return Mistyped(value, path, _kind(value), shown, dropped=False)


def _kind(value: Value) -> str:
    return _KINDS.get(type(value.data), "map" if value.is_map else "value")
