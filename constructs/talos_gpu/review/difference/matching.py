"""Which thing of one state is which of the other: by identity; what is left, by what it holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from talos_gpu.inventory import Value
from talos_gpu.review.difference.item import Identity, Item
from talos_gpu.review.difference.same import Digests

__all__ = ["matched"]

_ALIKE = 0.6
"""How much of both must be the same for one to be the other under a new name."""
_MOST = 400
"""Beyond so many pairs of a kind nothing is looked at: a change as large is no renaming."""

Leaf = tuple[tuple[str | int, ...], str]
Pair = tuple[Item | None, Item | None]


def matched(old: Iterable[Item], new: Iterable[Item]) -> Iterator[Pair]:
    """Each thing with its other side: what is in both, what was renamed, what came, what went."""
    before, after = _by_identity(old), _by_identity(new)
    pairs: dict[Item, Item] = {}
    for identity, items in after.items():
        pairs |= _paired(before.get(identity, []), items)
    olds, news = ([item for items in side.values() for item in items] for side in (before, after))
    for more in (_nameless, _renamed):
        known = set(pairs.values())
        pairs |= more([item for item in olds if item not in known], [item for item in news if item not in pairs])
    yield from ((pairs.get(item), item) for item in news)
    known = set(pairs.values())
    yield from ((item, None) for item in olds if item not in known)


def _by_identity(items: Iterable[Item]) -> Mapping[Identity, list[Item]]:
    """Documents of one identity together: a file, or several, may hold a thing more than once."""
    found: dict[Identity, list[Item]] = defaultdict(list)
    for item in items:
        found[replace(item.identity, nth=0)].append(item)
    return found


def _paired(old: Sequence[Item], new: Sequence[Item]) -> Mapping[Item, Item]:
    """Of several alike, first what is the same data in the same file; what stands in the same file before the rest."""
    if len(old) == len(new) == 1:
        return {new[0]: old[0]}
    digests = Digests()

    def data(item: Item) -> Hashable:
        return digests.of(item.root.node) if item.root.node is not None else None

    found: dict[Item, Item] = {}
    signs: tuple[Callable[[Item], Hashable], ...] = (
        lambda item: (item.file, data(item)),
        data,
        lambda item: item.file,
        lambda _: 0,
    )
    for sign in signs:
        taken = set(found.values())
        waiting: dict[Hashable, list[Item]] = defaultdict(list)
        for item in reversed(old):
            if item not in taken:
                waiting[sign(item)].append(item)
        for item in new:
            if item not in found and (others := waiting.get(sign(item))):
                found[item] = others.pop()
    return found


def _nameless(gone: Sequence[Item], came: Sequence[Item]) -> Mapping[Item, Item]:
    """Data without a name that are of another kind now: what tells them apart is the file alone."""
    waiting: dict[str, list[Item]] = defaultdict(list)
    for item in reversed(gone):
        if not item.identity.name:
            waiting[item.file].append(item)
    return {item: waiting[item.file].pop() for item in came if not item.identity.name and waiting.get(item.file)}


def _renamed(gone: Sequence[Item], came: Sequence[Item]) -> Mapping[Item, Item]:
    """What a thing was before, by what it is now: the most alike first."""
    leaves: dict[Item, frozenset[Leaf]] = {}
    scored = sorted(
        (
            (_likeness(old, new, leaves), new, old)
            for kind in sorted({_kind(item) for item in came})
            for old, new in _candidates(kind, gone, came)
        ),
        key=lambda row: (-row[0], row[1].identity, row[1].file, row[2].identity, row[2].file),
    )
    found: dict[Item, Item] = {}
    taken: set[Item] = set()
    for score, new, old in scored:
        if score >= _ALIKE and new not in found and old not in taken:
            found[new] = old
            taken.add(old)
    return found


def _candidates(kind: object, gone: Sequence[Item], came: Sequence[Item]) -> list[tuple[Item, Item]]:
    olds = [item for item in gone if _kind(item) == kind]
    news = [item for item in came if _kind(item) == kind]
    return [(old, new) for old in olds for new in news] if len(olds) * len(news) <= _MOST else []


def _kind(item: Item) -> tuple[str, str, str]:
    return item.identity.family, item.identity.group, item.identity.kind


def _likeness(old: Item, new: Item, known: dict[Item, frozenset[Leaf]]) -> float:
    """The share of leaves that both have; names do not count, for they are what may have changed."""
    for item in (old, new):
        if item not in known:
            known[item] = _leaves(item.root)
    every = len(known[old] | known[new])
    return len(known[old] & known[new]) / every if every else 0.0


def _leaves(root: Value) -> frozenset[Leaf]:
    return frozenset(
        (value.path, value.raw)
        for value in root.walk()
        if value.is_scalar and value.path not in {("metadata", "name"), ("metadata", "namespace")}
    )
