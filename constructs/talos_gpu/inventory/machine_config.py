"""Machine configs of Talos, and patches of them, in files of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.inline_manifest import inline_objects
from talos_gpu.inventory.source_file import Files, SourceFile
from talos_gpu.inventory.subject import Node, Role, Subject
from talos_gpu.inventory.talos_document import is_machine_patch, is_talos
from talos_gpu.inventory.talos_fact import admission_removed, dialect_of, installer, kubernetes_version, talos_release
from talos_gpu.inventory.talos_text import TalosText, merge_texts, text_of_file
from talos_gpu.inventory.value import Value

__all__ = ["read_machine_configs", "role_of"]

_ROLES: dict[str, Role] = {"worker": "worker", "controlplane": "control-plane", "init": "control-plane"}


def read_machine_configs(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """Every file that holds a document of Talos, or an RFC 6902 patch of one that is not kustomize's.

    An empty file counts as an empty patch where it lies among patches and nothing else.
    """
    kustomized = _kustomized(files)
    patches: set[str] = set()
    others: set[str] = set()
    for file in files:
        if file.path not in claimed and _is_ours(file, kustomized):
            patches.add(file.folder)
            yield _draft(files, file)
        elif _says_something(file):
            others.add(file.folder)
    for file in files:
        if file.folder in patches - others and file.path not in claimed and not _says_something(file):
            empty = text_of_file(file, "talos").config
            yield Draft(file.folder, (empty,) if empty else (), frozenset({file.path}), is_talos=True)


def _is_ours(file: SourceFile, kustomized: Collection[str]) -> bool:
    if any(map(is_talos, file.documents)):
        return True
    return file.path not in kustomized and any(map(is_machine_patch, file.documents))


def _says_something(file: SourceFile) -> bool:
    return bool(file.faults) or any(not document.is_null for document in file.documents)


def _kustomized(files: Files) -> set[str]:
    """The files that a kustomization names as patches."""
    found: set[str] = set()
    for file in files:
        for document in file.documents:
            if document.get("kind").raw in {"Kustomization", "Component"} or file.path.endswith("kustomization.yaml"):
                found |= _patch_files(files, file, document)
    return found


def _patch_files(files: Files, file: SourceFile, document: Value) -> set[str]:
    entries = (*document.get("patches").items(), *document.get("patchesJson6902").items())
    named = (files.near(file.path, entry.get("path").raw) for entry in entries if entry.get("path"))
    return {target.path for target in named if target}


def role_of(config: Value) -> Role | None:
    """The role that `machine.type` gives a node."""
    return _ROLES.get(config.get("machine", "type").text or "")


def _draft(files: Files, file: SourceFile) -> Draft:
    text = text_of_file(file, "talos")
    node = _node(file, text)
    whole = node.complete and node.role == "control-plane"
    subjects: tuple[Subject, ...] = (*((text.config,) if text.config else ()), *text.patches, node)
    talos = talos_release(node.image)
    inline = node.config.get("cluster", "inlineManifests")
    return Draft(
        folder=file.folder,
        subjects=(*subjects, *((node.image,) if node.image else ()), *inline_objects(files, (inline,))),
        files=frozenset({file.path}),
        name=node.config.get("cluster", "clusterName").text or "",
        talos=talos,
        contract=dialect_of(node.documents, talos, node.place.place) if node.complete else None,
        kubernetes=kubernetes_version(node.config, node.documents),
        is_talos=True,
        admission_removed=admission_removed((text,), node.config, node.documents, whole=whole),
        notes=text.notes,
    )


def _node(file: SourceFile, text: TalosText) -> Node:
    legacy, documents = merge_texts((text,))
    place = file.documents[0]
    config = legacy or Value(None, place.place)
    return Node(
        name=_name(config, documents) or file.path,
        place=place,
        origin="talos",
        role=role_of(config),
        complete=text.complete and text.config is not None and text.config.form == "config",
        config=config,
        documents=documents,
        parts=(text.config,) if text.config else (),
        image=installer(config, documents, "talos"),
    )


def _name(config: Value, documents: tuple[Value, ...]) -> str:
    names = [config.get("machine", "network", "hostname")]
    names += (item.get("hostname") for item in documents if item.get("kind").raw == "HostnameConfig")
    return next((name.text for name in names if name.text), "")
