"""Strangers' text where somebody else reads it: a terminal, a CI system's log, a comment, a spreadsheet."""

from __future__ import annotations

import json
import re
from typing import Any

__all__ = [
    "cell_of_csv",
    "json_text",
    "log_line",
    "mention_free",
    "printable",
    "property_value",
    "quiet",
    "workflow_data",
]

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_COMMAND = re.compile(r"##(?=[A-Za-z]*\[)")
"""How GitHub (`##[`), Azure (`##vso[`) and TeamCity begin a command, wherever it stands in a line."""
_VERBATIM = re.compile(r"(`+[^`]+`+|<https?://[^>]+>)")
_CALLS = re.compile(r"[@#]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def printable(text: str) -> str:
    """The text without what could steer a terminal: control and bidi characters are shown escaped.

    So are the halves of characters that stand for the bytes of a file's name that is no UTF-8: none can be printed.
    """
    return _UNSAFE.sub(lambda match: match.group().encode("unicode_escape").decode(), text)


def quiet(text: str) -> str:
    """Printable text in which nothing begins a command in the middle of a line."""
    return _COMMAND.sub("# #", printable(text))


def log_line(text: str) -> str:
    """One line that no CI system takes for a command: GitHub reads `::` at its start as one, after blanks too."""
    line = quiet(text).replace("\n", " ")
    return f"| {line}" if line.lstrip().startswith("::") else line


def json_text(document: Any) -> str:
    """The document as ASCII, indented; where a command would begin in it, it is spelt otherwise and means the same."""
    return _COMMAND.sub(r"#\\u0023", json.dumps(document, indent=2))


def workflow_data(text: str) -> str:
    """The text as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_value(text: str) -> str:
    """The text as a property of a workflow command."""
    return workflow_data(text).replace(":", "%3A").replace(",", "%2C")


def mention_free(markdown: str) -> str:
    """Markdown in which `@name` calls nobody and `#1` links nothing; code spans and addresses stay as they are.

    A space without width follows the sign: GitHub decodes entities before it looks for names.
    """
    parts = _VERBATIM.split(markdown)
    return "".join(
        part if number % 2 else _CALLS.sub(lambda match: f"&#{ord(match[0])};&#8203;", part)
        for number, part in enumerate(parts)
    )


def cell_of_csv(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
