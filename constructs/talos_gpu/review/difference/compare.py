"""Two values, key by key and item by item: what is not the same."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Value
from talos_gpu.review.difference.change import Change, Path
from talos_gpu.review.difference.lists import order_changed, pairs_of
from talos_gpu.review.difference.same import Digests

__all__ = ["compare", "leaves"]


def compare(before: Value, after: Value) -> tuple[Change, ...]:
    """Every difference, in the order of `after`; what was removed stands behind what is left of its map or list.

    What is added or removed is one change, whatever lies below it: `leaves` takes it apart. Nothing is left out but
    the order of a map's keys and the spelling of a scalar (see `Digests`).
    """
    return tuple(_compare(before, after, (), Digests()))


def leaves(change: Change) -> Iterator[Change]:
    """The change as changes of scalars and of empty maps and lists, where a whole map or list came or went."""
    if change.kind in {"added", "removed"}:
        yield from _taken_apart(change)
    else:
        yield change


def _compare(before: Value, after: Value, path: Path, digests: Digests) -> Iterator[Change]:
    if before.node is None or after.node is None:
        if before.node is not after.node:
            yield Change(path, "added" if before.node is None else "removed", before, after)
    elif digests.of(before.node) == digests.of(after.node):
        return
    elif before.is_map and after.is_map:
        yield from _maps(before, after, path, digests)
    elif before.is_list and after.is_list:
        yield from _lists(before, after, path, digests)
    else:
        yield Change(path, "changed", before, after)


def _maps(before: Value, after: Value, path: Path, digests: Digests) -> Iterator[Change]:
    old, new = dict(before.pairs()), dict(after.pairs())
    found = False
    for key in dict.fromkeys((*new, *old)):
        for change in _compare(_child(old, key, before), _child(new, key, after), (*path, key), digests):
            found = True
            yield change
    if not found:
        # Keys that are no texts, or that stand twice, differ: the map as a whole has changed.
        yield Change(path, "changed", before, after)


def _child(values: dict[str, Value], key: str, parent: Value) -> Value:
    return values[key] if key in values else parent.get(key)


def _lists(before: Value, after: Value, path: Path, digests: Digests) -> Iterator[Change]:
    pairs = pairs_of(before, after, digests)
    for pair in pairs:
        yield from _compare(pair.before, pair.after, (*path, pair.step), digests)
    if order_changed(pairs):
        yield Change(path, "reordered", before, after)


def _taken_apart(change: Change) -> Iterator[Change]:
    value = change.after if change.kind == "added" else change.before
    inner = [*value.pairs()] if value.is_map else []
    if value.is_map and inner:
        for key, item in inner:
            yield from _taken_apart(_one_side(change, (*change.path, key), item))
    elif value.is_list and value.node is not None and any(True for _ in value.items()):
        empty = Value(None, value.place)
        sides = (empty, value) if change.kind == "added" else (value, empty)
        for pair in pairs_of(*sides, Digests()):
            item = pair.after if change.kind == "added" else pair.before
            yield from _taken_apart(_one_side(change, (*change.path, pair.step), item))
    else:
        yield change


def _one_side(change: Change, path: Path, value: Value) -> Change:
    if change.kind == "added":
        return Change(path, "added", change.before, value)
    return Change(path, "removed", value, change.after)
