"""The events of a YAML file, within limits.

libyaml's parser keeps its state on the heap and survives any input; its composer recurses and crashes on deep
nesting. So only events are taken from it, and counted as they come.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any

import yaml

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position

__all__ = ["MAX_ALIASES", "MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "read_events"]

MAX_BYTES = 1 << 20
MAX_DEPTH = 64
"""Collections inside one another; what an alias stands for counts where the alias stands."""
MAX_NODES = 100_000
"""Scalars and collections together; what an alias stands for counts again."""
MAX_ALIASES = 1_000

_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_ADVICE = {
    "found character that cannot start any token": "Put a value that begins with `@`, a backtick or `%` in quotes.",
    "mapping values are not allowed in this context": "Put a value that holds `: ` in quotes, and check the indentation "
    "of this line and the one above.",
    "could not find expected ':'": "A key needs a colon and a blank after it; a text of several lines needs `|`.",
    "did not find expected key": "Check the indentation of this line against the keys above it.",
    "did not find expected '-' indicator": "Entries of one list start in the same column.",
    "did not find expected ',' or ']'": "Close the list with `]`, and put commas between its entries.",
    "did not find expected ',' or '}'": "Close the map with `}`, and put commas between its entries.",
    "found unexpected end of stream": "A quote, bracket or brace that opens here or above is never closed.",
    "found unknown escape character": "Backslashes are special in double quotes: use single quotes, or double them.",
}


def read_events(data: bytes, file: str) -> Iterator[Any]:
    """Yield the PyYAML events of `data`, lazily, so that nothing after the last one asked for matters.

    Raises:
        NotUnderstood: where the bytes are not UTF-8, the syntax is wrong, or a limit of this module is passed.

    """
    text = _checked_text(data, file)
    depth = nodes = aliases = 0
    try:
        for event in yaml.parse(text.encode(), Loader=yaml.CSafeLoader):
            yield event
            if isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
                continue
            nodes += isinstance(event, yaml.NodeEvent)
            depth += isinstance(event, yaml.CollectionStartEvent)
            aliases += isinstance(event, yaml.AliasEvent)
            if depth > MAX_DEPTH or nodes > MAX_NODES or aliases > MAX_ALIASES:
                raise _refusal(_place(file, event.start_mark), _limit_passed(depth, nodes))
    except yaml.YAMLError as error:
        raise _syntax_error(error, text, file) from None


def _checked_text(data: bytes, file: str) -> str:
    if len(data) > MAX_BYTES:
        raise _refusal(Position(file), f"the file has {len(data):,} bytes; at most {MAX_BYTES:,} are read")
    if data.startswith(_UTF_16) or b"\x00" in data[:2]:
        raise _refusal(Position(file, 1, 1), "the file looks like UTF-16, UTF-32 or binary data", "Save it as UTF-8.")
    try:
        text = data.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(errors="replace")
        raise _refusal(
            _end_of(before, file), f"byte {data[error.start]:#04x} is not UTF-8", "Save it as UTF-8."
        ) from None
    if found := _NOT_ALLOWED.search(text):
        message = f"the character U+{ord(found.group()):04X} is not allowed in YAML"
        raise _refusal(_end_of(text[: found.start()], file), message, "Write it as an escape in double quotes.")
    return text


def _limit_passed(depth: int, nodes: int) -> str:
    if depth > MAX_DEPTH:
        return f"more than {MAX_DEPTH} lists and maps inside one another"
    if nodes > MAX_NODES:
        return f"more than {MAX_NODES:,} values in one file"
    return f"more than {MAX_ALIASES:,} aliases in one file"


def _syntax_error(error: yaml.YAMLError, text: str, file: str) -> NotUnderstood:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    message = f"not YAML: {problem}"
    if mark is None:
        return _refusal(Position(file), message)
    # libyaml places what is missing at the end behind the last line.
    place = min(_place(file, mark), _end_of(text, file))
    if _character_at(text, mark) == "\t" and "cannot start any token" in problem:
        return _refusal(place, "a tab where YAML wants blanks", "Indent with blanks, never with tabs.")
    return _refusal(place, message, _ADVICE.get(problem, "Check quotes, brackets and indentation here."))


def _character_at(text: str, mark: Any) -> str:
    lines = _LINE_BREAK.split(text)
    line = lines[mark.line] if mark.line < len(lines) else ""
    return line[mark.column : mark.column + 1]


def _end_of(text: str, file: str) -> Position:
    lines = _LINE_BREAK.split(text)
    return Position(file, len(lines), len(lines[-1]) + 1)


def _place(file: str, mark: Any) -> Position:
    return Position(file, mark.line + 1, mark.column + 1)


def _refusal(position: Position, message: str, remedy: str = "") -> NotUnderstood:
    return NotUnderstood([Finding(position, "", message, remedy)])
