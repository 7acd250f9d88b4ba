"""topf.yaml with its patch folders: nodes, each with all that topf tells it.

Keys and the order of the folders as in postfinance/topf:pkg/config@v0.5.0-rc.1: all/, then the role's, then
node/<host>/; sub-folders belong to each, names count byte by byte. A file is a template when it ends in `.tpl`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import join, normpath

from talos_gpu.finding import Finding
from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.schematic import schematic_of
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.subject import ImageReference, Node, Role, Schematic, Subject
from talos_gpu.inventory.talos_fact import admission_removed, installer
from talos_gpu.inventory.talos_text import TalosText, merge_texts, note, text_of_documents, text_of_file
from talos_gpu.inventory.topf_data import data_modules, reads_modules
from talos_gpu.inventory.value import Value

__all__ = ["is_topf", "read_topf"]

_ROLES: dict[str, Role] = {"worker": "worker", "control-plane": "control-plane"}
_OWN_KEYS = ("schematicId", "patchesDir", "nodesProvider", "secretsProvider", "clusterEndpoint", "talosVersion")
_PATCH_NAME = re.compile(r"\.ya?ml")
_ID = re.compile(r"[0-9a-f]{64}")
_VERSION = re.compile(r"v?([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:-[a-z]+\.[0-9]+)?)")


def read_topf(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """Every topf.yaml, with the patches of its folders and the schematics that it names."""
    for file in files:
        for root in file.documents[:1]:
            if file.path not in claimed and is_topf(root):
                yield _Topf(files, file, root).draft()


def is_topf(root: Value) -> bool:
    """Whether it has a key of topf's, and nodes by host and role or a program that names them."""
    if root.get("kind").exists or not any(root.get(key).exists for key in _OWN_KEYS):
        return False
    roles = (node.get("role").text for node in root.get("nodes").items() if node.get("host").exists)
    return root.get("nodesProvider").exists or any(role in _ROLES for role in roles)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a node is told: the texts in order, and where its image comes from."""

    entry: Value
    role: Role | None
    texts: tuple[TalosText, ...]
    image: Value
    release: Value

    @property
    def likeness(self) -> object:
        """Equal for nodes that are told the same."""
        places = tuple(text.config.place.place for text in self.texts if text.config)
        patches = tuple(patch.root.place for text in self.texts for patch in text.patches)
        return self.role, places, patches, self.image.raw, self.release.raw


class _Topf:
    """One topf.yaml. Each patch is read once."""

    def __init__(self, files: Files, file: SourceFile, root: Value) -> None:
        self._files, self._file, self._root = files, file, root
        self._base = normpath(join(file.folder, root.get("patchesDir").text or ".")).removeprefix("./")
        self._texts: dict[str, TalosText] = {}
        self._read: set[str] = {file.path}
        self._notes: list[Finding] = []
        folders = ("all", *_ROLES, "node")
        self._modules_are_read = any(
            reads_modules(file.text) for part in folders for file in self._patch_files(part) if file.templated
        )

    def draft(self) -> Draft:
        told = [self._told(entry) for entry in self._root.get("nodes").items()]
        for part in ("all", *_ROLES):
            self._folder(part)
        groups: dict[object, list[_Told]] = {}
        for one in told:
            groups.setdefault(one.likeness, []).append(one)
        nodes = [self._node(group) for group in groups.values()]
        return Draft(
            folder=self._file.folder,
            subjects=tuple(self._subjects(nodes)),
            files=frozenset(self._read),
            name=self._root.get("clusterName").text or "",
            talos=self._release(told),
            contract=_minor(self._root.get("talosVersion")),
            kubernetes=_version(self._root.get("kubernetesVersion")),
            is_talos=True,
            admission_removed=any(
                node.role != "worker" and admission_removed(group[0].texts, node.config, node.documents, whole=False)
                for node, group in zip(nodes, groups.values(), strict=True)
            ),
            notes=tuple(dict.fromkeys(self._notes)),
        )

    def _told(self, entry: Value) -> _Told:
        role, host = _ROLES.get(entry.get("role").text or ""), entry.get("host").text or ""
        parts = ["all", *((role,) if role else ()), *((f"node/{host}",) if host.strip("./") else ())]
        texts = (*self._data_modules(entry, parts), *(text for part in parts for text in self._folder(part)))
        own, common = entry.get("schematicId"), self._root.get("schematicId")
        release = entry.get("talosVersion") or self._root.get("talosVersion")
        return _Told(entry, role, texts, own or common, release)

    def _folder(self, part: str) -> list[TalosText]:
        return [self._text(file) for file in self._patch_files(part)]

    def _patch_files(self, part: str) -> list[SourceFile]:
        folder = join(self._base, part) if self._base != "." else part
        found = sorted(self._files.below(folder), key=lambda file: file.path.encode())
        return [file for file in found if _PATCH_NAME.search(file.path.rpartition("/")[2])]

    def _text(self, file: SourceFile) -> TalosText:
        self._read.add(file.path)
        if file.path not in self._texts:
            whole = not (file.faults or file.templated)
            self._texts[file.path] = text_of_file(file, "topf") if file.documents else TalosText(None, complete=whole)
            self._notes += self._texts[file.path].notes
        return self._texts[file.path]

    def _data_modules(self, entry: Value, parts: list[str]) -> Iterator[TalosText]:
        """What `data.kernelModules` says to a node; nobody keeps such data for nothing, though no template was seen."""
        templates = [file.text for part in parts for file in self._patch_files(part)]
        for document in data_modules(self._root, entry, templates, read=self._modules_are_read):
            yield text_of_documents(document, (document,), "topf")

    def _node(self, group: list[_Told]) -> Node:
        first = group[0]
        legacy, documents = merge_texts(first.texts)
        config = legacy or Value(None, first.entry.place, first.entry.path)
        image = installer(config, documents, "topf") or _image(first.image)
        return Node(
            name=", ".join(one.entry.get("host").text or one.entry.shown_path for one in group),
            place=first.entry,
            origin="topf",
            role=first.role,
            complete=all(text.complete for text in first.texts) and first.role is not None,
            config=config,
            documents=documents,
            parts=tuple(text.config for text in first.texts if text.config),
            schematic=self._schematic(first.image),
            image=image,
            plain_image=image is None and not first.image,
        )

    def _schematic(self, reference: Value) -> Schematic | None:
        """The schematic of a file that is named as `@file`, relative to topf.yaml."""
        named = reference.text or ""
        if not named.startswith("@"):
            return None
        file = self._files.near(self._file.path, named[1:])
        if file is None:
            self._notes.append(note(reference.place, "it names a schematic that lies outside of what was read"))
            return None
        self._read.add(file.path)
        return schematic_of(file.documents[0], "topf") if file.documents else None

    def _subjects(self, nodes: list[Node]) -> Iterator[Subject]:
        for text in self._texts.values():
            yield from (text.config,) if text.config else ()
            yield from text.patches
        once: dict[object, Subject] = {}
        for node in nodes:
            once.update({node.schematic.root.place: node.schematic} if node.schematic else {})
            once.update({node.image.value.place: node.image} if node.image else {})
        yield from once.values()
        yield from nodes

    def _release(self, told: list[_Told]) -> Said | None:
        """The release that all nodes run; where they differ, the one that is said of the cluster."""
        found = [_version(one.release) for one in told]
        values = {said.value if said else "" for said in found}
        return found[0] if len(values) == 1 and found else _version(self._root.get("talosVersion"))


def _image(reference: Value) -> ImageReference | None:
    """The image as far as topf's config says it: topf puts host, name and tag around the id itself."""
    if not _ID.fullmatch(reference.text or ""):
        return None
    return ImageReference(reference, "topf", "text", "", "", reference.raw, "", "")


def _version(value: Value) -> Said | None:
    found = _VERSION.fullmatch((value.text or "").strip())
    return Said(f"v{found[1]}", value.place) if found else None


def _minor(value: Value) -> Said | None:
    said = _version(value)
    return Said(".".join(said.value.split(".")[:2]), said.by) if said else None
