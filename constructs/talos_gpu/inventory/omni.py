"""Omni cluster templates: Cluster, ControlPlane, Workers and Machine documents of one stream.

Levels as in siderolabs/omni:client/pkg/template@v1.10.4: patches of the cluster come first, then those of the set, then
those of the machine; of extensions and kernel arguments the most specific list replaces the others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.finding import Finding, Position
from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.json_patch import is_json_patch
from talos_gpu.inventory.schematic import with_full_name
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.subject import Node, Role, Schematic, Subject
from talos_gpu.inventory.talos_fact import admission_removed
from talos_gpu.inventory.talos_text import (
    TalosText,
    merge_texts,
    note,
    text_inside,
    text_of_documents,
    text_of_file,
)
from talos_gpu.inventory.value import Value

__all__ = ["is_omni", "read_omni"]

_SETS: dict[str, Role] = {"ControlPlane": "control-plane", "Workers": "worker"}


def read_omni(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """Every template, with the patch files that it names."""
    for file in files:
        if file.path not in claimed and any(map(is_omni, file.documents)):
            yield _Template(files, file).draft()


def is_omni(document: Value) -> bool:
    """Whether it is a template's Cluster, which has a kind like many others, and no apiVersion."""
    if document.get("apiVersion").exists or document.get("kind").text != "Cluster":
        return False
    return document.get("talos", "version").exists or document.get("kubernetes", "version").exists


@dataclass(frozen=True, slots=True)
class _Levels:
    """What a machine is told by: the cluster, its set, and its own document where it has one. The broadest first."""

    documents: tuple[Value, ...]
    role: Role
    name: str

    def most_specific(self, key: str) -> Value:
        """The document whose list counts, which may be an empty one; the last where no level has any."""
        found = [document for document in self.documents if document.get(key)]
        return found[-1] if found else self.documents[-1]


class _Template:
    """One template. Each patch is read once."""

    def __init__(self, files: Files, file: SourceFile) -> None:
        self._files, self._file = files, file
        self._texts: dict[Position, TalosText] = {}
        self._read: set[str] = {file.path}
        self._notes: list[Finding] = []
        self._cluster = next(document for document in file.documents if is_omni(document))

    def draft(self) -> Draft:
        levels = list(self._levels())
        nodes = [self._node(level) for level in levels]
        return Draft(
            folder=self._file.folder,
            subjects=tuple(self._subjects(nodes)),
            files=frozenset(self._read),
            name=self._cluster.get("name").text or "",
            talos=_said(self._cluster.get("talos", "version")),
            kubernetes=_said(self._cluster.get("kubernetes", "version")),
            is_talos=True,
            admission_removed=any(
                admission_removed(tuple(self._patches(level)), node.config, node.documents, whole=False)
                for level, node in zip(levels, nodes, strict=True)
                if level.role == "control-plane"
            ),
            notes=tuple(self._notes),
        )

    def _levels(self) -> Iterator[_Levels]:
        """A set, for its machines that have no document of their own, and each machine that has one."""
        own = {machine.get("name").raw: machine for machine in self._of_kind("Machine")}
        for kind, role in _SETS.items():
            for each in self._of_kind(kind):
                machines = [item.raw for item in each.get("machines").items()]
                alone = [machine for machine in machines if machine in own]
                if not machines or len(alone) < len(machines):
                    yield _Levels((self._cluster, each), role, each.get("name").text or kind)
                for machine in alone:
                    yield _Levels((self._cluster, each, own[machine]), role, machine)

    def _of_kind(self, kind: str) -> list[Value]:
        return [document for document in self._file.documents if document.get("kind").text == kind]

    def _node(self, levels: _Levels) -> Node:
        texts = list(self._patches(levels))
        legacy, documents = merge_texts(texts)
        place = levels.documents[-1]
        return Node(
            name=levels.name,
            place=place,
            origin="omni",
            role=levels.role,
            complete=all(text.complete for text in texts),
            config=legacy or Value(None, place.place),
            documents=documents,
            parts=tuple(text.config for text in texts if text.config),
            schematic=_schematic(levels),
        )

    def _patches(self, levels: _Levels) -> Iterator[TalosText]:
        for document in levels.documents:
            for entry in document.get("patches").items():
                if entry.place not in self._texts:
                    self._texts[entry.place] = self._text(entry)
                    self._notes += self._texts[entry.place].notes
                yield self._texts[entry.place]

    def _text(self, entry: Value) -> TalosText:
        inline, named = entry.get("inline"), entry.get("file")
        if inline.is_map or is_json_patch(inline):
            return text_of_documents(inline, (inline,), "omni")
        if inline.is_list:
            return text_of_documents(inline, tuple(inline.items()), "omni")
        if inline.is_scalar:
            return text_inside(inline, self._file.text, "omni")
        file = self._files.near(self._file.path, named.text) if named.text else None
        if file is None:
            self._notes.append(note(entry.place, "a patch names a file that lies outside of what was read"))
            return TalosText(None, complete=False)
        self._read.add(file.path)
        return text_of_file(file, "omni")

    def _subjects(self, nodes: list[Node]) -> Iterator[Subject]:
        for text in self._texts.values():
            yield from (text.config,) if text.config else ()
            yield from text.patches
        once = {_place_of(node.schematic): node.schematic for node in nodes if node.schematic}
        yield from once.values()
        yield from nodes


def _schematic(levels: _Levels) -> Schematic | None:
    """What Omni makes an image of. Its id is not known: Omni may add an overlay, META values and arguments."""
    root = levels.most_specific("systemExtensions")
    extensions, arguments = root.get("systemExtensions"), levels.most_specific("kernelArgs").get("kernelArgs")
    if not extensions and not arguments:
        return None
    # A list that is absent at every level is not Omni's business: the image keeps what it was made with.
    known = bool(extensions)
    names = tuple(map(with_full_name, extensions.items()))
    return Schematic(root, "omni", names, tuple(arguments.items()), None, text_known=known)


def _place_of(schematic: Schematic) -> tuple[Position, ...]:
    return tuple(entry.place for entry in (*schematic.extensions, *schematic.kernel_args))


def _said(value: Value) -> Said | None:
    if not value.text:
        return None
    return Said(value.text if value.text.startswith("v") else f"v{value.text}", value.place)
