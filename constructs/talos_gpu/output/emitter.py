"""Documents become bytes: YAML as a person writes it, with comments above the keys that need a why.

An emitter of our own, because PyYAML has neither comments nor a say in the layout, and ruamel.yaml carries comments
only on objects of its own and is two orders of magnitude slower. It writes block style alone: two spaces, lists
indented below their key (what yamllint asks for), literal blocks for text of several lines, no folding.
Keys keep their given order, except that apiVersion, kind, metadata and spec lead where a map has the first two.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from talos_gpu.document import Document, KeyPath, YamlDocument
from talos_gpu.errors import InternalError
from talos_gpu.output import header
from talos_gpu.output.scalar import LITERALS, UNPRINTABLE, key_text, scalar_text, string_text

__all__ = ["emit", "encode"]

_Notes: TypeAlias = "dict[str | int | None, str | _Notes]"
"""Comments as a tree along the data; the comment of a node itself is under None."""

_LEADING = ("apiVersion", "kind", "metadata", "spec")
_WIDTH = 80
_NARROWEST = 40
_NO_NOTES: _Notes = {}
_INVISIBLE = re.compile(f"[{UNPRINTABLE}\t]")
_HAS_START = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*(?:---|%)")


def encode(document: Document, profile: str) -> bytes:
    """The bytes of the file that `document` becomes; `profile` is the path that its header names."""
    if isinstance(document, YamlDocument):
        text = emit(document.objects, document.comments)
        return (_head(document, profile, text) + text).encode()
    text = document.text if document.text.endswith("\n") or not document.text else document.text + "\n"
    if text.startswith("#!"):
        interpreter, _, rest = text.partition("\n")
        return f"{interpreter}\n{_head(document, profile, rest)}{rest}".encode()
    return (_head(document, profile, text) + text).encode()


def emit(objects: Sequence[object], comments: Mapping[KeyPath, str] | None = None) -> str:
    """One YAML document an object, separated by `---`; comments stand above the key that their path names.

    A path begins with the document's index: `(0,)` stands above the document, `(0, "spec")` above its key spec.
    Raises InternalError for a path that leads nowhere, and for data that YAML does not have.
    """
    notes = _tree(comments or {}, objects)
    lines: list[str] = []
    for index, data in enumerate(objects):
        if index:
            lines.append("---")
        own = _below(notes, index)
        _note(own.get(None), "", lines)
        _root(data, lines, own)
    return "\n".join(lines) + "\n" if lines else ""


def _head(document: Document, profile: str, text: str) -> str:
    """The two-line header, and the start of the first document where the format is YAML."""
    if not document.header:
        return ""
    top = header.for_path(document.path, profile)
    if document.path.endswith(".md"):
        return f"{top}\n"
    if document.path.endswith((".yaml", ".yml")) and not _HAS_START.match(text):
        return f"{top}---\n"
    return top


def _root(data: object, lines: list[str], notes: _Notes) -> None:
    if isinstance(data, Mapping) and data:
        _map(data, "", "", lines, notes)
    elif isinstance(data, (list, tuple)) and data:
        _list(data, "", "", lines, notes)
    else:
        _scalar("", data, "  ", lines)


def _map(data: Mapping[object, object], lead: str, pad: str, lines: list[str], notes: _Notes) -> None:
    """Writes `data` at the indentation `pad`; its first line begins with `lead` (`pad`, or the dash of a list)."""
    deeper = pad + "  "
    for key, value in _ordered(data):
        text = key_text(key) if type(key) is str else key_text(str(key)) if isinstance(key, str) else scalar_text(key)
        if text[0] == "?" and text[:2] == "? ":
            text += f"\n{pad}"
        below = _NO_NOTES
        if notes and isinstance(key, (str, int)):
            below = _below(notes, key)
            _note(below.get(None), pad, lines)
        if type(value) is str:
            written = string_text(value)
            if written not in LITERALS:
                lines.append(f"{lead}{text}: {written}")
            else:
                _literal(f"{lead}{text}: {written}", value, deeper, lines)
        elif isinstance(value, Mapping) and value:
            lines.append(f"{lead}{text}:")
            _map(value, deeper, deeper, lines, below)
        elif isinstance(value, (list, tuple)) and value:
            lines.append(f"{lead}{text}:")
            _list(value, deeper, deeper, lines, below)
        else:
            _scalar(f"{lead}{text}: ", value, deeper, lines)
        lead = pad


def _list(data: Sequence[object], lead: str, pad: str, lines: list[str], notes: _Notes) -> None:
    """Writes `data` with its dashes at `pad`; comments of an item's first key stand above its dash."""
    deeper = pad + "  "
    for index, value in enumerate(data):
        below = _NO_NOTES
        if notes:
            below = _below(notes, index)
            for note in _taken(value, below):
                _note(note, pad, lines)
        dash = f"{lead}- "
        if type(value) is str and (written := string_text(value)) not in LITERALS:
            lines.append(dash + written)
        elif isinstance(value, Mapping) and value:
            _map(value, dash, deeper, lines, below)
        elif isinstance(value, (list, tuple)) and value:
            _list(value, dash, deeper, lines, below)
        else:
            _scalar(dash, value, deeper, lines)
        lead = pad


