"""Which thing of one state is which of the other: by identity; what is left, by what it holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from talos_gpu.inventory import Value
from talos_gpu.review.difference.item import Identity, Item

__all__ = ["matched"]

_ALIKE = 0.6
"""How much of both must be the same for one to be the other under a new name."""
_MOST = 200
"""Beyond so many candidates of a kind nothing is looked at: a state as large is no renaming."""

Leaf = tuple[tuple[str | int, ...], str]


def matched(old: Iterable[Item], new: Iterable[Item]) -> Iterator[tuple[Item | None, Item | None]]:
    """Each thing with its other side: what is in both, what was renamed, what came, what went."""
    before, after = _by_identity(old), _by_identity(new)
    renamed = _renamed(
        [item for key, item in before.items() if key not in after],
        [item for key, item in after.items() if key not in before],
    )
    for key, item in after.items():
        yield before.get(key) or renamed.get(item), item
    gone = set(renamed.values())
    for key, item in before.items():
        if key not in after and item not in gone:
            yield item, None


def _by_identity(items: Iterable[Item]) -> Mapping[tuple[Identity, int], Item]:
    """The same identity in several files is several things."""
    seen: Counter[Identity] = Counter()
    found: dict[tuple[Identity, int], Item] = {}
    for item in items:
        found[item.identity, seen[item.identity]] = item
        seen[item.identity] += 1
    return found


def _renamed(gone: Sequence[Item], came: Sequence[Item]) -> Mapping[Item, Item]:
    """What a thing was before, by what it is now: the most alike first."""
    scored = sorted(
        (
            (_likeness(old, new), new, old)
            for kind in sorted({_kind(item) for item in came})
            for old, new in _candidates(kind, gone, came)
        ),
        key=lambda row: (-row[0], row[1].identity, row[1].file, row[2].identity, row[2].file),
    )
    found: dict[Item, Item] = {}
    for score, new, old in scored:
        if score >= _ALIKE and new not in found and old not in found.values():
            found[new] = old
    return found


def _candidates(kind: object, gone: Sequence[Item], came: Sequence[Item]) -> list[tuple[Item, Item]]:
    olds = [item for item in gone if _kind(item) == kind]
    news = [item for item in came if _kind(item) == kind]
    return [(old, new) for old in olds for new in news] if len(olds) * len(news) <= _MOST else []


def _kind(item: Item) -> tuple[str, str, str]:
    return item.identity.family, item.identity.group, item.identity.kind


def _likeness(old: Item, new: Item) -> float:
    """The share of leaves that both have; names do not count, for they are what may have changed."""
    one, other = _leaves(old.root), _leaves(new.root)
    every = len(one | other)
    return len(one & other) / every if every else 0.0


def _leaves(root: Value) -> set[Leaf]:
    return {
        (value.path, value.raw)
        for value in root.walk()
        if value.is_scalar and value.path not in {("metadata", "name"), ("metadata", "namespace")}
    }
