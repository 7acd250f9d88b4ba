"""Words of a command, so quoted that a POSIX shell reads each back as it was."""

from __future__ import annotations

import json
from collections.abc import Iterable

from talos_gpu.talos.shell import quote

__all__ = ["quote", "quote_json", "words"]


def words(items: Iterable[object]) -> str:
    """Returns several words, separated by blanks."""
    return " ".join(quote(item) for item in items)


def quote_json(value: object) -> str:
    """Returns `value` as JSON in one quoted word."""
    return quote(json.dumps(value, ensure_ascii=True))
