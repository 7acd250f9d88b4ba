"""A row of a data file, whose values become facts with their source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from talos_gpu.catalog.fact import Fact, Missing, Source, Stated, Verdict

__all__ = ["Row"]

_NOBODY = "no source names it"


@dataclass(frozen=True, slots=True)
class Row:
    """Values of one thing. `origins` names the source of a key where it is not the row's own.

    Three keys speak of others: `derived` and `notes` (how a value follows), `missing` (why there is none) and
    `lastKnown` (its newest neighbour).
    """

    values: Mapping[str, Any]
    source: Source
    origins: Mapping[str, Source] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        """Returns the plain value, or `default`."""
        return self.values.get(key, default)

    def fact(self, key: str, what: str, declare: tuple[str, ...] = ()) -> Fact[Any]:
        """Returns the value as a fact: stated with its source, or missing with the reason."""
        value = self.values.get(key)
        if value is None:
            return self._missing(key, what, declare)
        if isinstance(value, Mapping) and "value" in value:
            return Stated(value["value"], self.source_of(key, value), value.get("note", ""))
        return Stated(value, self.source_of(key, {}), self._note(key))

    def stated(self, key: str, what: str, declare: tuple[str, ...] = ()) -> Fact[str]:
        """Returns the value as text: a number in a file (a `12.8` without quotes) is written out."""
        fact = self.fact(key, what, declare)
        return fact if isinstance(fact, Missing) else Stated(str(fact.value), fact.source, fact.note)

    def verdict(self, key: str) -> Verdict:
        """Returns the verdict that is written at `key` as answer, reason and source."""
        value = self.values[key]
        return Verdict(value["answer"], value["reason"], self.source_of(key, value))

    def source_of(self, key: str, value: Mapping[str, Any]) -> Source:
        """Returns who states the value at `key`: the value itself may name its source."""
        own = value.get("source")
        if isinstance(own, str):
            return Source(own, self.source.checked, self.source.declared)
        return self.origins.get(key, self.source)

    def _note(self, key: str) -> str:
        return str(self.get("derived", {}).get(key) or self.get("notes", {}).get(key) or "") if self._speaks() else ""

    def _speaks(self) -> bool:
        return isinstance(self.get("derived", {}), Mapping) and isinstance(self.get("notes", {}), Mapping)

    def _missing(self, key: str, what: str, declare: tuple[str, ...]) -> Missing:
        note = str(self.get("missing", {}).get(key, _NOBODY))
        return Missing(what, note, str(self.get("lastKnown", {}).get(key, "")), declare)
