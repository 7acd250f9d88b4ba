"""A profile's text with one value written otherwise, or a key added: everything else stays to the byte."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Mapping, Sequence

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.profile import LoadedProfile, parse_profile
from talos_gpu.review.quotable.line import HIDDEN, is_secret_line
from talos_gpu.review.upgrade.model import EditedLine, ProfileChange
from talos_gpu.yaml_events import Composed, compose, key_path

__all__ = ["Edits", "Path", "edited", "profile_change"]

Path = tuple[str | int, ...]
Edits = Mapping[Path, str]
"""Values by key path. A path that the profile lacks must be a key of the top."""

_TOKEN = re.compile(r"""(?:&[^\s]+[ \t]+)?("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\*[^\s,\]}]+|[^\s#,\]}"'][^\s,\]}]*)""")
"""A scalar on one line, or the alias that stands for one; none of our values holds a blank."""
_CONTEXT = 3
_AFTER = "talos"
"""New keys of the top go below this one, which every profile has."""


def edited(loaded: LoadedProfile, edits: Edits) -> bytes:
    """The profile's bytes with these values. They are read again, and must say exactly that.

    Raises:
        NotUnderstood: where a value is written in a way that is changed by hand alone.
    """
    data = loaded.inputs[loaded.file]
    for path, value in edits.items():
        data = _edited(data, loaded.file, path, value)
    parse_profile(data, loaded.file)
    return data


def profile_change(file: str, before: bytes, after: bytes) -> ProfileChange:
    """What a person writes to get from one text to the other. What looks like a secret is not quoted."""
    old, new = (_lines(data.decode(errors="replace")) for data in (before, after))
    return ProfileChange(file, tuple(_edited_lines(old, new)), "".join(_unified(file, old, new)))


def _edited(data: bytes, file: str, path: Path, value: str) -> bytes:
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    found = compose(data, file)
    lines = _lines(data.removeprefix(mark).decode())
    if _value_at(found.value, path) is None:
        _insert(lines, found, path, value)
    else:
        _replace(lines, found.position(path), path, value)
    result = mark + "".join(lines).encode()
    if str(_text_at(result, file, path)) != value:
        raise _by_hand(found.position(path), path, value)
    return result


def _replace(lines: list[str], place: Position, path: Path, value: str) -> None:
    line = lines[place.line - 1]
    token = _TOKEN.match(line, place.column - 1)
    if token is None:
        raise _by_hand(place, path, value)
    start, end = token.span(1)
    quote = line[start] if line[start] in "\"'" else ""
    lines[place.line - 1] = f"{line[:start]}{quote}{value}{quote}{line[end:]}"


def _insert(lines: list[str], found: Composed, path: Path, value: str) -> None:
    """Below its sibling, or, as a map in braces has it, before it."""
    key, sibling, root = found.position((_AFTER,), key=True), found.position((_AFTER,)), found.root.position
    line, column = lines[key.line - 1], key.column - 1
    if len(path) != 1 or sibling.line - key.line not in {0, 1}:
        raise _by_hand(key, path, value)
    if lines[root.line - 1][root.column - 1] == "{":
        lines[key.line - 1] = f"{line[:column]}{path[0]}: {value}, {line[column:]}"
        return
    last = lines[sibling.line - 1]
    ending = "\r\n" if last.endswith("\r\n") else "\n"
    if not last.endswith("\n"):
        lines[sibling.line - 1] = last + ending
    lines.insert(sibling.line, f"{line[:column]}{path[0]}: {value}{ending}")


def _value_at(value: object, path: Path) -> object | None:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        else:
            value = value[step] if isinstance(value, list) and isinstance(step, int) and step < len(value) else None
    return value


def _text_at(data: bytes, file: str, path: Path) -> object | None:
    try:
        value = _value_at(compose(data, file).value, path)
    except NotUnderstood:
        return None
    return getattr(value, "text", value)


def _by_hand(place: Position, path: Path, value: str) -> NotUnderstood:
    message = f"found a value that cannot be replaced by {value} without guessing"
    return NotUnderstood([Finding(place, key_path(path), message, f"Write it plainly, as {path[-1]}: {value}.")])


def _lines(text: str) -> list[str]:
    """The lines as Git counts them, each with its end."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _edited_lines(old: Sequence[str], new: Sequence[str]) -> list[EditedLine]:
    found: list[EditedLine] = []
    for tag, start, end, at, until in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            found += (EditedLine("-", number + 1, _quoted(old[number])) for number in range(start, end))
            found += (EditedLine("+", number + 1, _quoted(new[number])) for number in range(at, until))
    return found


def _unified(file: str, old: Sequence[str], new: Sequence[str]) -> list[str]:
    rows = difflib.unified_diff(old, new, f"a/{file}", f"b/{file}", n=_CONTEXT)
    told: list[str] = []
    for row in rows:
        shown = f"{row[0]}{HIDDEN}\n" if row[0] in " +-" and is_secret_line(row) else row
        told.append(shown if shown.endswith("\n") else f"{shown}\n\\ No newline at end of file\n")
    return told


def _quoted(line: str) -> str:
    return HIDDEN if is_secret_line(line) else line.rstrip("\r\n")
