"""Rendered clusters become files: all of a file or none of it, and never somebody else's.

The order makes every kill harmless. Everything is staged in a work folder below the outdir and synced, then each
file is renamed into place, then what is no longer rendered is pruned, and the cluster's ledger is renamed last of all.
Until that moment the old ledger is in force and the new one lies in the work folder as a claim, so whatever a kill
leaves behind is known to be ours: `--check` calls it out of date, and the next synth completes it. (Pruning after the
ledger would leave files that no ledger knows any more.)
"""

# Plain paths all through: pathlib costs more than the work itself.
# ruff: noqa: PTH103, PTH105, PTH106, PTH108, PTH112, PTH114, PTH120, PTH208
from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from talos_gpu.errors import OutsideError, Refused
from talos_gpu.finding import Finding, Position
from talos_gpu.output import header, ledger, names
from talos_gpu.output.changes import Change, compare, depart, owned_by
from talos_gpu.output.ledger import Ledger
from talos_gpu.output.lock import locked
from talos_gpu.output.names import FLEET_PAGE, LEDGER
from talos_gpu.output.rendered import Fleet, RenderedCluster
from talos_gpu.output.stage import Stage
from talos_gpu.output.tree import contents

__all__ = ["Written", "apply"]


@dataclass(slots=True)
class Written:
    """What an `apply` did. Paths are posix and relative to the outdir; ledgers and the fleet's page count too.

    `edited` (replaced, they are among `written`) and `kept` (no longer rendered, left alone) were changed by a person.
    `notices` are sentences about what was left alone although it stands where something of ours could be.
    """

    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    pruned: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


def apply(
    outdir: str,
    clusters: Sequence[RenderedCluster],
    *,
    code: str,
    profiles: Collection[str],
    complete: bool = True,
    fleet: Fleet | None = None,
    waiting: Callable[[str], None] | None = None,
    patience_seconds: float = 60.0,
) -> Written:
    """Below `outdir` lies what was rendered; clusters that were not rendered are as they were.

    `profiles` are all profiles that exist, rendered or not: a cluster whose ledger names none of them is removed if
    the run is `complete`. One that was renamed in its profile is removed always. `code` is `digest.code_digest()`;
    `waiting` is told the process that holds the lock.

    Raises Refused, with nothing written, if our names are unfit or something of somebody else is in the way, and
    OutsideError if the disk refuses; unless the error says otherwise the old files are then all in place.
    """
    _refuse([*_unfit(clusters), *_shared(clusters)])
    try:
        os.makedirs(outdir, exist_ok=True)
        with locked(outdir, waiting, patience_seconds) as work:
            stage = Stage(work)
            try:
                return _Run(outdir, clusters, code, stage).apply(profiles, complete, fleet)
            finally:
                stage.close()
    except OSError as error:
        raise OutsideError(f"writing into {outdir}", _reason(error), "Nothing was changed") from error


