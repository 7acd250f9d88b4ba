"""What one reader made of the files: subjects and facts of a cluster, before the clusters are joined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from talos_gpu.finding import Finding
from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.source_file import Files
from talos_gpu.inventory.subject import Subject

__all__ = ["Draft", "Reader"]


@dataclass(frozen=True, slots=True)
class Draft:
    """A part of a cluster, below `folder`. `name` is the cluster's where its files give one.

    `files` are those that were read for it: no later reader reads them again. `notes` say what could not be known
    (infos). The facts are as in `Cluster`.
    """

    folder: str
    subjects: tuple[Subject, ...]
    files: frozenset[str]
    name: str = ""
    talos: Said | None = None
    contract: Said | None = None
    kubernetes: Said | None = None
    gpus: tuple[Said, ...] = ()
    is_talos: bool | None = None
    hardly_talos: bool = False
    """Whether something speaks for another distribution, which counts where nobody speaks of Talos."""
    admission_removed: bool = False
    notes: tuple[Finding, ...] = ()
    cluster: str = ""
    """What Argo CD calls the cluster, where it sends things to several; empty for its own."""
    foreign: frozenset[str] = frozenset()
    """The folders in which something tells of another distribution, where nothing tells of Talos."""
    together: bool = False
    """Whether its subjects are of one cluster though they stand in several folders."""
    declared: Mapping[str, object] = field(default_factory=dict, compare=False)


Reader = Callable[[Files, frozenset[str]], Iterable[Draft]]
"""Takes all files, and the paths that earlier readers have read."""
