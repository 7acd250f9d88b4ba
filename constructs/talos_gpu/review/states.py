"""Two states side by side: what changed in each cluster's folder, in the profiles, and beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from talos_gpu.errors import OutsideError
from talos_gpu.output import ledger
from talos_gpu.output.ledger import Ledger
from talos_gpu.output.names import FACTS, LEDGER
from talos_gpu.review.difference.files import FileChange, Side, file_changes
from talos_gpu.review.difference.schematics import SCHEMATICS, Schematics
from talos_gpu.review.tree import Entry, Tree

__all__ = ["ClusterChange", "Difference", "State", "difference"]

PROFILES = "profiles"


@dataclass(frozen=True, slots=True)
class State:
    """A tree and what lies in the folders that matter: `outdir`, profiles/ and catalogue/."""

    tree: Tree
    outdir: str
    entries: Mapping[str, Entry]
    clusters: frozenset[str]
    """The folders below `outdir` that hold a ledger."""

    @classmethod
    def of(cls, tree: Tree, outdir: str, *, inputs: bool = True) -> State:
        """The state of a tree; without `inputs` of its output alone."""
        entries = tree.entries((outdir, PROFILES, FACTS) if inputs else (outdir,))
        start, end = f"{outdir}/", f"/{LEDGER}"
        found = (path[len(start) : -len(end)] for path in entries if path.startswith(start) and path.endswith(end))
        return cls(tree, outdir, entries, frozenset(name for name in found if "/" not in name))

    def ledger_of(self, cluster: str) -> str:
        """Where the ledger of a cluster lies."""
        return f"{self.outdir}/{cluster}/{LEDGER}"

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """The contents of those of `paths` that are files here, read in one go."""
        return self.tree.read({path: self.entries[path] for path in paths if path in self.entries})

    def sides(self, paths: Iterable[str]) -> Mapping[str, Side]:
        """What lies at those of `paths` where anything does, with its content or target."""
        wanted = {path: self.entries[path] for path in paths if path in self.entries}
        contents, targets = self.tree.read(wanted), self.tree.targets(wanted)
        return {path: Side(entry, contents.get(path), targets.get(path, "")) for path, entry in wanted.items()}


@dataclass(frozen=True, slots=True)
class ClusterChange:
    """A cluster of which anything changed. `before` and `after` are its ledgers: None where it has none to be trusted.

    `ledger_file` is there where the ledger changed, which follows from all else, so `files` does not hold it; `notes`
    say what could not be read of it.
    """

    name: str
    status: Literal["added", "removed", "changed"]
    files: tuple[FileChange, ...]
    before: Ledger | None
    after: Ledger | None
    ledger_file: FileChange | None = None
    notes: tuple[str, ...] = ()

    @property
    def ledger(self) -> Ledger | None:
        """The ledger as it is now, or as it was."""
        return self.after or self.before

    @property
    def code_changed(self) -> bool:
        """Whether another talos-gpu, or another catalogue/, rendered it."""
        return self.before is not None and self.after is not None and self.before.code != self.after.code


@dataclass(frozen=True, slots=True)
class Difference:
    """`clusters` are those that changed, sorted; `unchanged` counts the others. `inputs` are profiles, the files that
    they name, wherever they lie, and catalogue/; `others` is what lies in the output beside the clusters. `schematics` are those of the
    clusters that changed, in both states.
    """

    before: State
    after: State
    clusters: tuple[ClusterChange, ...]
    inputs: tuple[FileChange, ...]
    others: tuple[FileChange, ...]
    unchanged: int = 0
    schematics: Schematics = field(default_factory=Schematics)

    @property
    def is_empty(self) -> bool:
        """Whether nothing changed at all."""
        return not (self.clusters or self.inputs or self.others)


@dataclass(slots=True)
class _Changed:
    """Paths that differ, by the folder that they are told in."""

    clusters: dict[str, list[str]] = field(default_factory=dict)
    inputs: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def difference(before: State, after: State) -> Difference:
    """What is different between two states, both with the same `outdir`. Only what changed is read."""
    names = before.clusters | after.clusters
    changed = _changed(before, after, names)
    every = [path for paths in changed.clusters.values() for path in paths] + changed.inputs + changed.others
    every += [after.ledger_of(name) for name in changed.clusters]
    sides = _Sides(before.sides(every), after.sides(every))
    clusters = tuple(_cluster(name, before, after, sides, paths) for name, paths in sorted(changed.clusters.items()))
    named = _named_elsewhere(before, after, clusters)
    inputs, others = sides.files("", changed.inputs) + named, sides.files("", changed.others)
    schematics = Schematics(*(state.read(_schematics(state, changed.clusters)) for state in (before, after)))
    return Difference(before, after, clusters, inputs, others, len(names) - len(clusters), schematics)


def _named_elsewhere(before: State, after: State, clusters: Sequence[ClusterChange]) -> tuple[FileChange, ...]:
    """What changed in profiles that lie elsewhere, and in the files that they name, as the ledgers list them.

    A ledger may come from a stranger: it leads to no hidden file, and to none that only the later state has, for that
    may be somebody's work tree with what nobody wants to publish.
    """
    tops = tuple(f"{folder}/" for folder in (after.outdir, PROFILES, FACTS))
    listed = {
        path for cluster in clusters for found in (cluster.before, cluster.after) if found for path in found.inputs
    }
    wanted = sorted(path for path in listed if not path.startswith((*tops, ".")) and "/." not in path)
    old = State(before.tree, before.outdir, before.tree.entries(wanted) if wanted else {}, frozenset())
    new = State(after.tree, after.outdir, after.tree.entries(wanted) if wanted else {}, frozenset())
    changed = [path for path in wanted if path in old.entries and old.entries[path] != new.entries.get(path)]
    return _Sides(old.sides(changed), new.sides(changed)).files("", changed)


def _schematics(state: State, clusters: Iterable[str]) -> list[str]:
    tops = tuple(f"{state.outdir}/{name}/{SCHEMATICS}/" for name in clusters)
    return [path for path in state.entries if tops and path.startswith(tops)]


def _changed(before: State, after: State, names: frozenset[str]) -> _Changed:
    found = _Changed()
    start = f"{after.outdir}/"
    for path in sorted(before.entries.keys() | after.entries.keys()):
        if before.entries.get(path) == after.entries.get(path):
            continue
        name = path[len(start) :].partition("/")[0] if path.startswith(start) else ""
        if name in names:
            found.clusters.setdefault(name, []).append(path)
        elif name or path == after.outdir:
            found.others.append(path)
        else:
            found.inputs.append(path)
    return found


@dataclass(frozen=True, slots=True)
class _Sides:
    """Everything that was read of both states, by path."""

    before: Mapping[str, Side]
    after: Mapping[str, Side]

    def files(self, folder: str, paths: Sequence[str]) -> tuple[FileChange, ...]:
        """What changed in the files at `paths`, all of them below `folder`."""
        start = len(folder) + 1 if folder else 0
        old = {path[start:]: self.before[path] for path in paths if path in self.before}
        new = {path[start:]: self.after[path] for path in paths if path in self.after}
        return file_changes(folder, old, new)


def _cluster(name: str, before: State, after: State, sides: _Sides, paths: Sequence[str]) -> ClusterChange:
    place = after.ledger_of(name)
    folder = place.rpartition("/")[0]
    notes: list[str] = []
    old, new = (_ledger(name, place, found.get(place), notes) for found in (sides.before, sides.after))
    status = _status(name, before, after, old, new)
    if status == "changed" and name not in before.clusters & after.clusters:
        state = before if name in after.clusters else after
        notes.append(
            f"{state.tree.name}: {place} is not there, though files that it names are: nothing is known of them"
        )
    files = sides.files(folder, [path for path in paths if path != place])
    own = sides.files(folder, [place])[0] if place in paths else None
    return ClusterChange(name, status, files, old, new, own, tuple(notes))


def _status(
    name: str, before: State, after: State, old: Ledger | None, new: Ledger | None
) -> Literal["added", "removed", "changed"]:
    """A ledger alone that comes or goes brings no cluster and takes none away: its files lie there in both states."""
    if name in before.clusters & after.clusters:
        return "changed"
    known, other = (old, after) if name in before.clusters else (new, before)
    start = f"{other.outdir}/{name}/"
    stays = (
        any(f"{start}{file}" in other.entries for file in known.files)
        if known
        else any(path.startswith(start) for path in other.entries)
    )
    if stays:
        return "changed"
    return "removed" if name in before.clusters else "added"


def _ledger(name: str, place: str, side: Side | None, notes: list[str]) -> Ledger | None:
    """The ledger of a cluster; None, with a note, where it is not to be trusted."""
    if side is None or side.content is None:
        return None
    try:
        found = ledger.parse(side.content, place)
    except OutsideError as error:
        notes.append(str(error))
        return None
    if found.cluster != name:
        notes.append(f"{place}: it is of the cluster {found.cluster}, not of {name}")
        return None
    return found
