"""What changed in the image and in the configuration of the nodes, pool by pool."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from talos_gpu.finding import Position
from talos_gpu.inventory import Value
from talos_gpu.inventory.source_file import SourceFile
from talos_gpu.review.difference import Change, compare
from talos_gpu.review.impact.dialect import in_one_dialect
from talos_gpu.review.impact.event import About, Context, Event, event_of
from talos_gpu.review.impact.judging import Judged, judged
from talos_gpu.review.impact.machine import Told, told_in
from talos_gpu.review.impact.side import Side

__all__ = ["node_events"]

_MACHINE = "the machine configuration"
_SCHEMATIC = "the schematic"


def node_events(before: Side, after: Side, of_pool: Mapping[str, Context]) -> Iterator[Judged]:
    """Everything that changed for nodes that are there in both states, judged."""
    for pool in before.pools:
        if pool in after.pools:
            yield from _schematic(before, after, pool, of_pool[pool])
    for old, new in _pairs(before, after):
        pool = new.pool or old.pool
        context = of_pool.get(pool, Context(running=before.talos, arriving=after.talos, pools=(pool,) if pool else ()))
        nodes = (old.node or new.node,) if old.node or new.node else context.nodes
        yield from _machine(old, new, replace(context, nodes=nodes))
    for node, old, new in _moved(before, after):
        yield from _machine(old, new, replace(of_pool[new.pool], nodes=(node,)))


def _schematic(before: Side, after: Side, pool: str, context: Context) -> Iterator[Judged]:
    old, new = (_file(side, f"{side.layout_path}/schematics/{pool}.yaml") for side in (before, after))
    file = new or old
    if file is None or (old and new and old.data == new.data):
        return
    absent = Value(None, Position(file.path))
    one, other = (found.documents[0] if found and found.documents else absent for found in (old, new))
    root = other if other.exists else one
    whole = Event("schematic", "", (), "changed", one, other, _SCHEMATIC, context, root=root)
    if any(found is not None and (found.faults or found.templated) for found in (old, new)):
        yield Judged(whole, None, "what the Image Factory makes of this schematic, for it is not plain YAML")
        return
    events = [event_of(change, "schematic", "", _SCHEMATIC, context, root, "") for change in compare(one, other)]
    # The id is the digest of the text: other bytes are another image, whatever they say.
    yield from judged(events or [replace(whole, texts=("the same in another form", ""))])


def _file(side: Side, path: str) -> SourceFile | None:
    return side.read([path]).get(path)


def _pairs(before: Side, after: Side) -> Iterator[tuple[Told, Told]]:
    """What a node was told, beside what it is told now; nodes and pools that came or went are told elsewhere."""
    old, new = told_in(before), told_in(after)
    seen: set[tuple[int, int]] = set()
    for mine, others, other_side, turned in ((new, old, before, True), (old, new, after, False)):
        for one in mine:
            found = _counterpart(one, others, other_side)
            if found is None:
                continue
            pair = (found, one) if turned else (one, found)
            key = (id(pair[0]), id(pair[1]))
            if key not in seen and (found.pool or found.node or not turned):
                seen.add(key)
                yield pair


def _moved(before: Side, after: Side) -> Iterator[tuple[str, Told, Told]]:
    """What a node is told that is in another pool now, where a layout tells all nodes of a pool alike."""
    old, new = told_in(before), told_in(after)
    for node in (node for pool in after.pools for node in after.nodes(pool)):
        homes = before.pool_of(node), after.pool_of(node)
        if not homes[0] or homes[0] == homes[1]:
            continue
        pair = [_told_to(node, home, told) for home, told in zip(homes, (old, new), strict=True)]
        if not all(one.node for one in pair):
            yield node, pair[0], pair[1]


def _told_to(node: str, pool: str, every: Sequence[Told]) -> Told:
    found = [told for told in every if told.node == node] or [
        told for told in every if told.pool == pool and not told.node
    ]
    return found[0] if found else Told(pool, "", Value(None, Position("")), {}, whole=True)


def _counterpart(one: Told, others: Sequence[Told], other: Side) -> Told | None:
    """The same node, or the same pool, in the other state; nothing told where the pool is there; None where not."""
    exact = [told for told in others if told.node == one.node and (one.node or told.pool == one.pool)]
    if exact:
        return exact[0]
    if one.pool and one.pool not in other.pools:
        return None
    if one.node and other.plan is not None and one.node not in other.nodes(one.pool):
        return None
    # One layout tells each node, another all nodes of a pool alike: what the pool is told, its nodes are.
    same = [told for told in others if told.pool == one.pool and not (one.node and told.node)]
    return same[0] if same else Told(one.pool, one.node, Value(None, one.legacy.place), {}, whole=True)


def _machine(old: Told, new: Told, context: Context) -> Iterator[Judged]:
    if not (old.whole and new.whole):
        nothing = Value(None, new.legacy.place)
        event = Event("machine", "", (), "changed", nothing, nothing, _MACHINE, context, texts=("", ""))
        yield Judged(event, None, "all that the nodes are told, for a part of it could not be read")
    old, new = in_one_dialect(old, new)
    yield from judged(_events(old.legacy, new.legacy, "machine", "", _MACHINE, context))
    for kind, name in sorted(old.documents.keys() | new.documents.keys()):
        absent = Value(None, new.legacy.place)
        sides = (old.documents.get((kind, name), absent), new.documents.get((kind, name), absent))
        flagged = replace(context, flags=context.flags | _own_name(kind, *sides, context))
        yield from judged(_events(*sides, "document", kind, " ".join(filter(None, (kind, name))), flagged))


def _own_name(kind: str, before: Value, after: Value, context: Context) -> frozenset[str]:
    """own-name: the document came or went, and the name in it is the one that the profile has for the node."""
    if kind != "HostnameConfig" or before.exists == after.exists:
        return frozenset()
    document = after if after.exists else before
    return frozenset({"own-name"} if document.get("hostname").raw in context.nodes else ())


def _events(before: Value, after: Value, about: About, of: str, subject: str, context: Context) -> Iterator[Event]:
    changes: tuple[Change, ...] = compare(before, after)
    root = after if after.exists else before
    for change in changes:
        yield event_of(change, about, of, subject, context, root, "")
