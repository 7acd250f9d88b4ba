"""What changed in the files of a cluster, as events: objects, values of charts, and all that is neither."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from posixpath import basename, dirname, join, normpath

from talos_gpu.catalog import Catalogue, NotListed, Stated, ValueTable
from talos_gpu.finding import Position
from talos_gpu.inventory import Value
from talos_gpu.review.difference.files import FileChange, ItemChange
from talos_gpu.review.impact.event import About, Context, Event, Kind, event_of
from talos_gpu.review.impact.machine import covered
from talos_gpu.review.impact.side import Side

__all__ = ["file_events"]

_SCHEMATICS = "schematics"
_VALUES = "values.yaml"
_COMPONENTS = "components/"
_NAMES = (("metadata", "name"), ("metadata", "namespace"))
_ADDRESSES = ("repoURL", "chart", "targetRevision", "path")


@dataclass(frozen=True, slots=True)
class _Cluster:
    before: Side
    after: Side
    common: Context
    nodes: Context
    catalogue: Catalogue

    def context(self, file: str) -> Context:
        """What concerns the layout concerns the pools."""
        folders = tuple(f"{side.layout_path}/" for side in (self.before, self.after))
        return self.nodes if file.startswith(folders) else self.common


def file_events(
    files: Iterable[FileChange], before: Side, after: Side, common: Context, nodes: Context, catalogue: Catalogue
) -> Iterator[Event]:
    """The events of all files but the schematics, and those that are merged to what the nodes are told.

    `nodes` is the context of what concerns the nodes of all pools, `common` that of everything else.
    """
    cluster = _Cluster(before, after, common, nodes, catalogue)
    for file in files:
        side = after if file.after.entry else before
        if file.text or _is_same(file) or not (covered(side, file.file) or _is_schematic(side, file.file)):
            yield from _file_events(file, cluster)


def _is_schematic(side: Side, file: str) -> bool:
    return dirname(file) == f"{side.layout_path}/{_SCHEMATICS}"


def _file_events(file: FileChange, cluster: _Cluster) -> Iterator[Event]:
    nothing = Value(None, Position(file.path))
    subject = f"the file {file.file}"
    common = (subject, cluster.context(file.file), file.file)
    if _odd(file):
        kinds = tuple(side.entry.kind if side.entry else "" for side in (file.before, file.after))
        yield Event("file", "odd", (), file.status, nothing, nothing, *common, texts=(kinds[0], kinds[1]))
    elif _is_same(file):
        yield Event("file", "mode", (), file.status, nothing, nothing, *common, texts=("", ""))
    elif file.text:
        flags = frozenset({"as-rendered"} if _is_as_rendered(file.file, file.after.content, cluster.after) else ())
        yield Event(
            "text", basename(file.file), (), file.status, nothing, nothing, *common, texts=("", ""), flags=flags
        )
    elif file.form:
        yield Event(
            "form", basename(file.file), (), "changed", nothing, nothing, *common, texts=("", ", ".join(file.form))
        )
    flags = frozenset({"as-rendered"} if _follows(file, cluster) else ())
    for item in file.items:
        for event in _item_events(item, file.file, cluster):
            yield replace(event, flags=event.flags | flags)


def _is_same(file: FileChange) -> bool:
    """Whether the bytes are the same, so that only the mode changed."""
    return file.before.content is not None and file.before.content == file.after.content


def _is_as_rendered(file: str, content: bytes | None, side: Side) -> bool:
    """Whether the file is what today's code makes of the profile: then it follows from what is told elsewhere."""
    return side.plan is not None and side.rendered_layout.get(file) == content


def _follows(file: FileChange, cluster: _Cluster) -> bool:
    """Whether a file of the layout is in both states what their profiles come to."""
    if not all(file.file.startswith(f"{side.layout_path}/") for side in (cluster.before, cluster.after)):
        return False
    return _is_as_rendered(file.file, file.before.content, cluster.before) and _is_as_rendered(
        file.file, file.after.content, cluster.after
    )


def _odd(file: FileChange) -> bool:
    """Whether a side is a link, a submodule, a device: something that is no file of ours."""
    return any(side.entry is not None and not side.entry.has_content for side in (file.before, file.after))


def _item_events(change: ItemChange, file: str, cluster: _Cluster) -> Iterator[Event]:
    item = change.item
    context = cluster.context(file)
    context = replace(context, flags=context.flags | _delivered(cluster, file))
    absent = Value(None, item.root.place)
    before = change.before.root if change.before else absent
    after = change.after.root if change.after else absent
    chart = _chart(cluster, file)
    if chart:
        sort: tuple[About, str, str] = ("values", chart, f"the values of {chart}")
    elif item.identity.family == "object":
        sort = ("object", _kind(item.identity.group, item.identity.kind), str(item.identity))
    else:
        sort = ("data", item.identity.kind or basename(file), f"the file {file}")
    if file.startswith(_COMPONENTS):
        sort = (*sort[:2], f"the component {basename(dirname(file))}")
    folder = cluster.after.folder
    if change.status in {"added", "removed", "moved", "renamed"}:
        kind: Kind = "added" if change.status == "added" else "removed" if change.status == "removed" else "renamed"
        flags = frozenset({"moved"}) if change.status == "moved" else frozenset[str]()
        texts = (
            str(change.before.identity) if change.before else "",
            str(change.after.identity) if change.after else "",
        )
        yield Event(
            sort[0], sort[1], (), kind, before, after, sort[2], context, file, item.root, texts, flags, folder
        )  # fmt: skip
    for one in change.changes:
        if sort[0] == "object" and one.path in _NAMES:
            continue  # it has another name, which was said above
        event = replace(event_of(one, *sort, context, item.root, file), folder=folder)
        event = replace(event, flags=_beside(event, chart, cluster))
        yield from _with_effects(event, chart, cluster) if chart else _resources(event, cluster)