def _scalar(lead: str, value: object, pad: str, lines: list[str]) -> None:
    """Writes what has no lines below it: a scalar, or an empty map or list."""
    if isinstance(value, Mapping):
        lines.append(lead + "{}")
    elif isinstance(value, (list, tuple)):
        lines.append(lead + "[]")
    elif (written := scalar_text(value)) in LITERALS:
        _literal(lead + written, str(value), pad, lines)
    else:
        lines.append(lead + written)


def _literal(first: str, text: str, pad: str, lines: list[str]) -> None:
    lines.append(first)
    body = text[:-1] if text[-1] == "\n" else text
    lines.extend(pad + line if line else "" for line in body.split("\n"))


def _ordered(data: Mapping[object, object]) -> Iterator[tuple[object, object]] | Sequence[tuple[object, object]]:
    if "apiVersion" not in data or "kind" not in data:
        return iter(data.items())
    leading = [(key, data[key]) for key in _LEADING if key in data]
    return leading + [(key, value) for key, value in data.items() if key not in _LEADING]


def _tree(comments: Mapping[KeyPath, str], objects: Sequence[object]) -> _Notes:
    tree: _Notes = {}
    for path, text in comments.items():
        _require(path, objects)
        node = tree
        for step in path:
            child = node.setdefault(step, {})
            assert isinstance(child, dict)
            node = child
        node[None] = text
    return tree


def _require(path: KeyPath, objects: Sequence[object]) -> None:
    """A comment that would be lost without a word is a bug of the renderer that gave it."""
    node: object = objects
    for step in path:
        children = dict(enumerate(node)) if isinstance(node, (list, tuple)) else node
        if not isinstance(children, Mapping) or step not in children:
            raise InternalError(f"a comment stands at {path}, but {step!r} is not there")
        node = children[step]
    if not path:
        raise InternalError("a comment needs the index of its document")


def _below(notes: _Notes, step: str | int) -> _Notes:
    below = notes.get(step, _NO_NOTES)
    return below if isinstance(below, dict) else _NO_NOTES


def _taken(value: object, notes: _Notes) -> list[str]:
    """Takes the comments of a list item, and of what shares the line of its dash, out of `notes`."""
    found = [text] if isinstance(text := notes.pop(None, None), str) else []
    first: object = None
    if isinstance(value, Mapping) and value:
        first, value = next(iter(_ordered(value)))
        if isinstance(first, (str, int)):
            found += [text] if isinstance(text := _below(notes, first).pop(None, None), str) else []
    elif isinstance(value, (list, tuple)) and value:
        found += _taken(value[0], _below(notes, 0))
    return found


def _note(text: str | _Notes | None, pad: str, lines: list[str]) -> None:
    if not isinstance(text, str):
        return
    width = max(_WIDTH - len(pad) - 2, _NARROWEST)
    for paragraph in text.strip().splitlines():
        clean = _INVISIBLE.sub(" ", paragraph)
        wrapped = textwrap.wrap(clean, width, break_long_words=False, break_on_hyphens=False) or [""]
        lines.extend(f"{pad}# {line}".rstrip() for line in wrapped)
