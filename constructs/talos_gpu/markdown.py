"""Text that Markdown shows as it is written: escaped by default, finished only where a function here says so."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["Finished", "cell", "code", "fence", "origin", "plain", "plain_text", "prose"]

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_SPECIAL = re.compile(
    r"[\\`*\[\]<>|~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|&(?=[#A-Za-z0-9]+;)|^[#+-](?=[\s#])|^[=-]{2,}$|^\d+(?=[.)]\s)"
)
_SPAN = re.compile(r"`([^`]+)`")
_ADDRESS = re.compile(r"https?://[^\s<>`|\"]+[^\s<>`|\".,;:)]")
_RUNS = re.compile(r"`+")
_KEPT = 4096
"""How many texts are kept escaped: those of the data files and most decisions come again with every cluster."""

_BARE_PIPE = re.compile(r"(?<!\\)\|")


class Finished(str):
    """Markdown that needs no more escaping."""

    __slots__ = ()


def plain(value: object) -> Finished:
    """Returns `value` so that Markdown shows exactly its characters, in a sentence or in a table's cell."""
    return _plain(str(value))


def prose(value: object) -> Finished:
    """Returns a sentence in which `code spans` and addresses stay what they are, and everything else is escaped."""
    return _prose(str(value))


def code(value: object) -> Finished:
    """Returns `value` as a code span; a pipe in it is escaped, as a table's cell asks."""
    return _code(str(value))


@lru_cache(maxsize=_KEPT)
def _plain(value: str) -> Finished:
    return Finished(_SPECIAL.sub(_escape, _one_line(value)))


@lru_cache(maxsize=_KEPT)
def _prose(value: str) -> Finished:
    parts: list[str] = []
    for number, part in enumerate(_SPAN.split(_one_line(value))):
        parts.append(code(part) if number % 2 else _linked(part))
    return Finished("".join(parts))


@lru_cache(maxsize=_KEPT)
def _code(value: str) -> Finished:
    text = _one_line(value)
    fence = "`" * (max((len(run) for run in _RUNS.findall(text)), default=0) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return Finished(f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|"))


def origin(source: str) -> Finished:
    """Returns a source as a link where it is an address, as a code span else, as a dash where there is none."""
    if not source:
        return Finished("-")
    if _ADDRESS.fullmatch(source):
        return Finished(f"<{source}>")
    return code(source) if " " not in source else prose(source)


@lru_cache(maxsize=_KEPT)
def cell(markdown: str) -> Finished:
    """Returns finished Markdown as a table's cell: on one line, its bare pipes escaped."""
    return Finished(_BARE_PIPE.sub(r"\\|", _one_line(markdown)))


def plain_text(value: object) -> Finished:
    """Returns `value` for the inside of a fence or a code span, where nothing is escaped: one line, no backquotes."""
    return Finished(_one_line(value).replace("`", "'"))


def fence(text: str, language: str, indent: int = 0) -> Finished:
    """Returns `text` as a fenced block that its content cannot close, indented to belong to a list's item."""
    marks = "`" * max(3, max((len(run) + 1 for run in _RUNS.findall(text)), default=0))
    lines = [f"{marks}{language}", *(_CONTROL.sub("", line) for line in text.strip("\n").split("\n")), marks]
    return Finished("\n".join(" " * indent + line if line else "" for line in lines))


def _one_line(value: object) -> str:
    return _CONTROL.sub(" ", str(value)).strip()


def _escape(match: re.Match[str]) -> str:
    found = match[0]
    return f"{found}\\" if found.isdigit() else f"\\{found}"


def _linked(text: str) -> str:
    parts: list[str] = []
    end = 0
    for address in _ADDRESS.finditer(text):
        parts += [_SPECIAL.sub(_escape, text[end : address.start()]), f"<{address[0]}>"]
        end = address.end()
    return "".join([*parts, _SPECIAL.sub(_escape, text[end:])])
