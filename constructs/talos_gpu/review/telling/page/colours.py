"""The words of a line by what they are, so that they can be coloured: YAML, JSON, shell, Markdown, HCL and TOML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

__all__ = ["Token", "tokens"]

Token = tuple[str, str]
"""A class and the text; without a class for what has no colour. k: key, s: string, n: number or literal, c: comment,
v: variable or anchor, h: heading or marker of a document."""

_SHORT = 2000
"""Longer lines have no colours: nobody reads them, and no expression shall work on a stranger's megabyte."""

_QUOTED = r"\"(?:[^\"\\]|\\.){0,200}\"|'(?:[^']|''){0,200}'"
_KEY = re.compile(rf"(?P<k>{_QUOTED}|[^\s#&*!|>'\"%@`{{}}\[\],-][^#:]*|-[^\s:#][^#:]*)(?P<colon>:)(?=\s|$)")
_LEAD = re.compile(r"\s*(?:- +)*")
_BLOCK = re.compile(r"(?:^|[\s:-])[|>][0-9+-]{0,2}\s*(?:#.*)?$")
_VALUE = re.compile(
    rf"(?P<c>(?:(?<=\s)|^)#.*)|(?P<s>{_QUOTED})|(?P<v>(?<![\w/.])[&*!][\w/.!-]+)"
    r"|(?P<n>(?<![\w.:/@-])(?:true|false|null|~|[+-]?\d+(?:\.\d+)*)(?=[\s,\]}]|$))"
)
_SHELL = re.compile(
    rf"(?P<c>(?:(?<=\s)|^)#.*)|(?P<s>{_QUOTED})|(?P<v>\$\w+|\$\{{[^}}]{{0,100}}\}})|(?P<k>(?:(?<=\s)|^)--?[A-Za-z][\w-]*)"
)
_CONFIG = re.compile(
    rf"(?P<c>(?:(?<=\s)|^)(?:\#|//).*)|(?P<s>{_QUOTED})|(?P<h>^\s*\[[^\]]*\]\s*$)|(?P<k>(?<![\w.-])[\w.-]{{1,60}}(?=\s{{0,9}}=))"
    r"|(?P<v>[$%]\{[^}]{0,100}\})|(?P<n>(?<![\w.-])(?:true|false|null|\d+(?:\.\d+)*)(?![\w.-]))"
)
_MARKDOWN = re.compile(r"(?P<h>^#{1,6} .*|^(?:```|~~~).*)|(?P<s>`[^`]+`)|(?P<v><?https?://[^\s>)]+>?)|(?P<c>^<!--.*)")


def tokens(file: str, lines: Iterable[str]) -> Iterator[tuple[Token, ...]]:
    """The tokens of each line; joined they are the line."""
    ending = file.rpartition(".")[2].lower()
    if ending in {"yaml", "yml", "json"}:
        yield from _yaml(lines)
        return
    pattern = _PATTERNS.get(ending)
    read: Callable[[str], tuple[Token, ...]] = _whole if pattern is None else lambda line: tuple(_scan(pattern, line))
    for line in lines:
        yield _whole(line) if len(line) > _SHORT else read(line)


def _whole(line: str) -> tuple[Token, ...]:
    return (("", line),) if line else ()


def _yaml(lines: Iterable[str]) -> Iterator[tuple[Token, ...]]:
    """Lines of a block scalar are text, whatever they look like."""
    inside: int | None = None
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        if inside is not None and (not line.strip() or indent > inside):
            yield (("s", line),) if line else ()
            continue
        inside = None
        if len(line) > _SHORT:
            yield _whole(line)
            continue
        if _BLOCK.search(line):
            inside = indent
        yield tuple(_yaml_line(line))


def _yaml_line(line: str) -> Iterator[Token]:
    if line.startswith(("---", "...", "%")):
        yield "h", line
        return
    start = 0
    lead = _LEAD.match(line)
    if lead and lead.end():
        yield "", lead[0]
        start = lead.end()
    key = _KEY.match(line, start)
    if key:
        yield "k", key["k"]
        yield "", ":"
        start = key.end()
    yield from _scan(_VALUE, line, start)


def _scan(pattern: re.Pattern[str], line: str, start: int = 0) -> Iterator[Token]:
    for match in pattern.finditer(line, start):
        if match.start() > start:
            yield "", line[start : match.start()]
        yield match.lastgroup or "", match[0]
        start = match.end()
    if start < len(line):
        yield "", line[start:]


_PATTERNS = {
    "sh": _SHELL,
    "md": _MARKDOWN,
    "tf": _CONFIG,
    "tftpl": _CONFIG,
    "hcl": _CONFIG,
    "toml": _CONFIG,
    "conf": _CONFIG,
}
