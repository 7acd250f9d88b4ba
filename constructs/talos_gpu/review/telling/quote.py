"""What may be quoted of a change: short, in the words of YAML, and no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.inventory import Value
from talos_gpu.inventory.secret_line import may_hold_secret
from talos_gpu.output.scalar import LITERALS, string_text
from talos_gpu.review.difference.change import Change, Path, Selector
from talos_gpu.review.difference.item import Item
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode

__all__ = ["HIDDEN", "Quote", "holds_secret", "is_secret_line", "quote", "shortened"]

HIDDEN = "(not shown: it looks like a secret)"
_LONGEST = 120
_LONGEST_PATH = 200
_KEY = "-----BEGIN "
_SECRET_OBJECT = re.compile(r"""\bkind["']?\s*:\s*["']?Secret\b""")
_SECRET_FIELDS = frozenset({"data", "stringData"})


@dataclass(frozen=True, slots=True)
class Quote:
    """Both sides of a change as texts; empty where nothing stands. With `lines` they are texts of several lines."""

    before: str
    after: str
    lines: bool = False


def quote(change: Change, item: Item) -> Quote:
    """What stood and what stands there, cut around the first difference; nothing of it where either looks secret."""
    sides = (change.before, change.after)
    if any(_is_secret(side, change.path, item) for side in sides):
        before, after = (HIDDEN if side.exists else "" for side in sides)
        return Quote(before, after)
    one, other = (_scalar_text(side) for side in sides)
    if one is not None and other is not None and "\n" in one + other:
        return Quote(one, other, lines=True)
    return Quote(*_cut(*(_text(side.node) if side.node is not None else "" for side in sides)))


def is_secret_line(line: str) -> bool:
    """Whether a line of a text must not be quoted."""
    return _KEY in line or may_hold_secret(line)


def holds_secret(text: str) -> bool:
    """Whether a Secret of Kubernetes is written in it: no line of it looks secret by itself."""
    return _SECRET_OBJECT.search(text) is not None


def shortened(path: str) -> str:
    """A key path that a stranger made long, without its middle."""
    half = _LONGEST_PATH // 2
    return path if len(path) <= _LONGEST_PATH else f"{path[:half]}...{path[-half:]}"


def _is_secret(value: Value, path: Path, item: Item) -> bool:
    if item.identity.kind == "Secret" and path[:1] and path[0] in _SECRET_FIELDS:
        return value.exists
    names = [str(step) for step in path[-1:] if isinstance(step, str)]
    names += [text for step in path[-2:] if isinstance(step, Selector) for _, text in step.keys]
    return any(
        holds_secret(text)
        or is_secret_line(line)
        or any(may_hold_secret(f"{name}: {line}") for name in (*names, *more))
        for more, text in _scalars(value)
        for line in text.splitlines()
    )


def _scalars(value: Value) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every scalar at and below the value, with the key that it stands behind."""
    for found in value.walk():
        if found.is_scalar:
            key = found.path[-1] if found.path else 0
            yield (key,) if isinstance(key, str) else (), found.raw


def _scalar_text(value: Value) -> str | None:
    return value.raw if value.node is None or value.is_scalar else None


def _text(node: Node) -> str:
    """The value in flow style."""
    if isinstance(node, ScalarNode):
        if node.plain:
            return node.text or '""' if node.tag else node.text or "null"
        text = string_text(node.text)
        return repr(node.text) if text in LITERALS and text != node.text else text
    if isinstance(node, MappingNode):
        return "{" + ", ".join(f"{_text(key)}: {_text(value)}" for key, value in node.pairs) + "}"
    return "[" + ", ".join(map(_text, node.items)) + "]"


def _cut(before: str, after: str) -> tuple[str, str]:
    """Both around where they begin to differ."""
    same = next(
        (index for index, (one, other) in enumerate(zip(before, after, strict=False)) if one != other),
        min(len(before), len(after)),
    )
    start = max(0, same - _LONGEST // 3) if max(len(before), len(after)) > _LONGEST else 0
    return _window(before, start), _window(after, start)


def _window(text: str, start: int) -> str:
    if len(text) <= _LONGEST and not start:
        return text
    end = start + _LONGEST
    return f"{'...' if start else ''}{text[start:end]}{'...' if end < len(text) else ''}"
