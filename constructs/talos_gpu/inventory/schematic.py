"""Image Factory schematics, in files of their own and wherever else somebody keeps one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from talos_gpu.errors import InputError
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.inside import read_inside
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.subject import Origin, Schematic
from talos_gpu.inventory.value import UNKNOWN, Value
from talos_gpu.schematic import read_schematic, schematic_id
from talos_gpu.yaml_events import ScalarNode

__all__ = ["is_schematic", "read_inner_schematics", "read_schematics", "schematic_of", "with_full_name"]

_KEYS = frozenset(
    {"bootloader", "diskImage", "embeddedMachineConfiguration", "extraKernelArgs", "meta", "secureboot",
     "systemExtensions"}
)  # fmt: skip
_ROOT_KEYS = frozenset({"customization", "overlay", "owner"})
_PREFIX = "siderolabs/"
_DEEPEST = 6
"""Levels of keys above a schematic that is a part of something else."""


def read_schematics(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """Every file that is a schematic, or several: documents with `customization` at their root."""
    for file in files:
        roots = [root for root in file.documents if is_schematic(root)]
        if roots and file.path not in claimed:
            subjects = tuple(schematic_of(root, "talos") for root in roots)
            yield Draft(file.folder, subjects, frozenset({file.path}), is_talos=True)


def read_inner_schematics(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """Schematics below other keys, or in a text, of files that nobody else reads as Talos's.

    Such a file stays free for other readers: a ConfigMap is one.
    """
    for file in files:
        if file.path not in claimed and b"customization" in file.data:
            subjects = tuple(schematic for root in file.documents for schematic in _inner(root, file))
            if subjects:
                yield Draft(file.folder, subjects, frozenset(), is_talos=True)


def _inner(root: Value, file: SourceFile) -> Iterator[Schematic]:
    for value in root.walk():
        if len(value.path) > _DEEPEST:
            continue
        if value.is_map and is_schematic(value) and value.path:
            yield schematic_of(value, "talos")
        elif value.is_scalar and "customization:" in value.raw:
            for document in read_inside(value, file.text).documents:
                if is_schematic(document):
                    yield replace(schematic_of(document, "talos"), text_known=not file.templated)


def is_schematic(root: Value) -> bool:
    """Whether it is a map above `customization`, which others have too: alone in its document, or with a key of it."""
    customization = root.get("customization")
    if not customization.is_map:
        return False
    alone = not root.path and {key for key, _ in root.pairs()} <= _ROOT_KEYS
    keys = {key for key, _ in customization.pairs()}
    return alone or not keys or bool(keys & _KEYS)


def schematic_of(root: Value, origin: Origin) -> Schematic:
    """The schematic whose map above `customization` is `root`."""
    customization = root.get("customization")
    extensions = customization.get("systemExtensions", "officialExtensions")
    arguments = customization.get("extraKernelArgs")
    return Schematic(
        root,
        origin,
        tuple(extensions.items()),
        tuple(arguments.items()),
        _id(root),
        text_known=not any(map(_is_hidden, (customization, customization.get("systemExtensions"), extensions))),
    )


def with_full_name(entry: Value) -> Value:
    """The extension with the prefix that profiles and Omni let people leave out."""
    if entry.text and "/" not in entry.text and isinstance(entry.node, ScalarNode):
        return replace(entry, node=replace(entry.node, text=_PREFIX + entry.text))
    return entry


def _is_hidden(value: Value) -> bool:
    """Whether a placeholder stands where the factory wants a list or a map."""
    return bool(value) and value.opaque


def _id(root: Value) -> str | None:
    if root.node is None or any(value.data is UNKNOWN for value in root.walk()):
        return None
    try:
        return schematic_id(read_schematic(root.node))
    except InputError:
        return None
