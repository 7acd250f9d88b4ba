"""Whether the disk holds what the profiles say: told from digests, or by comparing every byte."""

# Plain paths all through: pathlib costs more than the work itself.
# ruff: noqa: PTH112, PTH208
from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from talos_gpu.errors import OutsideError
from talos_gpu.output import header
from talos_gpu.output.ledger import to_bytes
from talos_gpu.output.names import FLEET_PAGE, LEDGER, WORK_FOLDER
from talos_gpu.output.rendered import Fleet, RenderedCluster
from talos_gpu.output.survey import Cluster, State, Survey
from talos_gpu.output.tree import contents, walk

__all__ = ["Difference", "Kind", "full", "quick"]


class Kind(Enum):
    """How a file on the disk differs from what was rendered, or would be."""

    MISSING = "missing"
    STALE = "stale"
    EDITED = "edited"
    ORPHANED = "orphaned"
    UNEXPECTED = "unexpected"
    """Found only by the full check: it lies in a cluster's folder and nothing renders it."""
    FOREIGN = "foreign"
    """Somebody else's; a note, no fault."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One file that is not as it should be. `path` begins with the outdir, or is the profile without any files."""

    path: str
    kind: Kind
    why: str

    @property
    def is_fault(self) -> bool:
        """The output is out of date because of this."""
        return self.kind is not Kind.FOREIGN

    def __str__(self) -> str:
        return f"{self.path}: {self.kind.value}: {self.why}"


def quick(outdir: str, survey: Survey, fleet: Fleet | None = None) -> list[Difference]:
    """What the survey of `outdir` found, file by file; it trusts the ledgers."""
    found = [Difference(profile, Kind.MISSING, why) for profile, why in _without_files(survey)]
    for name, error in sorted(survey.broken.items()):
        found.append(Difference(f"{outdir}/{name}/{LEDGER}", Kind.EDITED, f"the ledger cannot be used: {error.why}"))
    for name, cluster in sorted(survey.clusters.items()):
        found += _quick_cluster(f"{outdir}/{name}", cluster, orphaned=name in survey.orphaned)
    found += _twice(outdir, survey)
    found += [Difference(f"{outdir}/{name}", Kind.FOREIGN, "not written by talos-gpu") for name in survey.foreign]
    if fleet:
        found += _page(outdir, fleet(survey.rows))
    return found


def full(
    outdir: str,
    clusters: Sequence[RenderedCluster],
    code: str,
    fleet: Fleet | None = None,
    *,
    complete: bool = True,
) -> list[Difference]:
    """Where the disk differs from `clusters` in file set, bytes or mode; no ledger and no cache is believed.

    The ledgers themselves are compared like any other file. If the run is `complete`, every other folder with a
    ledger is orphaned, and the fleet's page is compared. Raises OutsideError if something cannot be read.
    """
    try:
        found: list[Difference] = []
        for cluster in clusters:
            found += _full_cluster(outdir, cluster, code)
        if complete:
            found += _others(outdir, {cluster.name for cluster in clusters})
            rows = {cluster.name: cluster.row for cluster in sorted(clusters, key=lambda one: one.name)}
            found += _page(outdir, fleet(rows)) if fleet else ()
        return found
    except OSError as error:
        raise OutsideError(f"reading {error.filename or outdir}", error.strerror or str(error)) from error


def _without_files(survey: Survey) -> Iterator[tuple[str, str]]:
    for profile, state in survey.states.items():
        if state is State.MISSING:
            yield profile, "nothing was rendered from this profile yet"


def _quick_cluster(folder: str, cluster: Cluster, *, orphaned: bool) -> Iterator[Difference]:
    if orphaned:
        why = f"its profile {cluster.ledger.profile} is gone"
        yield Difference(f"{folder}/{LEDGER}", Kind.ORPHANED, why)
    elif cluster.state is State.STALE:
        reasons = [f"{path} changed" for path in cluster.changed_inputs]
        reasons += ["talos-gpu itself changed"] if cluster.code_changed else []
        reasons += ["a synth was interrupted here, or is writing just now"] if cluster.interrupted else []
        yield Difference(f"{folder}/{LEDGER}", Kind.STALE, ", ".join(reasons))
    for path in cluster.missing:
        yield Difference(f"{folder}/{path}", Kind.MISSING, "the ledger lists it, the disk does not have it")
    for path in cluster.edited:
        yield Difference(f"{folder}/{path}", Kind.EDITED, "its bytes or its mode are not those that were written")
    for path in cluster.foreign:
        yield Difference(f"{folder}/{path}", Kind.FOREIGN, "not written by talos-gpu")


def _twice(outdir: str, survey: Survey) -> Iterator[Difference]:
    """Two ledgers of one profile: the cluster was renamed in it, and the old folder is still there."""
    owners: dict[str, list[str]] = {}
    for name, cluster in sorted(survey.clusters.items()):
        owners.setdefault(cluster.ledger.profile, []).append(name)
    for profile, found in owners.items():
        if len(found) > 1 and profile in survey.states:
            for name in found:
                why = f"{profile} is the profile of {' and '.join(found)}"
                yield Difference(f"{outdir}/{name}/{LEDGER}", Kind.STALE, why)


def _full_cluster(outdir: str, cluster: RenderedCluster, code: str) -> Iterator[Difference]:
    tree = walk(f"{outdir}/{cluster.name}")
    expected = {**cluster.files, LEDGER: to_bytes(cluster.ledger(code))}
    for path, content in expected.items():
        where = f"{tree.root}/{path}"
        if path in tree.others or path in tree.folders:
            yield Difference(where, Kind.EDITED, "it is no regular file")
        elif path not in tree.files or (present := contents(where)) is None:
            yield Difference(where, Kind.MISSING, "it is rendered, the disk does not have it")
        elif present[0] != content:
            yield Difference(where, Kind.EDITED, "its bytes are not those that are rendered")
        elif present[1]:
            yield Difference(where, Kind.EDITED, "it is executable, what is rendered is not")
    for path in sorted((tree.files | tree.others) - expected.keys()):
        yield Difference(f"{tree.root}/{path}", Kind.UNEXPECTED, "nothing renders it: delete it, or keep it elsewhere")


def _others(outdir: str, rendered: set[str]) -> Iterator[Difference]:
    names = sorted(os.listdir(outdir)) if os.path.isdir(outdir) else []
    for name in names:
        if name in rendered or name in (FLEET_PAGE, WORK_FOLDER):
            continue
        if os.path.lexists(f"{outdir}/{name}/{LEDGER}"):
            yield Difference(f"{outdir}/{name}/{LEDGER}", Kind.ORPHANED, "no profile renders this cluster")
        else:
            yield Difference(f"{outdir}/{name}", Kind.FOREIGN, "not written by talos-gpu")


def _page(outdir: str, page: bytes) -> Iterator[Difference]:
    path = f"{outdir}/{FLEET_PAGE}"
    if not os.path.lexists(path):
        yield Difference(path, Kind.MISSING, "the fleet has no page")
        return
    present = None if os.path.isdir(path) else contents(path)
    if present is None or (present[0] != page and not header.is_ours(present[0])):
        yield Difference(path, Kind.FOREIGN, "not written by talos-gpu")
    elif present != (page, False):
        yield Difference(path, Kind.EDITED, "it does not say what the clusters say")
