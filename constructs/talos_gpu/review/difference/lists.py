"""Which items of two lists are the same thing: by what names them, else by what they hold, else by where they stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from talos_gpu.inventory import Value
from talos_gpu.review.difference.change import Key, Selector
from talos_gpu.review.difference.runs import runs
from talos_gpu.review.difference.same import Digests
from talos_gpu.yaml_events import Node

__all__ = ["Pair", "order_changed", "pairs_of"]

_NAMES: tuple[tuple[str, ...], ...] = (
    ("metadata.name", "metadata.namespace", "kind"),
    ("kind", "name", "namespace"),
    ("name",),
    ("containerPort", "protocol"),
    ("mountPath",),
    ("key", "effect"),
    ("key", "operator"),
    ("hostname",),
    ("host",),
    ("path",),
    ("interface",),
    ("group", "kind"),
    ("op", "path"),
    ("ip",),
    ("chart|ref|path",),
    ("repoURL",),
    ("rule",),
)
"""What tells the items of a list apart, the first that every item of both lists has at least one key of.

`a|b` is the first of several keys that an item has: a source of an Argo CD Application is a chart, or a folder, whatever
address it comes from. The first are objects of a List. Kubernetes merges containers, ports, mounts and taints by these keys; Talos kernel modules and files; talhelper and
topf nodes; Argo CD sources and ignored differences; what a profile allows.
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """An item on both sides, or on one: then the other is absent. `old` and `new` are its indices, -1 where absent."""

    step: Key
    before: Value
    after: Value
    old: int
    new: int


def pairs_of(before: Value, after: Value, digests: Digests) -> tuple[Pair, ...]:
    """The items of both lists, in the order of `after`; those that are gone come last."""
    old, new = tuple(before.items()), tuple(after.items())
    keys = _names(old + new)
    if keys:
        return tuple(_matched(_selectors(old, keys), _selectors(new, keys), before, after))
    if all(item.is_scalar for item in old + new):
        return tuple(_matched(_counted(old, digests), _counted(new, digests), before, after))
    return tuple(_aligned(old, new, before, after, digests))


def order_changed(pairs: Iterable[Pair]) -> bool:
    """Whether items that stand on both sides have changed places among themselves."""
    places = [pair.old for pair in sorted(pairs, key=lambda pair: pair.new) if pair.old >= 0 and pair.new >= 0]
    return places != sorted(places)


def _names(items: Sequence[Value]) -> tuple[str, ...]:
    if not items or not all(item.is_map for item in items):
        return ()
    return next((keys for keys in _NAMES if all(_named(item, keys) for item in items)), ())


def _named(item: Value, keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """The first key must be there, the others may."""
    found = [_named_by(item, key) for key in keys]
    if not found[0][1].is_scalar:
        return ()
    return tuple((key, value.raw) for key, value in found if value.is_scalar)


def _named_by(item: Value, key: str) -> tuple[str, Value]:
    *others, last = key.split("|")
    name = next((one for one in others if item.get(one).is_scalar), last)
    return name, item.get(*name.split("."))


Known = dict[object, tuple[int, Value]]


def _selectors(items: Sequence[Value], keys: tuple[str, ...]) -> Known:
    seen: Counter[object] = Counter()
    found: Known = {}
    for index, item in enumerate(items):
        named = _named(item, keys)
        found[Selector(named, seen[named])] = (index, item)
        seen[named] += 1
    return found


def _counted(items: Sequence[Value], digests: Digests) -> Known:
    seen: Counter[object] = Counter()
    found: Known = {}
    for index, item in enumerate(items):
        assert item.node is not None
        digest = digests.of(item.node)
        found[digest, seen[digest]] = (index, item)
        seen[digest] += 1
    return found


def _matched(old: Known, new: Known, before: Value, after: Value) -> Iterator[Pair]:
    for key, (index, item) in new.items():
        was, other = old.get(key, (-1, _absent(before)))
        yield Pair(key if isinstance(key, Selector) else index, other, item, was, index)
    for key, (index, item) in old.items():
        if key not in new:
            yield Pair(key if isinstance(key, Selector) else index, item, _absent(after), index, -1)


def _aligned(
    old: Sequence[Value], new: Sequence[Value], before: Value, after: Value, digests: Digests
) -> Iterator[Pair]:
    """By the longest runs that are the same; what stands between them is paired one by one."""
    gone: list[Pair] = []
    for _, start, end, at, until in runs(_digests(old, digests), _digests(new, digests)):
        both = min(end - start, until - at)
        for step in range(both):
            yield Pair(at + step, old[start + step], new[at + step], start + step, at + step)
        yield from (Pair(index, _absent(before), new[index], -1, index) for index in range(at + both, until))
        gone += (Pair(index, old[index], _absent(after), index, -1) for index in range(start + both, end))
    yield from gone


def _digests(items: Iterable[Value], digests: Digests) -> list[Hashable]:
    nodes: list[Node] = [item.node for item in items if item.node is not None]
    return [digests.of(node) for node in nodes]


def _absent(parent: Value) -> Value:
    return Value(None, parent.key or parent.place, parent.path)
