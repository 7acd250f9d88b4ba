"""The free map of an overlay's options: frozen, exact in its types, in the order in which the factory writes it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cmp_to_key
from itertools import combinations
from math import isnan
from typing import Any
from unicodedata import ucd_3_2_0

from talos_gpu.schematic.scalar import Scalar, Timestamp, resolve, write

__all__ = ["OptionMap", "OptionValue", "Plain", "freeze"]


@dataclass(frozen=True, slots=True)
class Plain:
    """A value that is no string, as the factory writes it: `true`, `3`, `1e+06`, `null`, a date.

    Kept as text, so that equality is that of the canonical text: in Python 1 equals True.
    """

    text: str


@dataclass(frozen=True, slots=True)
class OptionMap:
    """A map of options; `entries` are in the factory's order, no key stands twice."""

    entries: tuple[tuple[str | Plain, OptionValue], ...] = ()

    @classmethod
    def of(cls, pairs: Iterable[tuple[Scalar, OptionValue]]) -> OptionMap:
        """Return the map of `pairs`, sorted; of equal keys the last one wins."""
        # Go tells 1, 1.0 and true apart as keys, Python does not.
        unique = {(type(key), key): (key, value) for key, value in pairs}
        ordered = sorted(unique.values(), key=lambda pair: _SORT_KEY(pair[0]))
        return cls(tuple(_entry(key, value) for key, value in ordered))

    def has_one_order(self) -> bool:
        """Tell whether go-yaml's comparison of keys is consistent here; else it writes them in an order of chance."""
        if any(key == Plain(".nan") for key, _ in self.entries):
            return False
        keys = [key for key, _ in self.entries if isinstance(key, str)]
        return not any(_is_naturally_less(later, earlier) for earlier, later in combinations(keys, 2))

    def young_characters(self) -> Iterator[str]:
        """Yield the characters by which keys are sorted and that Unicode 3.2 did not know: tables differ on them."""
        keys = [key for key, _ in self.entries if isinstance(key, str)]
        for key in keys if len(keys) > 1 else ():
            yield from (character for character in key if ucd_3_2_0.category(character) == "Cn")

    def __bool__(self) -> bool:
        return bool(self.entries)


OptionValue = str | Plain | OptionMap | tuple["OptionValue", ...]


def freeze(value: Any) -> OptionValue:
    """Return Python data (maps, lists, scalars) as an option value.

    Raises:
        TypeError: something that YAML has no word for.

    """
    if isinstance(value, str | Plain | OptionMap):
        return value
    if isinstance(value, Mapping):
        return OptionMap.of((_key(key), freeze(inner)) for key, inner in value.items())
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return Plain(write(_key(value)))


def _entry(key: Scalar, value: OptionValue) -> tuple[str | Plain, OptionValue]:
    if isinstance(key, str):
        return key, value
    # A Go map never finds NaN again: the value behind it is lost.
    return Plain(write(key)), Plain("null") if isinstance(key, float) and isnan(key) else value


def _key(value: Any) -> Any:
    if isinstance(value, bool) or value is None or isinstance(value, str | Timestamp | float):
        return value
    if isinstance(value, int):
        return resolve(str(int(value)))
    raise TypeError(f"an overlay option cannot hold a {type(value).__name__}")


def _compare(left: Scalar, right: Scalar) -> int:
    if _is_less(left, right):
        return -1
    return 1 if _is_less(right, left) else 0


def _is_less(left: Scalar, right: Scalar) -> bool:
    """Tell whether go-yaml writes `left` first (representer.go, keyList.Less, v4.0.0-rc.4)."""
    if isinstance(left, int | float) and isinstance(right, int | float):
        if float(left) != float(right):
            return float(left) < float(right)
        kinds = _kind(left), _kind(right)
        return kinds[0] < kinds[1] if kinds[0] != kinds[1] else left < right
    if isinstance(left, str) and isinstance(right, str):
        return _is_naturally_less(left, right)
    return _kind(left) < _kind(right)


def _kind(value: Scalar) -> int:
    """Return Go's reflect.Kind of a key."""
    if value is None:
        return 20
    if isinstance(value, bool):
        return 1
    if isinstance(value, int):
        return 2 if value < 1 << 63 else 11
    if isinstance(value, float):
        return 14
    return 24 if isinstance(value, str) else 25


def _is_naturally_less(left: str, right: str) -> bool:
    digits = False
    for index, (one, other) in enumerate(zip(left, right, strict=False)):
        if one == other:
            digits = _is_digit(one)
            continue
        letters = _is_letter(one), _is_letter(other)
        if all(letters):
            return one < other
        if any(letters):
            return letters[0] if digits else letters[1]
        return _is_number_less(left, right, index)
    return len(left) < len(right)


def _is_number_less(left: str, right: str, index: int) -> bool:
    """Compare the numbers that start at `index`, where the two texts begin to differ."""
    start = 0
    if "0" in (left[index], right[index]):
        before = left[:index]
        while before and _is_digit(before[-1]):
            if before[-1] != "0":
                start = 1
                break
            before = before[:-1]
    one, one_end = _number(left, index, start)
    other, other_end = _number(right, index, start)
    if one != other:
        return one < other
    if one_end != other_end:
        return one_end < other_end
    return left[index] < right[index]


def _number(text: str, index: int, number: int) -> tuple[int, int]:
    while index < len(text) and _is_digit(text[index]):
        # Go's int64 wraps around.
        number = (number * 10 + ord(text[index]) - ord("0") + (1 << 63)) % (1 << 64) - (1 << 63)
        index += 1
    return number, index


def _is_digit(character: str) -> bool:
    return unicodedata.category(character) == "Nd"


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] == "L"


_SORT_KEY = cmp_to_key(_compare)
