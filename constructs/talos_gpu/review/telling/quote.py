"""What may be quoted of a change: short, in the words of YAML, and no secret."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from talos_gpu.inventory import Value
from talos_gpu.output.scalar import LITERALS, string_text
from talos_gpu.review.difference.change import Change
from talos_gpu.review.difference.item import Item
from talos_gpu.review.quotable.line import HIDDEN
from talos_gpu.review.quotable.value import is_secret_value
from talos_gpu.review.telling.lines import LineDifference, line_difference
from talos_gpu.yaml_events import MappingNode, Node, ScalarNode

__all__ = ["Quote", "quote", "shortened"]

_LONGEST = 120
_LONGEST_PATH = 200


@dataclass(frozen=True, slots=True)
class Quote:
    """Both sides of a change as texts; empty where nothing stands. With `lines` they are texts of several lines."""

    before: str
    after: str
    lines: LineDifference | None = None


def quote(change: Change, item: Item) -> Quote:
    """What stood and what stands there, cut around the first difference; nothing of it where either looks secret.

    Of texts of several lines only those lines are hidden that look secret.
    """
    sides = (change.before, change.after)
    one, other = (_scalar_text(side) for side in sides)
    several = one is not None and other is not None and "\n" in one + other
    if any(is_secret_value(side, change.path, item.root, several=several) for side in sides):
        before, after = (HIDDEN if side.exists else "" for side in sides)
        return Quote(before, after)
    if one is not None and other is not None and several:
        lines = line_difference(one, other)
        return Quote(_as_shown(one, lines.old), _as_shown(other, lines.new), lines)
    return Quote(*_cut(*(_text(side.node) if side.node is not None else "" for side in sides)))


def shortened(path: str) -> str:
    """A key path that a stranger made long, without its middle."""
    half = _LONGEST_PATH // 2
    return path if len(path) <= _LONGEST_PATH else f"{path[:half]}...{path[-half:]}"


def _as_shown(text: str, lines: Sequence[str]) -> str:
    return "\n".join(lines) if HIDDEN in lines else text


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