class _Run:
    def __init__(self, outdir: str, clusters: Sequence[RenderedCluster], code: str, stage: Stage) -> None:
        self._outdir = outdir
        self._clusters = {cluster.name: cluster for cluster in clusters}
        self._code = code
        self._stage = stage
        self._done = Written()

    def apply(self, profiles: Collection[str], complete: bool, fleet: Fleet | None) -> Written:
        known = self._read_ledgers()
        rendered = {cluster.profile for cluster in self._clusters.values()}
        _refuse(self._taken(known, set(profiles), rendered))
        gone = [
            name
            for name, ledgers in known.items()
            if name not in self._clusters
            and all(own.profile in rendered or (complete and own.profile not in profiles) for own in ledgers)
        ]
        changes = self._compare(known, gone)
        page = self._fleet_page(known, gone, fleet) if fleet else None
        self._carry_out([change for change in changes if change.is_needed], page)
        for change in changes:
            self._stage.settle(change.cluster)
        return self._done

    def _read_ledgers(self) -> dict[str, list[Ledger]]:
        """The ledgers of every cluster below the outdir: its own first, then the claims of interrupted runs."""
        known: dict[str, list[Ledger]] = {}
        for name in sorted(os.listdir(self._outdir)):
            folder = f"{self._outdir}/{name}"
            if name == names.WORK_FOLDER or os.path.islink(folder) or not os.path.isdir(folder):
                continue
            try:
                own = ledger.read(self._outdir, name)
            except OutsideError as error:
                if name in self._clusters:
                    raise
                self._done.notices.append(str(error))
                continue
            if own:
                known[name] = [own]
        for name, claims in self._stage.earlier.items():
            if not os.path.islink(f"{self._outdir}/{name}"):
                known.setdefault(name, []).extend(claim for _, claim in claims)
        return known

    def _taken(
        self, known: Mapping[str, list[Ledger]], profiles: set[str], rendered: Collection[str]
    ) -> Iterable[Finding]:
        """A cluster that another profile, which still exists and was not rendered anew, has already."""
        for cluster in self._clusters.values():
            owner = known[cluster.name][0].profile if cluster.name in known else cluster.profile
            if owner != cluster.profile and owner in profiles and owner not in rendered:
                message = f"{cluster.name} is the cluster of {owner} already; each profile needs a cluster of its own"
                yield Finding(Position(cluster.profile), "cluster", message, "give one of them another name")

    def _compare(self, known: Mapping[str, list[Ledger]], gone: Iterable[str]) -> list[Change]:
        changes = []
        findings = []
        for cluster in self._clusters.values():
            change = compare(self._outdir, cluster, owned_by(known.get(cluster.name, ())), self._code)
            remedy = "move it elsewhere or delete it, then run synth again"
            findings += [Finding(Position(cluster.profile), "", text, remedy) for text in change.obstacles]
            changes.append(change)
        _refuse(findings)
        changes += [depart(self._outdir, name, owned_by(known[name])) for name in gone]
        for change in changes:
            self._done.unchanged += change.unchanged + (not change.ledger_differs)
            for into, paths in ((self._done.edited, change.edited), (self._done.kept, change.kept)):
                into.extend(f"{change.cluster}/{path}" for path in paths)
        return changes

    def _fleet_page(self, known: Mapping[str, list[Ledger]], gone: Collection[str], fleet: Fleet) -> bytes | None:
        """The page to be written; None if it is there already, or if what is there is not ours."""
        rows = {name: ledgers[0].row for name, ledgers in known.items() if name not in gone}
        rows |= {name: cluster.row for name, cluster in self._clusters.items()}
        page = fleet(dict(sorted(rows.items())))
        path = f"{self._outdir}/{FLEET_PAGE}"
        present = contents(path) if not os.path.isdir(path) else None
        if present == (page, False):
            self._done.unchanged += 1
            return None
        if os.path.lexists(path) and (present is None or (present[0] != page and not header.is_ours(present[0]))):
            self._done.notices.append(f"{path} was not written by talos-gpu: it is left alone, the fleet has no page")
            return None
        return page

    def _carry_out(self, changes: Sequence[Change], page: bytes | None) -> None:
        """Stages everything, then moves it; before the first move any failure takes everything back."""
        stage = self._stage
        try:
            moves = [self._prepare(change) for change in changes]
            fleet_page = None if page is None else stage.put(page)
            if moves or fleet_page:
                stage.sync()
        except BaseException:
            stage.discard()
            raise
        try:
            for change, staged in zip(changes, moves, strict=True):
                self._move(change, staged)
            if fleet_page:
                os.replace(fleet_page, f"{self._outdir}/{FLEET_PAGE}")
                self._done.written.append(FLEET_PAGE)
        except OSError as error:
            raise OutsideError(
                f"writing into {self._outdir}",
                _reason(error),
                "Some files are new already, none is torn: run synth again when the cause is gone",
            ) from error

    def _prepare(self, change: Change) -> list[tuple[str, str]]:
        """Stages the files of `change` and makes their folders; pairs of staged path and target, the ledger last."""
        folder = f"{self._outdir}/{change.cluster}"
        targets = [f"{folder}/{path}" for path in change.writes]
        for parent in dict.fromkeys(os.path.dirname(path) for path in [*targets, f"{folder}/{LEDGER}"]):
            self._stage.make_folder(parent)
            _require_writable(parent)
        for parent in {os.path.dirname(f"{folder}/{path}") for path in change.pruned}:
            _require_writable(parent)
        moves = [
            (self._stage.put(content), target) for content, target in zip(change.writes.values(), targets, strict=True)
        ]
        if change.ledger is not None:
            moves.append((self._stage.claim(change.cluster, change.ledger), f"{folder}/{LEDGER}"))
        return moves

    def _move(self, change: Change, moves: Sequence[tuple[str, str]]) -> None:
        folder = f"{self._outdir}/{change.cluster}"
        files, last = (moves[:-1], moves[-1]) if change.ledger is not None else (moves, None)
        for staged, target in files:
            os.replace(staged, target)
        for path in change.pruned:
            with suppress(FileNotFoundError):
                os.unlink(f"{folder}/{path}")
            _remove_empty(folder, os.path.dirname(path))
        if last:
            os.replace(*last)
        else:
            _remove_ledger(folder)
        own = [LEDGER] if change.ledger_differs and last else []
        self._done.written += [f"{change.cluster}/{path}" for path in [*change.writes, *own]]
        self._done.pruned += [f"{change.cluster}/{path}" for path in [*change.pruned, *([] if last else [LEDGER])]]


def _unfit(clusters: Iterable[RenderedCluster]) -> Iterable[Finding]:
    for cluster in clusters:
        for problem in names.problems(cluster.files):
            yield Finding(Position(cluster.profile), "", f"files of {cluster.name}: {problem}", "choose another name")


def _shared(clusters: Iterable[RenderedCluster]) -> Iterable[Finding]:
    owners: dict[str, str] = {}
    for cluster in clusters:
        owner = owners.setdefault(cluster.name.casefold(), cluster.profile)
        if owner != cluster.profile:
            message = f"{cluster.name} is the cluster of {owner} too; each profile needs a cluster of its own"
            yield Finding(Position(cluster.profile), "cluster", message, "give one of them another name")
        for problem in names.problems([cluster.name]):
            yield Finding(Position(cluster.profile), "cluster", problem, "choose another name")


def _refuse(findings: Iterable[Finding]) -> None:
    if found := list(findings):
        raise Refused(found)


def _require_writable(folder: str) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(13, "permission denied", folder)


def _remove_empty(folder: str, path: str) -> None:
    """`path` below `folder`, and the folders above it up to `folder` itself, are gone if nothing is in them."""
    with suppress(OSError):
        while path:
            os.rmdir(f"{folder}/{path}")
            path = os.path.dirname(path)


def _remove_ledger(folder: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(f"{folder}/{LEDGER}")
    with suppress(OSError):
        os.rmdir(folder)


def _reason(error: OSError) -> str:
    where = f" ({error.filename})" if error.filename else ""
    return f"{error.strerror or error}{where}"
