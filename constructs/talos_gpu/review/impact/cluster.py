"""What a change costs each cluster that it changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from talos_gpu.catalog import Catalogue, load_catalogue
from talos_gpu.finding import Position
from talos_gpu.inventory import Value
from talos_gpu.output.names import FACTS
from talos_gpu.review.impact.context import context_of
from talos_gpu.review.impact.event import Context, Event, Kind
from talos_gpu.review.impact.facts import fact_events
from talos_gpu.review.impact.files import file_events
from talos_gpu.review.impact.judging import Judged, causes, judged
from talos_gpu.review.impact.machine import covered
from talos_gpu.review.impact.nodes import node_events
from talos_gpu.review.impact.side import Side, side_of
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, ScopeImpact
from talos_gpu.review.profiles import Planned
from talos_gpu.review.states import ClusterChange, Difference

__all__ = ["impacts"]

_NO_LEDGER = "what these files are part of, for on one side their ledger is missing or not to be trusted"
_BESIDE = ""
"""Among the pools that something concerns: the Kubernetes side, too."""
_DELIVERED = ("kubernetes/", "flux/", "argocd/", "smoke-test/")
"""What an engine, or a person with kubectl, brings to the cluster."""


def impacts(difference: Difference, plans: Mapping[str, tuple[Planned, Planned]]) -> tuple[ClusterImpact, ...]:
    """The cost of every cluster that changed, by name. `plans` are those of both states (`plans_of`)."""
    catalogue = load_catalogue()
    facts = tuple(file.path for file in difference.inputs if file.path.startswith(f"{FACTS}/"))
    renamed = _renamed(difference, plans)
    return tuple(
        _impact(change, difference, plans[change.name], catalogue, facts, renamed) for change in difference.clusters
    )


def _renamed(difference: Difference, plans: Mapping[str, tuple[Planned, Planned]]) -> frozenset[str]:
    """Clusters that come or go while another one goes or comes with the same addresses of nodes."""
    lost = {
        change.name: _addresses(plans[change.name][0]) for change in difference.clusters if change.status == "removed"
    }
    new = {change.name: _addresses(plans[change.name][1]) for change in difference.clusters if change.status == "added"}
    pairs = ((old, other) for old, mine in lost.items() for other, theirs in new.items() if mine & theirs)
    return frozenset(name for pair in pairs for name in pair)


def _addresses(planned: Planned) -> frozenset[str]:
    pools = planned.plan.pools if planned.plan else ()
    return frozenset(node.address for pool in pools for node in pool.nodes)


def _impact(
    change: ClusterChange,
    difference: Difference,
    planned: tuple[Planned, Planned],
    catalogue: Catalogue,
    facts: tuple[str, ...],
    renamed: frozenset[str],
) -> ClusterImpact:
    before = side_of(difference.before, change.name, change.before, planned[0])
    after = side_of(difference.after, change.name, change.after, planned[1])
    cluster = _Cluster(change, before, after, catalogue, facts, change.name in renamed)
    found = causes(cluster.judged())
    talos = before.talos, after.talos
    pools = tuple(_scope(pool, found, before, after) for pool in cluster.pools)
    known = {pool.name for pool in pools}
    # What concerns a pool that nobody knows is told beside the pools, not left out.
    others = tuple(cause for cause in found if _BESIDE in found[cause] or not known.intersection(found[cause]))
    notes = (*change.notes, *before.planned.notes, *after.planned.notes)
    return ClusterImpact(
        change.name, change.status, talos, pools, ScopeImpact("", (), others), tuple(dict.fromkeys(notes))
    )


def _scope(pool: str, found: Mapping[Cause, frozenset[str]], before: Side, after: Side) -> ScopeImpact:
    nodes = tuple(dict.fromkeys((*before.nodes(pool), *after.nodes(pool))))
    return ScopeImpact(pool, nodes, tuple(cause for cause, pools in found.items() if pool in pools))


@dataclass(frozen=True)
class _Cluster:
    """A cluster that changed, with both of its sides; `facts` are the files of catalogue/ that changed."""

    change: ClusterChange
    before: Side
    after: Side
    catalogue: Catalogue
    facts: tuple[str, ...]
    renamed: bool
    """Whether its nodes are those of another cluster that goes or comes with it."""

    @cached_property
    def pools(self) -> tuple[str, ...]:
        """Every pool of one of the sides."""
        return tuple(dict.fromkeys((*self.before.pools, *self.after.pools)))

    def judged(self) -> Iterator[Judged]:
        """Everything that changed, each with its row."""
        if self.change.status == "added" and not self.before.paths:
            yield from judged([self._own("cluster", "added")])
            return
        found = [*self._changed()] if self.change.status != "removed" else [*self._removed()]
        if self.change.status == "changed" and None in (self.change.before, self.change.after):
            found.insert(0, Judged(self._own("cluster", "changed"), None, _NO_LEDGER))
        yield from found or judged([self._own("ledger", "changed")])

    def _removed(self) -> Iterator[Judged]:
        files = tuple(file for file in self.change.files if file.file.startswith(_DELIVERED))
        yield from judged([self._own("cluster", "removed")])
        yield from judged(file_events(files, self.before, self.after, self._common, self._nodes, self.catalogue))

    def _changed(self) -> Iterator[Judged]:
        of_pool = {pool: self._pool(pool) for pool in self.pools}
        yield from judged(fact_events(self.before, self.after, self._common, self._nodes, of_pool))
        yield from judged(self._own("catalogue-file", "changed", file) for file in self.facts)
        yield from self._told(of_pool)
        yield from judged(
            file_events(self.change.files, self.before, self.after, self._common, self._nodes, self.catalogue)
        )

    def _told(self, of_pool: Mapping[str, Context]) -> Iterator[Judged]:
        """What the nodes are told, where anything of the layout changed."""
        folders = tuple(f"{side.layout_path}/" for side in (self.before, self.after))
        changed = (file for file in self.change.files if file.before.content != file.after.content)
        own = [file.file for file in changed if file.file.startswith(folders)]
        if not own and not self._moved:
            return
        lacking = next((side for side in (self.before, self.after) if side.paths and not side.layout), None)
        if lacking:
            event = self._own("layout", "changed")
            yield Judged(event, None, "which layout brings configuration to the nodes, and so what they are told")
            return
        found = [*node_events(self.before, self.after, of_pool)]
        yield from found
        patched = any(covered(side, file) for side in (self.before, self.after) for file in own)
        if patched and not any(one.event.about in {"machine", "document"} for one in found):
            yield from judged([self._own("patches", "changed")])

    def _own(self, what: str, kind: Kind, of: str = "") -> Event:
        place = Position(of or f"{self.after.folder}/{'' if of else '.talos-gpu.json'}")
        nothing = Value(None, place)
        path = (what, of) if of else (what,)
        texts = (self.before.talos, self.after.talos) if what == "cluster" else ("", "")
        context = replace(self._nodes, pools=(*self.pools, _BESIDE)) if what == "cluster" else self._nodes
        if what == "cluster" and self.renamed:
            context = replace(context, flags=context.flags | {"same-nodes"})
        return Event("fact", what, path, kind, nothing, nothing, of or "the cluster", context, texts=texts)

    @cached_property
    def _moved(self) -> bool:
        """Whether a node is in another pool now: not every layout lists the nodes in a file."""
        nodes = (node for pool in self.before.pools for node in self.before.nodes(pool))
        return any(self.after.pool_of(node) not in {"", self.before.pool_of(node)} for node in nodes)

    @cached_property
    def _common(self) -> Context:
        return context_of(self.before, self.after)

    @cached_property
    def _nodes(self) -> Context:
        """Where something concerns all pools."""
        nodes = tuple(node for pool in self.pools for node in self.before.nodes(pool))
        return replace(self._common, pools=self.pools, nodes=nodes)

    def _pool(self, pool: str) -> Context:
        side = self.before if pool in self.before.pools else self.after
        return replace(self._common, pools=(pool,), nodes=side.nodes(pool), role=side.role(pool))
