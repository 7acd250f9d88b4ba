"""One YAML scalar as a person writes it, read alike by YAML 1.1 and YAML 1.2.

Plain wherever both versions read the same string back; otherwise in quotes. The tables below are fixed on purpose:
`str.isprintable` and its kin change with the Unicode data of the Python that runs, and so would the bytes.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache

from talos_gpu.errors import InternalError

__all__ = ["LITERALS", "UNPRINTABLE", "key_text", "scalar_text", "string_text"]

LITERALS = frozenset({"|", "|-", "|+"})
"""What `string_text` answers for a string that is best written as a literal block: the block's own header."""

UNPRINTABLE = (
    "\x00-\x08\x0b-\x1f\x7f-\xa0\xad"  # controls, no-break space, soft hyphen
    "\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff9-\uffff"  # spaces, bidi marks, joiners
    "\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff"  # surrogates, format characters, tags
)
"""The inside of a character class: what a reader cannot see, or what changes the order of what he sees."""

_ESCAPED = re.compile(f'[{UNPRINTABLE}\t\n"\\\\]')
_UNPRINTABLE = re.compile(f"[{UNPRINTABLE}]")
_NAMED = {"\t": "\\t", "\n": "\\n", '"': '\\"', "\\": "\\\\", "\x00": "\\0", "\r": "\\r", "\x1b": "\\e"}

_WORDS = frozenset(
    spelling
    for word in ("null", "true", "false", "yes", "no", "on", "off", "y", "n")
    for spelling in (word, word.capitalize(), word.upper())
) | {"", "~", "=", "<<", "-"}
"""Strings that YAML 1.1 or 1.2 reads as something else, or not at all."""

_NUMBER = re.compile(
    r"[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO][0-7_]+|0[bB][01_]+"
    r"|[0-9][0-9_]*(?::[0-9_]+)*(?:\.[0-9_]*)?(?:[eE][-+]?[0-9_]+)?"
    r"|\.[0-9_]+(?:[eE][-+]?[0-9_]+)?|\.(?:inf|Inf|INF))"
    r"|[-+][0-9_]+"
    r"|\.(?:nan|NaN|NAN)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)?"
)
"""Integers (octal, hexadecimal, binary, sexagesimal, with underscores or of them alone), floats, and timestamps."""

_NOT_PLAIN = re.compile(r"""[\s,\[\]{}#&*!|>'"%@`?:]|- |---|\.\.\.|.*(?:: | \#|[: \t]\Z|\t)""", re.DOTALL)
"""Begins with an indicator, looks like a comment, a map or a document mark, or has blanks that would be lost."""

_SIMPLE_KEY_LIMIT = 1000
"""YAML allows a key without `?` at most 1,024 characters, escapes counted."""


@lru_cache(maxsize=1 << 16)
def string_text(text: str) -> str:
    """How `text` is written on one line, or one of `LITERALS` when a literal block says it better."""
    if "\n" in text and _suits_literal(text):
        return "|-" if text[-1] != "\n" else "|+" if text.endswith("\n\n") else "|"
    if _UNPRINTABLE.search(text) or "\n" in text or "\t" in text:
        return _double(text)
    if text not in _WORDS and not _NOT_PLAIN.match(text) and not _NUMBER.fullmatch(text):
        return text
    if '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


@lru_cache(maxsize=1 << 14)
def key_text(key: str) -> str:
    """How the map key `key` is written, up to and without its colon; a key beyond YAML's limit begins with `? `."""
    text = string_text(key)
    if text in LITERALS:
        text = _double(key)
    return f"? {text}" if len(text) > _SIMPLE_KEY_LIMIT else text


def scalar_text(value: object) -> str:
    """How `value` is written; raises InternalError if it is nothing that both YAML versions have."""
    if value is None:
        return "null"
    if isinstance(value, str):
        return string_text(str(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return _float(float(value))
    raise InternalError(f"a {type(value).__name__} cannot be written as YAML: {value!r}")


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if math.isinf(value):
        return ".inf" if value > 0 else "-.inf"
    mantissa, mark, exponent = repr(value).partition("e")
    if mark and "." not in mantissa:
        mantissa += ".0"  # YAML 1.1 reads 1e-07 as a string
    return mantissa + mark + exponent


def _suits_literal(text: str) -> bool:
    """Every line shows what it is: nothing invisible, no line of blanks only, no first line that begins with one."""
    if _UNPRINTABLE.search(text) or not text.strip("\n") or text.lstrip("\n")[0] in " \t":
        return False
    return all(line.strip(" \t") or not line for line in text.split("\n"))


def _double(text: str) -> str:
    return f'"{_ESCAPED.sub(_escape, text)}"'


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if 0xD800 <= code <= 0xDFFF:
        raise InternalError(f"half a character cannot be written as YAML: \\u{code:04x}")
    if character in _NAMED:
        return _NAMED[character]
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
