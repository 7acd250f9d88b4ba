"""What was decided of a cluster in both states, decision by decision: what no file of the output says by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from talos_gpu.finding import Position
from talos_gpu.inventory import Value
from talos_gpu.plan.decision import Known
from talos_gpu.plan.explain import as_data
from talos_gpu.plan.model import ClusterPlan, GpuPlan, PoolPlan
from talos_gpu.review.impact.event import Context, Event, Kind
from talos_gpu.review.impact.side import Side

__all__ = ["fact_events"]

Path = tuple[str, ...]
_POOLS = "pools"
_NODES = "nodes"
_NONE = "none"
_OF_NODES = frozenset({"talos", "dialect", "contract", "layout", "kubernetes", "endpoint", "catalogue"})


@dataclass(frozen=True, slots=True)
class _Fact:
    text: str
    place: Position


def fact_events(
    before: Side, after: Side, common: Context, nodes: Context, of_pool: Mapping[str, Context]
) -> Iterator[Event]:
    """What was decided otherwise. A fact is compared where both states say it, or where both have a plan.

    `nodes` is the context of what concerns the nodes of all pools, `common` that of everything else.
    """
    old, new = _facts(before), _facts(after)
    both = before.plan is not None and after.plan is not None
    pools = _Pools(before, after, common, nodes, of_pool)
    for path in sorted(old.keys() | new.keys()):
        one, other = old.get(path), new.get(path)
        if (one and other and one.text == other.text) or not ((one and other) or both or _is_existence(path)):
            continue
        if not _is_told_above(path, old, new) and not pools.tells(path, one is None):
            yield _event(path, one, other, pools.context(path), pools.flags(path))


def _event(path: Path, one: _Fact | None, other: _Fact | None, context: Context, flags: frozenset[str]) -> Event:
    kind: Kind = "added" if one is None else "removed" if other is None else "changed"
    fact = other or one
    assert fact is not None
    nothing = Value(None, fact.place)
    texts = (one.text if one else "", other.text if other else "")
    return Event("fact", path[0], path, kind, nothing, nothing, _subject(path), context, texts=texts, flags=flags)


def _subject(path: Path) -> str:
    return f"{path[0].removesuffix('s')} {path[1]}" if path[0] in {_POOLS, _NODES} else "the cluster"


def _is_existence(path: Path) -> bool:
    """Whether it says that a pool is there, which files tell too."""
    return path[0] == _POOLS and len(path) == 2


def _is_told_above(path: Path, old: Mapping[Path, _Fact], new: Mapping[Path, _Fact]) -> bool:
    """Whether the pool or node that it is a fact of came or went as a whole."""
    above = path[:2]
    return path[0] in {_POOLS, _NODES} and len(path) > 2 and (above in old) != (above in new)


@dataclass(frozen=True, slots=True)
class _Pools:
    """Where the nodes are in both states."""

    before: Side
    after: Side
    common: Context
    nodes: Context
    of_pool: Mapping[str, Context]

    def tells(self, path: Path, came: bool) -> bool:
        """Whether a node came or went with its whole pool, which is told already."""
        side, other = (self.after, self.before) if came else (self.before, self.after)
        return path[0] == _NODES and len(path) == 2 and side.pool_of(path[1]) not in other.pools

    def context(self, path: Path) -> Context:
        """The pools and nodes that the fact is about."""
        if path[0] == _POOLS:
            return self.of_pool.get(path[1], self.common)
        if path[0] == _NODES:
            # A node that moved is told where it is now: it costs the nodes of the pool that it left nothing.
            home = self.after.pool_of(path[1]) or self.before.pool_of(path[1])
            return replace(self.of_pool.get(home, self.common), pools=(home,), nodes=(path[1],))
        return self.nodes if path[0] in _OF_NODES else self.common

    def flags(self, path: Path) -> frozenset[str]:
        """alike: the node's new pool has the image of its old one. emptied: all nodes of a pool are in others now."""
        if path[0] == _NODES and path[2:] == ("pool",):
            images = [side.image(side.pool_of(path[1])) for side in (self.before, self.after)]
            return frozenset({"alike"} if images[0] == images[1] else ())
        if path[0] == _POOLS and len(path) == 2:
            nodes = self.before.nodes(path[1])
            return frozenset({"emptied"} if nodes and all(map(self.after.pool_of, nodes)) else ())
        return frozenset()


