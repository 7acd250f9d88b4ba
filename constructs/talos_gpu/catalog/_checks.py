"""What a value in a data file may be, told in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from talos_gpu.catalog.version import Version

__all__ = ["Check", "day", "exact_map", "flag", "list_of", "map_of", "number", "one_of", "text", "version"]

Check = Callable[[Any], str]
"""Returns what is allowed instead, or an empty text where the value is right."""

_DAY = re.compile(r"\d{4}-\d{2}(-\d{2})?")


def text(value: Any) -> str:
    """Allows any text that is not empty."""
    return "" if isinstance(value, str) and value else "a text (in quotes where it looks like a number)"


def flag(value: Any) -> str:
    """Allows true and false."""
    return "" if isinstance(value, bool) else "true or false"


def number(value: Any) -> str:
    """Allows a number above zero."""
    return "" if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 else "a number above zero"


def day(value: Any) -> str:
    """Allows a day or month in ISO form."""
    return "" if isinstance(value, str) and _DAY.fullmatch(value) else 'a date such as "2026-11-21"'


def version(value: Any) -> str:
    """Allows a version as text."""
    try:
        Version.parse(value if isinstance(value, str) else "")
    except ValueError:
        return "a version as text: numbers with dots between them"
    return ""


def one_of(*words: str) -> Check:
    """Allows one of the words."""
    return lambda value: "" if value in words else f"one of {', '.join(words)}"


def list_of(check: Check) -> Check:
    """Allows a list whose every item passes `check`."""

    def allowed(value: Any) -> str:
        if not isinstance(value, list):
            return "a list"
        wrong = next((message for message in map(check, value) if message), "")
        return f"a list, each item {wrong}" if wrong else ""

    return allowed


def map_of(check: Check) -> Check:
    """Allows a map whose every value passes `check`."""

    def allowed(value: Any) -> str:
        if not isinstance(value, Mapping):
            return "a map"
        wrong = next((message for message in map(check, value.values()) if message), "")
        return f"a map, each value {wrong}" if wrong else ""

    return allowed


def exact_map(value: Any) -> str:
    """Allows a list of names, or a map of name to tag."""
    if isinstance(value, Mapping):
        return map_of(text)(value)
    return "" if not list_of(text)(value) else "a list of names, or a map of name to tag"
