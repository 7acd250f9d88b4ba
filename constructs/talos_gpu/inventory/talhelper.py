"""talhelper's talconfig.yaml: its nodes, each with all that is said to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from talos_gpu.catalog import Version, minor_of
from talos_gpu.catalog.tool import tool
from talos_gpu.finding import Finding, Position
from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.image_reference import read_image
from talos_gpu.inventory.inline_manifest import inline_objects
from talos_gpu.inventory.schematic import schematic_of
from talos_gpu.inventory.source_file import NOT_READ, Files, SourceFile
from talos_gpu.inventory.subject import ImageReference, Node, Object, Schematic, Subject, TalhelperEntry
from talos_gpu.inventory.talenv import env_files_beside, filled, variables_beside
from talos_gpu.inventory.talhelper_node import Told, told
from talos_gpu.inventory.talhelper_patch import PatchTexts
from talos_gpu.inventory.talhelper_unused import generated, unused_patches
from talos_gpu.inventory.talos_fact import admission_removed, installer
from talos_gpu.inventory.talos_text import merge_texts, note
from talos_gpu.inventory.tree import key_at, map_of
from talos_gpu.inventory.value import Value

__all__ = ["is_talconfig", "read_talhelper"]

_OWN_KEYS = frozenset(
    ("installDisk", "installDiskSelector", "kernelModules", "nodeLabels", "nodeTaints", "schematic", "talosImageURL")
)
"""Keys by which a node that has a name and an address is one of talhelper's."""
_SHOWN = 3
"""Names of nodes that are told alike, at most, before they are only counted."""
_VERSION = re.compile(r"v?([0-9]+\.[0-9]+(?:\.[0-9]+)?(?:-[a-z]+\.[0-9]+)?)")


@dataclass(frozen=True, slots=True)
class _Talconfig:
    file: SourceFile
    root: Value
    texts: PatchTexts
    entries: tuple[Told, ...]


