"""The subjects of one cluster, and what its files say of it as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from talos_gpu.finding import Position
from talos_gpu.inventory.inside import place_inside, read_inside
from talos_gpu.inventory.source_file import SourceFile
from talos_gpu.inventory.subject import Subject
from talos_gpu.inventory.value import Value

__all__ = ["Cluster", "Said"]

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Said:
    """A fact as somebody said it; `by` is the place, or None for an option of the command line."""

    value: str
    by: Position | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Files that describe one cluster. What they do not say is None: rules then say that they cannot tell.

    `talos` is a release with its v, or a minor; `contract` a minor. `is_talos` is None where nothing tells, and False
    for k3s, kubeadm and the like, which rules about Talos leave alone. `gpus` are names or PCI ids.
    """

    name: str
    subjects: tuple[Subject, ...]
    talos: Said | None = None
    contract: Said | None = None
    kubernetes: Said | None = None
    gpus: tuple[Said, ...] = ()
    is_talos: bool | None = None
    admission_removed: bool = False
    """Whether its Talos config takes PodSecurity admission away, so that no namespace needs a label."""
    files: frozenset[str] = field(default=frozenset())
    target: Said | None = None
    """The Talos release that somebody wants to upgrade to, with its v, or a minor."""
    declared: Mapping[str, object] = field(default_factory=dict, compare=False)
    """The facts that its profile declares, which the catalogue lacks."""

    sources: Mapping[str, SourceFile] = field(default_factory=dict, compare=False, repr=False)
    """The files that the subjects' values stand in, by path."""

    def inside(self, value: Value) -> tuple[Value, ...]:
        """The documents that a text holds as YAML, each node where it stands in the file; a map is one itself."""
        if value.is_map:
            return (value,)
        file = self.sources.get(value.place.file)
        return read_inside(value, file.text if file else "").documents

    def place_inside(self, value: Value, start: int) -> Position | None:
        """Where the character `start` of a text stands in its file; None where that cannot be told."""
        file = self.sources.get(value.place.file)
        return place_inside(value, file.text, start) if file else None

    def of(self, kind: type[S]) -> Iterator[S]:
        """The subjects of a type, in the order in which they were read."""
        return (subject for subject in self.subjects if isinstance(subject, kind))
