"""Words of a command, so quoted that a POSIX shell reads each back as it was."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable

__all__ = ["quote", "quote_json", "words"]

_CONTROL = re.compile("[\x00-\x1f\x7f]")


def quote(word: object) -> str:
    """Returns one word of a command on one line; control characters, which no name may hold, become `?`.

    A line break inside quotes could end the fence that the command is printed in.
    """
    return shlex.quote(_CONTROL.sub("?", str(word)))


def words(items: Iterable[object]) -> str:
    """Returns several words, separated by blanks."""
    return " ".join(quote(item) for item in items)


def quote_json(value: object) -> str:
    """Returns `value` as JSON in one quoted word."""
    return quote(json.dumps(value, ensure_ascii=True))
