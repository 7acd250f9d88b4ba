"""HCL as far as it is plain data: blocks, maps, lists and texts with their places. What is computed is opaque.

The name of a local value is written as in a text: `${local.name}`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from talos_gpu.finding import Position
from talos_gpu.inventory.tree import list_of
from talos_gpu.yaml_events import MAX_DEPTH, MappingNode, Node, ScalarNode, SequenceNode

__all__ = ["Hcl", "Heredoc", "read_hcl"]

_COMMENT = r"#[^\n]*|//[^\n]*|/\*.*?(?:\*/|\Z)"
_BLANK = re.compile(rf"(?:[ \t\r]|{_COMMENT})*", re.DOTALL)
_BLANK_LINES = re.compile(rf"(?:[ \t\r\n]|{_COMMENT})*", re.DOTALL)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?![A-Za-z0-9_.])")
_LOCAL = re.compile(r"local\.[A-Za-z_][A-Za-z0-9_-]*")
_HEREDOC = re.compile(r"<<-?(?P<mark>[A-Za-z_][A-Za-z0-9_-]*)[ \t\r]*\n")
_CONSTANTS = frozenset({"true", "false", "null"})
_ENCODERS = frozenset({"jsonencode", "yamlencode"})
"""What they are given is what they write."""
_LISTS = frozenset({"compact", "concat", "distinct", "flatten", "sort", "tolist", "toset"})
"""What they are given is in what they make."""
_CLOSING = {"[": "]", "{": "}", "(": ")"}
_ESCAPE = re.compile(r'\\([ntr"\\])|([$%])\2(?=\{)')
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A text of several lines. `padded` is it with empty lines above, so that its places are those in the file."""

    node: ScalarNode
    padded: str


@dataclass(frozen=True, slots=True)
class Hcl:
    """A file: its tree, in which a block's key is its type and labels joined by dots; and its parts at all depths.

    `lists` are those that are written out anywhere, in branches of conditions too; `encoded` is what is written as
    YAML or JSON.
    """

    root: MappingNode
    lists: tuple[SequenceNode, ...]
    heredocs: tuple[Heredoc, ...]
    encoded: tuple[Node, ...]


def read_hcl(text: str, file: str) -> Hcl:
    """The file as far as it is understood; nothing in it can fail."""
    reader = _Reader(text, file)
    root = reader.body(0)
    return Hcl(root, tuple(reader.lists), tuple(reader.heredocs), tuple(reader.encoded))


