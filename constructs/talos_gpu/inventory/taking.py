"""Reads files into clusters: every reader in turn, then what belongs together is joined."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from talos_gpu.finding import Finding
from talos_gpu.inventory.cluster import Cluster, Said
from talos_gpu.inventory.draft import Draft, Reader
from talos_gpu.inventory.hedging import hedged
from talos_gpu.inventory.joining import join
from talos_gpu.inventory.kubernetes import read_kubernetes
from talos_gpu.inventory.machine_config import read_machine_configs
from talos_gpu.inventory.omni import read_omni
from talos_gpu.inventory.opentofu import read_opentofu
from talos_gpu.inventory.profile import read_profiles
from talos_gpu.inventory.relevance import can_matter
from talos_gpu.inventory.schematic import read_inner_schematics, read_schematics
from talos_gpu.inventory.source_file import DUPLICATE, Files, SourceFile, read_source
from talos_gpu.inventory.talhelper import read_talhelper
from talos_gpu.inventory.topf import read_topf

__all__ = ["READERS", "Given", "Inventory", "take"]

READERS: tuple[Reader, ...] = (
    read_topf,
    read_omni,
    read_schematics,
    read_talhelper,
    read_opentofu,
    read_machine_configs,
    read_inner_schematics,
    read_kubernetes,
)
"""In the order in which they may claim a file, after the reader of profiles."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says of clusters whose files do not say it."""

    talos: str = ""
    target: str = ""
    """The Talos release that somebody wants to upgrade to."""
    kubernetes: str = ""
    gpus: tuple[str, ...] = ()
    facts: tuple[Path, ...] = ()
    """Data files of the user's, for the catalogue that profiles are planned with."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """`notes` are what could not be read or known; their rule and severity are set."""

    clusters: tuple[Cluster, ...]
    files: Mapping[str, SourceFile]
    notes: tuple[Finding, ...]


def take(data: Mapping[str, bytes], given: Given) -> Inventory:
    """The inventory of files, by path relative to the root."""
    files = Files({path: read_source(path, content) for path, content in data.items()})
    drafts: list[Draft] = []
    claimed: frozenset[str] = frozenset()
    profiles: Reader = partial(read_profiles, facts=given.facts)
    for reader in (profiles, *READERS):
        found = [hedged(draft, files) for draft in reader(files, claimed)]
        drafts += found
        claimed = claimed.union(*(draft.files for draft in found))
    sources = {file.path: file for file in files}
    joined = join(drafts, _said(given.talos), _said(given.kubernetes), tuple(map(Said, given.gpus)))
    clusters = tuple(replace(cluster, target=_said(given.target), sources=sources) for cluster in joined)
    notes = list(dict.fromkeys(note for draft in drafts for note in draft.notes))
    told = frozenset(note.position for note in notes)
    notes += (fault for file in files for fault in _faults(file, file.path in claimed) if fault.position not in told)
    return Inventory(clusters, sources, tuple(notes))


def _faults(file: SourceFile, claimed: bool) -> Iterator[Finding]:
    """What is wrong with its YAML, where that matters here."""
    if claimed or (file.faults and can_matter(file.path, file.data)):
        yield from (fault for fault in file.faults if claimed or fault.rule != DUPLICATE)


def _said(text: str) -> Said | None:
    return Said(text) if text else None