def _beside(event: Event, chart: str, cluster: _Cluster) -> frozenset[str]:
    """What the event's own place does not tell.

    switched-off: the chart's component to which the value belongs is off now. of-stack: it is where the vendor of the
    cluster's new stack serves its chart.
    """
    if chart:
        off = event.root is not None and event.steps and event.root.get(event.steps[0], "enabled").boolean is False
        return frozenset({"switched-off"} if off else ())
    plans = cluster.before.plan, cluster.after.plan
    gone = not event.after.exists and not event.before.is_map
    if not all(plan and plan.stack.chart for plan in plans) or event.about != "object" or gone:
        return frozenset()
    old, new = (plan.stack.chart for plan in plans if plan and plan.stack.chart)
    vendors = old.name != new.name and old.repository.by == new.repository.by == "catalogue"
    theirs = {new.repository.value, new.name, new.version.value}
    return frozenset({"of-stack"} if vendors and _addresses(event.after) <= theirs else ())


def _addresses(value: Value) -> frozenset[str]:
    """From where it is fetched, and what: of a source of Argo CD that came or went, its keys that say so."""
    told = [value.get(key) for key in _ADDRESSES] if value.is_map else [value]
    return frozenset(one.raw for one in told if one.exists)


def _resources(event: Event, cluster: _Cluster) -> Iterator[Event]:
    """The event of a kustomization's resources, flagged by whether the file that is named lies there."""
    if event.about != "data" or event.steps[:1] != ("resources",):
        yield event
        return
    for leaf in _leaves(event):
        named = normpath(join(dirname(event.file), leaf.value.raw))
        there = named in cluster.after.paths
        yield replace(leaf, flags=leaf.flags | {"stays" if there else "missing"})


def _kind(group: str, kind: str) -> str:
    """The kind, with its group where Flux and kustomize share a name."""
    return f"{kind}.{group.partition('.')[0]}" if kind == "Kustomization" else kind


def _delivered(cluster: _Cluster, file: str) -> frozenset[str]:
    """Whether an engine applies what lies in this file."""
    top = file.partition("/")[0]
    by_hand = top == "smoke-test" and "test-delivered" not in cluster.common.flags
    return frozenset() if by_hand or "engine" not in cluster.common.flags else frozenset({"delivered"})


def _chart(cluster: _Cluster, file: str) -> str:
    """The chart whose values file it is; empty of every other file."""
    if basename(file) != _VALUES or not file.startswith("kubernetes/"):
        return ""
    folder = basename(dirname(file))
    for side in (cluster.after, cluster.before):
        if side.plan and side.plan.stack.chart and side.plan.stack.kind.value == folder:
            return side.plan.stack.chart.name
    return folder


def _with_effects(event: Event, chart: str, cluster: _Cluster) -> Iterator[Event]:
    """The event of a chart's value, flagged by what the chart makes of it; apart, where its parts differ in that."""
    table = _table(chart, cluster)
    if table is None:
        yield event
        return
    leaves = tuple(_leaves(event))
    effects = [_effects(leaf, table) for leaf in leaves]
    if len(set(effects)) == 1:
        yield replace(event, flags=event.flags | effects[0])
    else:
        for leaf, found in zip(leaves, effects, strict=True):
            yield replace(leaf, flags=leaf.flags | found)


def _leaves(event: Event) -> Iterator[Event]:
    parts = tuple(event.parts())
    if not parts:
        yield event
    for part in parts:
        yield from _leaves(part)


def _effects(event: Event, table: ValueTable) -> frozenset[str]:
    """What the chart makes of both sides: `ignored` where neither counts, `fails` where the new one breaks it."""
    steps = []
    for step in event.path:
        if not isinstance(step, str):
            break
        steps.append(step)
    inside_list = len(steps) < len(event.path)
    path = ".".join(steps)
    sides = [side for side in (event.before, event.after) if side.exists]
    effects = [table.effect(path, [] if inside_list else side.data) for side in sides]
    if event.after.exists and effects[-1] == "template-error":
        return frozenset({"fails"})
    return frozenset({"ignored"}) if effects and set(effects) <= {"ignored", "dropped"} else frozenset()


def _table(chart: str, cluster: _Cluster) -> ValueTable | None:
    """What the chart of the new state reads; the one of the old state where it is gone."""
    for side in (cluster.after, cluster.before):
        plan = side.plan
        if plan and plan.stack.chart and plan.stack.chart.name == chart:
            version = cluster.catalogue.chart_version(chart, plan.stack.chart.version.value)
            if not isinstance(version, NotListed) and isinstance(version.values, Stated):
                return version.values.value
    return None
