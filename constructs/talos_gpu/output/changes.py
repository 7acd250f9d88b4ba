"""What has to happen in a cluster's folder so that it holds what was rendered: a comparison, nothing is written."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from talos_gpu.output import digest
from talos_gpu.output.header import is_written_by_us
from talos_gpu.output.ledger import Ledger, to_bytes
from talos_gpu.output.names import LEDGER
from talos_gpu.output.rendered import RenderedCluster
from talos_gpu.output.tree import Tree, contents, walk

__all__ = ["Change", "Owned", "compare", "depart", "owned_by"]

Owned = Mapping[str, set[str]]
"""Paths in a cluster's folder that we wrote, with the digests that we may have given them."""


@dataclass(slots=True)
class Change:
    """The way from the folder of `cluster` to what was rendered. Paths are relative to that folder.

    `writes` are new or different, `edited` those of them that a person changed. `pruned` are ours and no longer
    rendered; `kept` likewise, but they are not as we wrote them, so they are somebody else's now. `obstacles` are sentences; with one of
    them nothing may be written. `ledger` is None when the profile is gone and the ledger goes too.
    """

    cluster: str
    ledger: bytes | None
    ledger_differs: bool = True
    writes: dict[str, bytes] = field(default_factory=dict)
    unchanged: int = 0
    edited: list[str] = field(default_factory=list)
    pruned: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    obstacles: list[str] = field(default_factory=list)

    @property
    def is_needed(self) -> bool:
        """Something in the folder has to change."""
        return bool(self.writes or self.pruned or self.ledger_differs)


def owned_by(ledgers: Iterable[Ledger]) -> dict[str, set[str]]:
    """What `ledgers` of one cluster (its own, and the claims of interrupted runs) say is ours."""
    owned: dict[str, set[str]] = {}
    for ledger in ledgers:
        for path, recorded in ledger.files.items():
            owned.setdefault(path, set()).add(recorded)
    return owned


def compare(outdir: str, cluster: RenderedCluster, owned: Owned, code: str) -> Change:
    """The change that `cluster` needs below `outdir`."""
    folder = f"{outdir}/{cluster.name}"
    change = Change(cluster.name, to_bytes(cluster.ledger(code)))
    if _is_no_folder(folder):
        change.obstacles.append(f"{folder} is no folder, but a link or a file")
        return change
    tree = walk(folder)
    for path, content in cluster.files.items():
        if obstacle := _in_the_way(tree, path):
            change.obstacles.append(f"{folder}/{obstacle}")
        else:
            _compare_file(change, tree, path, content, owned)
    _prune(change, tree, owned, cluster.files)
    present = contents(f"{folder}/{LEDGER}")
    change.ledger_differs = present is None or present != (change.ledger, False)
    return change


def depart(outdir: str, name: str, owned: Owned) -> Change:
    """The change after which nothing of ours is left in the folder of `name`, whose profile is gone."""
    change = Change(name, None)
    _prune(change, walk(f"{outdir}/{name}"), owned, {})
    return change


def _compare_file(change: Change, tree: Tree, path: str, content: bytes, owned: Owned) -> None:
    present = contents(f"{tree.root}/{path}") if path in tree.files else None
    if present == (content, False):
        change.unchanged += 1
        return
    if present is not None and present[0] != content and digest.of(present[0]) not in owned.get(path, ()):
        if path not in owned:
            change.obstacles.append(f"{tree.root}/{path} was not written by talos-gpu and says something else")
            return
        change.edited.append(path)
    change.writes[path] = content


def _prune(change: Change, tree: Tree, owned: Owned, rendered: Mapping[str, bytes]) -> None:
    """Only real files, reached through real folders, go: with the bytes of the ledger, and a trace of us in them."""
    for path in sorted(owned.keys() - rendered.keys()):
        present = contents(f"{tree.root}/{path}") if path in tree.files else None
        if present is not None:
            is_ours = digest.of(present[0]) in owned[path] and is_written_by_us(path, present[0])
            (change.pruned if is_ours else change.kept).append(path)


def _in_the_way(tree: Tree, path: str) -> str:
    if path in tree.folders:
        return f"{path} is a folder where a file has to be"
    if path in tree.others:
        return f"{path} is a link or a device where a file has to be"
    at = path.find("/")
    while at > 0:
        above = path[:at]
        if above in tree.files or above in tree.others:
            return f"{above} is a link or a file where a folder has to be"
        at = path.find("/", at + 1)
    return ""


def _is_no_folder(path: str) -> bool:
    try:
        return not stat.S_ISDIR(os.lstat(path).st_mode)
    except FileNotFoundError:
        return False