def _facts(side: Side) -> dict[Path, _Fact]:
    place = Position(f"{side.folder}/README.md")
    found: dict[Path, _Fact] = {(_POOLS, pool): _Fact("", place) for pool in side.pools}
    said = {("talos",): side.talos, ("layout",): side.layout, ("delivery",): side.engine}
    found |= {path: _Fact(text, place) for path, text in said.items() if text}
    plan, loaded = side.plan, side.loaded
    if plan is None or loaded is None:
        return found
    homes = {node.name: pool.name for pool in plan.pools for node in pool.nodes}
    for path, text in (*_cluster(plan), *(item for pool in plan.pools for item in (*_pool(pool), *_nodes(pool)))):
        # Pools and nodes are found by their names in the profile, anything else by its first key.
        at = (_POOLS, homes[path[1]], *path[:2]) if path[0] == _NODES else path[: 2 if path[0] == _POOLS else 1]
        found[path] = _Fact(text, loaded.position(*at))
    found |= {path: _Fact(text, loaded.position(*path)) for path, text in said.items() if text}
    profile = loaded.profile
    for key, model in (("catalogue", profile.catalogue), ("images", profile.images)):
        data = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
        for path, text in _leaves((key,), data):
            found[path] = _Fact(text, loaded.position(*path))
    return found


def _leaves(path: Path, data: object) -> Iterator[tuple[Path, str]]:
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from _leaves((*path, str(key)), value)
    elif data is not None:
        yield path, data if isinstance(data, str) else json.dumps(data)


def _cluster(plan: ClusterPlan) -> Iterator[tuple[Path, str]]:
    yield ("dialect",), plan.dialect.value
    yield ("contract",), plan.contract.value
    for key, decision in (("kubernetes", plan.kubernetes), ("endpoint", plan.endpoint)):
        if isinstance(decision, Known):
            yield (key,), decision.value
    yield ("stack", "kind"), plan.stack.kind.value
    yield ("stack", "namespace"), plan.stack.namespace.value
    if plan.stack.chart:
        yield ("stack", "version"), plan.stack.chart.version.value
        yield ("stack", "repository"), plan.stack.chart.repository.value


def _pool(pool: PoolPlan) -> Iterator[tuple[Path, str]]:
    at = (_POOLS, pool.name)
    host, _, rest = pool.schematic.installer.value.partition("/")
    yield at, ""
    yield (*at, "role"), pool.role
    yield (*at, "arch"), pool.arch
    yield (*at, "installer", "host"), host
    yield (*at, "installer", "name"), rest.partition("/")[0]
    for taint in pool.machine.taints.value:
        value = f"={taint.value}" if taint.value else ""
        yield (*at, "taints", f"{taint.key}{value}:{taint.effect}"), taint.effect
    if pool.gpu:
        yield from _gpu(at, pool.gpu)


def _nodes(pool: PoolPlan) -> Iterator[tuple[Path, str]]:
    for node in pool.nodes:
        at = (_NODES, node.name)
        yield at, ""
        yield (*at, "pool"), pool.name
        yield (*at, "address"), node.address
        if node.install_disk:
            yield (*at, "installDisk"), node.install_disk


def _gpu(at: Path, gpu: GpuPlan) -> Iterator[tuple[Path, str]]:
    yield (*at, "gpu", "model"), gpu.model.value
    yield (*at, "gpu", "count"), str(gpu.count)
    if isinstance(gpu.sharing, Known) and gpu.sharing.value != _NONE:
        yield (*at, "gpu", "sharing"), gpu.sharing.value
    if isinstance(gpu.mig, Known) and gpu.mig.value != _NONE:
        yield (*at, "gpu", "mig"), " ".join(filter(None, (gpu.mig.value, gpu.mig_profile)))
    if isinstance(gpu.resources, Known):
        counts = as_data(gpu.resources.value)
        yield (*at, "gpu", "allocatable"), ", ".join(f"{name}: {count}" for name, count in counts.items())
