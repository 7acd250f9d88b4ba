"""YAML text as the Image Factory writes it: the emitter of go-yaml v4 in its default, v3-like layout, to the byte.

Four columns a level, two after a dash, no folding. The odd corners (line separators inside quotes, keys over 128 bytes,
a byte order mark in front) are kept, because the schematic id is the digest of this text.

Source: go.yaml.in/yaml/v4 v4.0.0-rc.4, internal/libyaml/emitter.go and representer.go (read 2026-11-21).
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache

from talos_gpu.schematic.options import OptionMap, OptionValue, Plain
from talos_gpu.schematic.scalar import reads_as_yaml_1_1, resolve

__all__ = ["Style", "emit", "style_of"]

_LEVEL = 4
_LONGEST_SIMPLE_KEY = 128

_SURELY_PLAIN = re.compile(r"siderolabs/[a-z0-9-]*[a-z0-9]")
_BREAKS = "\n\r\x85\u2028\u2029"
_PRINTABLE = "\x20-\x7e\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd"
_SPECIAL = re.compile(f"[^\t\n{_PRINTABLE}]")
_INDICATOR = re.compile(
    "(?:---|\\.\\.\\.)"  # what would begin or end a document
    "|[#,\\[\\]{}&*!|>'\"%@`]"
    "|[?:-](?:[ \t]|\\Z)"
)
_INNER_INDICATOR = re.compile(f":(?:[ \t]|\\Z)|[ \t\0{_BREAKS}]#")
_BREAK = re.compile(f"[{_BREAKS}]")
_BREAK_THEN_BLANK = re.compile(f"[{_BREAKS}] ")
_BLANK_THEN_BREAK = re.compile(f" [{_BREAKS}]")
_LINE_START = re.compile("(?:\\A|(?<=[\n\u2028\u2029]))(?=[^\n\u2028\u2029])")
_AFTER_SEPARATOR = re.compile("(?<=[\u2028\u2029])(?=[^\u2028\u2029])")
_GO_SPACES = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"

_TO_ESCAPE = re.compile(f'[^{_PRINTABLE}]|["\\\\\u2028\u2029]')
_ESCAPES = {
    **dict(zip("\0\a\b\t\n\v\f\r\x1b", "0abtnvfre", strict=True)),
    **dict(zip('"\\\x85\xa0\u2028\u2029', '"\\N_LP', strict=True)),
}


class Style(Enum):
    """How a scalar is written."""

    PLAIN = "plain"
    SINGLE = "single quotes"
    DOUBLE = "double quotes"
    LITERAL = "literal block"


def emit(document: OptionMap) -> str:
    """Return the text of `document`, its entries in the order given."""
    writer = _Writer()
    writer.mapping(document, -1, in_sequence=False)
    writer.start_line(0)
    return "".join(writer.parts)


@lru_cache(maxsize=4096)
def style_of(text: str) -> Style:
    """Return the style in which a string is written, by the rules up to yaml/v4 rc.4."""
    if _SURELY_PLAIN.fullmatch(text):
        return Style.PLAIN
    if "\n" in text:
        return Style.LITERAL if text.strip(_GO_SPACES) and _fits_block(text) else Style.DOUBLE
    if not isinstance(resolve(text), str) or reads_as_yaml_1_1(text):
        return Style.DOUBLE
    if _fits_plain(text):
        return Style.PLAIN
    return Style.SINGLE if _fits_single_quotes(text) else Style.DOUBLE


def _fits_block(text: str) -> bool:
    return not (text.endswith(" ") or _BLANK_THEN_BREAK.search(text) or _SPECIAL.search(text))


def _fits_single_quotes(text: str) -> bool:
    return not (
        "\t" in text or _BLANK_THEN_BREAK.search(text) or _BREAK_THEN_BLANK.search(text) or _SPECIAL.search(text)
    )


def _fits_plain(text: str) -> bool:
    if text.startswith(" ") or text.endswith(" ") or _BREAK.search(text) or not _fits_single_quotes(text):
        return False
    return not (_INDICATOR.match(text) or _INNER_INDICATOR.search(text))


def _escape(text: str) -> str:
    if text.startswith("\ufeff"):
        # go-yaml looks for the mark at the start of the text whichever character it is at, and so escapes all of them.
        return "".join(map(_escape_character, text))
    return _TO_ESCAPE.sub(lambda found: _escape_character(found.group()), text)


def _escape_character(character: str) -> str:
    if character in _ESCAPES:
        return "\\" + _ESCAPES[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _block_header(text: str) -> str:
    indentation = str(_LEVEL) if text.startswith(" ") else ""
    if text[-1] not in _BREAKS:
        return f"|{indentation}-"
    return f"|{indentation}+" if text[-2] in _BREAKS else f"|{indentation}"


def _deeper(indent: int, in_sequence: bool) -> int:
    if indent < 0:
        return 0
    return indent + 2 if in_sequence else _LEVEL * (indent // _LEVEL + 1)


class _Writer:
    """Where the emitter stands: `indented` is true while the line holds only blanks and `-`, `?`, `:` marks."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._column = 0
        self._after_blank = True
        self._indented = True

    def mapping(self, value: OptionMap, indent: int, in_sequence: bool) -> None:
        if not value.entries:
            self._flow("{}")
            return
        indent = _deeper(indent, in_sequence)
        for key, inner in value.entries:
            self.start_line(indent)
            self._key(key, indent)
            self.node(inner, indent, in_sequence=False)

    def sequence(self, value: tuple[OptionValue, ...], indent: int, in_sequence: bool) -> None:
        if not value:
            self._flow("[]")
            return
        indent = _deeper(indent, in_sequence)
        for item in value:
            self.start_line(indent)
            self._mark("-")
            self.node(item, indent, in_sequence=True)

    def node(self, value: OptionValue, indent: int, in_sequence: bool) -> None:
        if isinstance(value, OptionMap):
            self.mapping(value, indent, in_sequence)
        elif isinstance(value, tuple):
            self.sequence(value, indent, in_sequence)
        elif isinstance(value, Plain):
            self._flow(value.text)
        else:
            self._string(value, _deeper(indent, in_sequence))

    def start_line(self, indent: int) -> None:
        """Go to column `indent`: on this line where only marks stand on it and it reaches, else on the next."""
        if not self._indented or self._column > indent or (self._column == indent and not self._after_blank):
            self.parts.append("\n")
            self._column = 0
        self.parts.append(" " * (indent - self._column))
        self._column = indent
        self._after_blank = self._indented = True

    def _key(self, key: str | Plain, indent: int) -> None:
        text = key if isinstance(key, str) else key.text
        if len(text.encode()) <= _LONGEST_SIMPLE_KEY and not _BREAK.search(text):
            self.node(key, indent, in_sequence=False)
            self.parts.append(":")
            return
        self._mark("?")
        self.node(key, indent, in_sequence=False)
        self.start_line(indent)
        self._mark(":")

    def _string(self, text: str, indent: int) -> None:
        style = style_of(text)
        if style is Style.PLAIN:
            self._flow(text)
        elif style is Style.SINGLE:
            self._flow("'" + _AFTER_SEPARATOR.sub(" " * indent, text.replace("'", "''")) + "'")
        elif style is Style.DOUBLE:
            self._flow(f'"{_escape(text)}"')
        else:
            self._flow(_block_header(text) + "\n" + _LINE_START.sub(" " * indent, text))
            if text[-1] in _BREAKS:
                self._column = 0
                self._after_blank = self._indented = True

    def _flow(self, text: str) -> None:
        """Write what needs a line of its own after it. The column is not followed: no mark can come behind."""
        self.parts.append(text if self._after_blank else " " + text)
        self._after_blank = self._indented = False

    def _mark(self, mark: str) -> None:
        self.parts.append(mark if self._after_blank else " " + mark)
        self._column += len(mark) + (not self._after_blank)
        self._after_blank = False