def read_talhelper(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """Every talconfig, with the files that it names and those of its variables.

    Patches that lie among those files and that no talconfig names are not judged, and neither is what it generates.
    """
    found = [
        _read(files, file, root)
        for file in files
        for root in map(_root, file.documents)
        if file.path not in claimed and root is not None
    ]
    named = {path for talconfig in found for path in talconfig.texts.named}
    for talconfig in found:
        yield _draft(files, talconfig, frozenset(named))


def is_talconfig(document: Value) -> bool:
    """Whether it has a cluster's name, and nodes by talhelper's keys."""
    if document.get("kind").exists or not document.get("clusterName").exists:
        return False
    return any(node.get("hostname").exists or node.get("ipAddress").exists for node in document.get("nodes").items())


def _root(document: Value) -> Value | None:
    """The talconfig, or one around the bare list of its nodes that guides show and people keep."""
    if is_talconfig(document):
        return document
    nodes = list(document.items())
    if document.node is None or not nodes or not all(map(_is_node, nodes)):
        return None
    at = document.place
    return Value(map_of({"nodes": (key_at("nodes", at), document.node)}, at), at)


def _is_node(entry: Value) -> bool:
    return (
        bool(entry.get("hostname"))
        and bool(entry.get("ipAddress"))
        and not _OWN_KEYS.isdisjoint(key for key, _ in entry.pairs())
    )


def _read(files: Files, file: SourceFile, document: Value) -> _Talconfig:
    variables = variables_beside(files, file.path)
    root = filled(document, variables)
    texts = PatchTexts(files, file, document, variables)
    entries = tuple(told(root, node, texts) for node in root.get("nodes").items() if node.is_map)
    return _Talconfig(file, root, texts, entries)


def _draft(files: Files, talconfig: _Talconfig, named: frozenset[str]) -> Draft:
    file, root, texts = talconfig.file, talconfig.root, talconfig.texts
    alike = _alike(talconfig.entries)
    nodes = tuple(map(_node, alike))
    beside = {env.path for env in env_files_beside(files, file.path)}
    unused = frozenset(unused_patches(files, file, texts.named, named)) if texts.certain else frozenset()
    talos = _version(root.get("talosVersion"))
    return Draft(
        folder=file.folder,
        subjects=(*_subjects(root, alike, nodes, texts), *_inline_objects(files, root, nodes)),
        files=frozenset({file.path, *texts.named, *beside, *unused, *generated(files, file)}),
        name=root.get("clusterName").text or "",
        talos=talos,
        contract=_contract(talos),
        kubernetes=_version(root.get("kubernetesVersion")),
        is_talos=True,
        admission_removed=any(
            _removes_admission(group[0], node, root) for group, node in zip(alike, nodes, strict=True)
        ),
        notes=tuple(_notes(root, texts, unused)),
    )


def _alike(entries: Iterable[Told]) -> tuple[tuple[Told, ...], ...]:
    groups: dict[object, list[Told]] = {}
    for entry in entries:
        groups.setdefault(entry.likeness, []).append(entry)
    return tuple(map(tuple, groups.values()))


def _node(group: tuple[Told, ...]) -> Node:
    first = group[0]
    legacy, documents = merge_texts(first.texts)
    config = legacy or Value(None, first.entry.place)
    url = read_image(first.settings["talosImageURL"], "talhelper", "talosImageURL")
    image = installer(config, documents, "talhelper") or url
    return Node(
        name=_names([_name(told_alike.entry) for told_alike in group]),
        place=first.entry,
        origin="talhelper",
        role=first.role,
        complete=first.complete,
        config=config,
        documents=documents,
        parts=tuple(text.config for text in first.patches if text.config),
        schematic=_schematic(first.settings["schematic"]),
        image=image,
        arch=first.settings["machineSpec"].get("arch").text or "",
        plain_image=image is None and not first.settings["schematic"],
    )


def _names(names: list[str]) -> str:
    shown = names if len(names) <= _SHOWN + 1 else [*names[:_SHOWN], f"{len(names) - _SHOWN} more"]
    return ", ".join(shown)


def _name(entry: Value) -> str:
    return entry.get("hostname").text or entry.get("ipAddress").text or entry.shown_path


def _schematic(value: Value) -> Schematic | None:
    return (
        schematic_of(value, "talhelper") if value.get("customization").exists or value.get("overlay").exists else None
    )


def _subjects(
    root: Value, alike: tuple[tuple[Told, ...], ...], nodes: tuple[Node, ...], texts: PatchTexts
) -> Iterator[Subject]:
    yield TalhelperEntry(root)
    for text in texts.texts:
        yield from (text.config,) if text.config else ()
        yield from text.patches
    yield from _images(alike, nodes)
    yield from nodes


def _images(alike: tuple[tuple[Told, ...], ...], nodes: tuple[Node, ...]) -> Iterator[Schematic | ImageReference]:
    """Each once, though many nodes may have it from their group."""
    found: dict[Position, Schematic | ImageReference] = {}
    for told_alike, node in zip(alike, nodes, strict=True):
        settings = told_alike[0].settings
        url = read_image(settings["talosImageURL"], "talhelper", "talosImageURL")
        for image in (node.image, url):
            found.update({image.value.place: image} if image else {})
        for schematic in (node.schematic, _schematic(settings["imageSchematic"])):
            found.update({schematic.root.place: schematic} if schematic else {})
    yield from found.values()


def _inline_objects(files: Files, root: Value, nodes: tuple[Node, ...]) -> tuple[Object, ...]:
    told = (node.config.get("cluster", "inlineManifests") for node in nodes)
    return inline_objects(files, (root.get("inlineManifests"), *told))


def _removes_admission(entry: Told, node: Node, root: Value) -> bool:
    if node.role == "worker":
        return False
    places = (root.get("controlPlane", "inlinePatch"), entry.entry.get("inlinePatch"))
    emptied = any(_is_empty_list(place.get("cluster", "apiServer", "admissionControl")) for place in places)
    return emptied or admission_removed(entry.texts, node.config, node.documents, whole=False)


def _is_empty_list(value: Value) -> bool:
    """In talhelper's outdated inlinePatch, a list replaces what Talos generates."""
    return value.is_list and not any(True for _ in value.items())


def _notes(root: Value, texts: PatchTexts, unused: Iterable[str]) -> Iterator[Finding]:
    """What is broken, and of each file at most one thing that is not known."""
    unknown: dict[str, Finding] = {}
    for finding in _unknown(root, texts, unused):
        if finding.rule == NOT_READ:
            unknown.setdefault(finding.position.file, finding)
        else:
            yield finding
    yield from unknown.values()


def _unknown(root: Value, texts: PatchTexts, unused: Iterable[str]) -> Iterator[Finding]:
    talos = root.get("talosVersion")
    if talos.opaque:
        yield note(talos.place, "the Talos release is encrypted, or a variable that is set elsewhere")
    for text in texts.texts:
        yield from text.notes
    for path in sorted(unused):
        yield note(Position(path), "no talconfig names this patch, so it was not judged")


def _version(value: Value) -> Said | None:
    found = _VERSION.fullmatch((value.text or "").strip())
    return Said(f"v{found[1]}", value.place) if found else None


def _contract(talos: Said | None) -> Said | None:
    """The last talhelper writes configs of the newest dialect that it knows, whatever Talos it is for."""
    newest = tool("talhelper").safe_contract
    if talos is None or Version.parse(minor_of(talos.value)) <= Version.parse(newest):
        return None
    return Said(newest, talos.by)