class _Reader:
    """The text, and how far it is read. Every step goes on by one character at least."""

    def __init__(self, text: str, file: str) -> None:
        self._text, self._file, self._at = text, file, 0
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self.lists: list[SequenceNode] = []
        self.heredocs: list[Heredoc] = []
        self.encoded: list[Node] = []

    def body(self, depth: int) -> MappingNode:
        """Attributes and blocks up to the closing brace, or the end."""
        place, pairs = self._place(), list[tuple[Node, Node]]()
        self._stop_if_deep(depth)
        while not self._ends("}", _BLANK_LINES):
            key = self._key(depth)
            if key is None:
                self._at += 1
            elif self._here in ("=", ":"):
                self._at += 1
                pairs.append((key, self._expression(depth, _BLANK)))
            elif self._here == "{":
                self._at += 1
                pairs.append((key, self.body(depth + 1)))
        return _map_of(pairs, place)

    @property
    def _here(self) -> str:
        return self._text[self._at : self._at + 1]

    def _place(self, at: int | None = None) -> Position:
        offset = self._at if at is None else at
        line = bisect_right(self._lines, offset)
        return Position(self._file, line, offset - self._lines[line - 1] + 1)

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _ends(self, closing: str, blank: re.Pattern[str]) -> bool:
        """Whether what was opened closes here, or the text is over; then that is passed."""
        self._skip(blank)
        if self._at < len(self._text) and self._here != closing:
            return False
        self._at += 1
        return True

    def _stop_if_deep(self, depth: int) -> None:
        """What is nested deeper than anybody writes is the end of the text."""
        if depth > MAX_DEPTH:
            self._at = len(self._text)

    def _key(self, depth: int) -> ScalarNode | None:
        """A word, a text or an expression in parentheses; of a block with its labels."""
        place, words = self._place(), []
        while True:
            if found := _WORD.match(self._text, self._at):
                self._at = found.end()
                words.append(found[0])
            elif self._here == '"':
                words.append(self._string().text)
            elif self._here == "(":
                self._at += 1
                self._items(")", depth + 1)
                words.append("${}")
            else:
                return ScalarNode(".".join(words), True, "", place) if words else None
            self._skip(_BLANK)

    def _expression(self, depth: int, blank: re.Pattern[str]) -> Node:
        """A value; opaque where more is done with it. `blank` says whether a line's end is its end too."""
        self._skip(blank)
        place = self._place()
        node = self._primary(depth)
        self._skip(blank)
        plain = self._is_over()
        while not self._is_over():
            self._primary(depth)
            self._skip(blank)
        return node if plain else self._opaque(place)

    def _is_over(self) -> bool:
        return self._here in ("", ",", "}", "]", ")", "\n")

    def _primary(self, depth: int) -> Node:
        here, place = self._here, self._place()
        if here == '"':
            return self._string()
        if found := _HEREDOC.match(self._text, self._at):
            return self._heredoc(found)
        if here in ("[", "("):
            return self._bracketed(here, depth)
        if here == "{":
            self._at += 1
            return self._object(depth, place)
        return self._word(depth, place)

    def _word(self, depth: int, place: Position) -> Node:
        if found := _NUMBER.match(self._text, self._at):
            self._at = found.end()
            return ScalarNode(found[0], True, "", place)
        if found := _LOCAL.match(self._text, self._at):
            self._at = found.end()
            return ScalarNode(f"${{{found[0]}}}", True, "", place)
        found = _WORD.match(self._text, self._at)
        self._at = found.end() if found else self._at + 1
        name = found[0] if found else ""
        if self._here == "(" and name:
            return self._call(name, depth, place)
        return ScalarNode(name, True, "", place) if name in _CONSTANTS else self._opaque(place)

    def _call(self, name: str, depth: int, place: Position) -> Node:
        self._at += 1
        given = self._items(")", depth + 1)
        if name in _ENCODERS and len(given) == 1:
            self.encoded.append(given[0])
            return given[0]
        if name in _LISTS:
            return list_of([item for one in given for item in _items_of(one)], place)
        return self._opaque(place)

    def _bracketed(self, opening: str, depth: int) -> Node:
        place = self._place()
        self._at += 1
        is_loop = re.match(r"\s*for\b", self._text[self._at : self._at + 80]) is not None
        items = self._items(_CLOSING[opening], depth + 1)
        if opening == "(":
            return items[0] if len(items) == 1 else self._opaque(place)
        if is_loop:
            return self._opaque(place)
        node = list_of(items, place)
        assert isinstance(node, SequenceNode)
        self.lists.append(node)
        return node

    def _items(self, closing: str, depth: int) -> list[Node]:
        items: list[Node] = []
        self._stop_if_deep(depth)
        while not self._ends(closing, _BLANK_LINES):
            before = self._at
            items.append(self._expression(depth, _BLANK_LINES))
            strays = {",", "}", "]", ")"} - {closing}
            if self._at == before or self._here in strays:
                self._at += 1
        return items

    def _object(self, depth: int, place: Position) -> Node:
        if re.match(r"\s*for\b", self._text[self._at : self._at + 80]):
            self._items("}", depth + 1)
            return self._opaque(place)
        found = self.body(depth + 1)
        return _map_of(found.pairs, place)

    def _string(self) -> ScalarNode:
        """A text in quotes; what stands in `${ }` of it may hold quotes of its own."""
        start, nested = self._at, 0
        self._at += 1
        while self._at < len(self._text):
            here = self._here
            if here == "\\":
                self._at += 1
            elif here in "$%" and self._text[self._at + 1 : self._at + 2] == "{":
                nested += 1
                self._at += 1
            elif here == "}" and nested:
                nested -= 1
            elif here == "\n" or (here == '"' and not nested):
                break
            self._at += 1
        raw = self._text[start + 1 : self._at]
        self._at += 1
        place = self._place(start)
        return self._opaque(place) if "%{" in raw else ScalarNode(_ESCAPE.sub(_unescaped, raw), False, "", place)

    def _heredoc(self, found: re.Match[str]) -> ScalarNode:
        start = self._at
        end = re.compile(rf"^[ \t]*{re.escape(found['mark'])}[ \t\r]*$", re.MULTILINE).search(self._text, found.end())
        stop = end.start() if end else len(self._text)
        self._at = end.end() if end else len(self._text)
        content = self._text[found.end() : stop]
        node = ScalarNode(content, False, "", self._place(start))
        above = bisect_right(self._lines, found.end()) - 1
        self.heredocs.append(Heredoc(node, "\n" * above + content))
        return node

    def _opaque(self, place: Position) -> ScalarNode:
        return ScalarNode("${...}", True, "", place)


def _items_of(node: Node) -> Sequence[Node]:
    return node.items if isinstance(node, SequenceNode) else (node,)


def _unescaped(found: re.Match[str]) -> str:
    return _ESCAPED.get(found[1], found[1]) if found[1] else found[2]


def _map_of(pairs: Sequence[tuple[Node, Node]], place: Position) -> MappingNode:
    every = tuple(pairs)
    size = 1 + sum(key.size + value.size for key, value in every)
    return MappingNode(every, len(every), place, size, 1 + max((value.height for _, value in every), default=0))
