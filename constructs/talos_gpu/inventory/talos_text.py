"""One text of Talos configuration, from a file or from inside one: its documents, and what of it cannot be known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from talos_gpu.finding import Finding, Position
from talos_gpu.inventory.inside import read_inside
from talos_gpu.inventory.json_patch import apply_json_patch, is_json_patch
from talos_gpu.inventory.source_file import DUPLICATE, NOT_READ, SourceFile
from talos_gpu.inventory.subject import JsonPatch, MachineConfig, Origin
from talos_gpu.inventory.talos_document import is_whole
from talos_gpu.inventory.talos_merge import merge_documents
from talos_gpu.inventory.value import Value

__all__ = ["TalosText", "merge_texts", "note", "text_inside", "text_of_documents", "text_of_file"]

_ENCRYPTED = "ENC[AES256_GCM"
_SECRET_PARTS = frozenset(
    {"acceptedCAs", "aescbcEncryptionSecret", "aggregatorCA", "auth", "ca", "crt", "etcd", "id", "key", "password",
     "presharedKey", "privateKey", "secret", "secretboxEncryptionSecret", "serviceAccount", "token", "username"}
)  # fmt: skip
"""Keys that people let SOPS encrypt though they leave the rest readable: nothing about a GPU stands below them."""
_OF_SERVICES = "ExtensionServiceConfig"
"""Documents of this kind hand secrets to services, and those of NVIDIA take none."""


@dataclass(frozen=True, slots=True)
class TalosText:
    """`complete` is False where a template, encryption or broken YAML hides a part of it."""

    config: MachineConfig | None
    patches: tuple[JsonPatch, ...] = ()
    notes: tuple[Finding, ...] = ()
    complete: bool = True

    @property
    def form(self) -> Literal["config", "patch"]:
        """Whether it is all that a node is told, or a part."""
        return self.config.form if self.config else "patch"


def text_of_file(file: SourceFile, origin: Origin) -> TalosText:
    """The text that a whole file is. What is wrong with a file is said of the file, not here."""
    place = file.documents[0] if file.documents else Value(None, Position(file.path, 1, 1))
    return _text(place, file.documents, origin, (), file.templated or _is_broken(file.faults))


def text_inside(entry: Value, text: str, origin: Origin) -> TalosText:
    """The text that a scalar of the file `text` holds."""
    inside = read_inside(entry, text)
    return _text(entry, inside.documents, origin, inside.faults, inside.templated or _is_broken(inside.faults))


def text_of_documents(place: Value, documents: Sequence[Value], origin: Origin) -> TalosText:
    """The text that is written as a part of another document, map by map."""
    return _text(place, documents, origin, (), in_part=False)


def _is_broken(faults: Sequence[Finding]) -> bool:
    return any(fault.rule != DUPLICATE for fault in faults)


def _text(
    place: Value, documents: Sequence[Value], origin: Origin, faults: tuple[Finding, ...], in_part: bool
) -> TalosText:
    operations = tuple(JsonPatch(document, origin) for document in documents if is_json_patch(document))
    strategic = tuple(document for document in documents if not is_json_patch(document) and not document.is_null)
    form: Literal["config", "patch"] = "config" if any(map(is_whole, strategic)) else "patch"
    config = None if operations and not strategic else MachineConfig(place, origin, form, strategic)
    hidden = [value for document in documents for value in _encrypted(document)]
    notes = (*faults, *(note(value.place, "a part of it is encrypted") for value in hidden[:1]))
    return TalosText(config, operations, notes, not (in_part or hidden))


def _encrypted(document: Value) -> Iterator[Value]:
    """What is encrypted and may be about a GPU."""
    may_hold = document.get("sops").exists and document.get("kind").raw != _OF_SERVICES
    for value in document.walk() if may_hold else ():
        if value.raw.startswith(_ENCRYPTED) and not _SECRET_PARTS & set(value.path):
            yield value


def note(place: Position, what: str) -> Finding:
    """Says that a file was not read in full, and why."""
    remedy = "Nothing needs to change; what could not be read was not judged."
    return Finding(place, "", f"not read in full: {what}", remedy, "", NOT_READ, "info")


def merge_texts(texts: Iterable[TalosText]) -> tuple[Value | None, tuple[Value, ...]]:
    """The v1alpha1 document, and the others, that a node has after these texts, in their order."""
    legacy: Value | None = None
    others: tuple[Value, ...] = ()
    for text in texts:
        known = (*((legacy,) if legacy else ()), *others)
        if text.config:
            legacy, others = merge_documents((known, text.config.documents))
        for patch in text.patches:
            node = apply_json_patch(legacy.node if legacy else None, patch.root)
            legacy = Value(node, node.position) if node else None
    return legacy, others
