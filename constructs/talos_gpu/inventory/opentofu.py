"""OpenTofu and Terraform: schematics and patches in HCL, as far as the text says them without being run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from talos_gpu.finding import Position
from talos_gpu.inventory.cluster import Said
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.hcl import Hcl, read_hcl
from talos_gpu.inventory.hcl_locals import Locals
from talos_gpu.inventory.image_reference import read_image
from talos_gpu.inventory.schematic import is_schematic, schematic_of
from talos_gpu.inventory.source_file import HCL, Files, SourceFile, read_yaml
from talos_gpu.inventory.subject import ImageReference, Node, Role, Schematic, Subject
from talos_gpu.inventory.talos_document import is_machine_patch, is_talos
from talos_gpu.inventory.talos_text import TalosText, merge_texts, text_of_documents
from talos_gpu.inventory.value import Value

__all__ = ["read_opentofu"]

_PREFIX = "siderolabs/"
_NAMES = frozenset({"talos", "talos_image", "talos_linux"})
_PROVIDERS = "required_providers"
_RELEASE = re.compile(r"v?([1-9][0-9]*\.[0-9]+\.[0-9]+(?:-[a-z]+\.[0-9]+)?)")
_VERSION = re.compile(r"v?([1-9][0-9]*\.[0-9]+(?:\.[0-9]+(?:-[a-z]+\.[0-9]+)?)?)")
_INSTALLER = re.compile(r"(?:[\w.-]+\.[\w.-]+/)[\w./-]*installer[\w./-]*(?::\S+)?(?:@\S+)?")
_ROLES: dict[str, Role] = {"worker": "worker", "controlplane": "control-plane"}
_CONFIGURATION = "talos_machine_configuration"
"""The data source whose talos_version is the contract, and not what the nodes run."""


def read_opentofu(files: Files, claimed: frozenset[str]) -> Iterator[Draft]:
    """Every folder with HCL that says something of Talos: OpenTofu takes the files of a folder together."""
    folders: dict[str, list[SourceFile]] = {}
    for file in files:
        if file.path.endswith(HCL) and file.path not in claimed:
            folders.setdefault(file.folder, []).append(file)
    for folder, together in folders.items():
        modules = _modules(together)
        subjects = tuple(subject for module in modules for subject in module.subjects)
        talos = _agreed(said for module in modules for said in module.talos)
        if subjects or talos:
            yield Draft(
                folder,
                subjects,
                frozenset(module.file for module in modules),
                talos=talos,
                contract=_agreed(said for module in modules for said in module.contract),
                kubernetes=_agreed(said for module in modules for said in module.kubernetes),
                is_talos=True,
            )


@dataclass(frozen=True, slots=True)
class _Module:
    """What one file of a module says; of each fact all that is said of it."""

    file: str
    subjects: tuple[Subject, ...]
    talos: tuple[Said, ...] = field(default=())
    contract: tuple[Said, ...] = field(default=())
    kubernetes: tuple[Said, ...] = field(default=())


def _modules(files: Iterable[SourceFile]) -> list[_Module]:
    read = [(file, read_hcl(file.text, file.path)) for file in files]
    named = Locals(hcl.root for _, hcl in read)
    return [_module(file, hcl, named) for file, hcl in read]


def _module(file: SourceFile, hcl: Hcl, named: Locals) -> _Module:
    root = Value(named.put_in(hcl.root), hcl.root.position)
    values = list(root.walk())
    texts = list(_texts(file, hcl))
    # A value that is named in several places is one.
    written = list({value.place: value for value in values if value.is_map and is_schematic(value)}.values())
    schematics = [schematic_of(value, "opentofu") for value in written]
    schematics += (
        replace(schematic_of(text.document, "opentofu"), text_known=not text.templated)
        for text in texts
        if is_schematic(text.document)
    )
    encoded = {node.position: Value(node, node.position) for node in map(named.put_in, hcl.encoded)}
    texts += (_Text(document, place) for place, document in encoded.items())
    return _Module(
        file.path,
        (*schematics, *_lists(hcl, values, schematics), *_patches(texts, _roles(values)), *_images(values)),
        tuple(_releases(values, contract=False)),
        tuple(_releases(values, contract=True)),
        tuple(_named("kubernetes_version", values)),
    )


@dataclass(frozen=True, slots=True)
class _Text:
    """A document in a heredoc, or what is encoded; `place` is that of the expression."""

    document: Value
    place: Position
    templated: bool = False


def _texts(file: SourceFile, hcl: Hcl) -> Iterator[_Text]:
    """The YAML documents in heredocs."""
    for heredoc in hcl.heredocs:
        read = read_yaml(file.path, heredoc.padded.encode(errors="replace"))
        for document in read.documents:
            yield _Text(document, heredoc.node.position, read.templated or bool(read.faults))


def _lists(hcl: Hcl, values: list[Value], schematics: list[Schematic]) -> Iterator[Schematic]:
    """Lists of extensions that reach a schematic by another way than text: each is a part of one."""
    known = {entry.place for schematic in schematics for entry in schematic.extensions}
    known |= {item.place for value in values if value.path[-2:] == ("filters", "names") for item in value.items()}
    for node in hcl.lists:
        items = [item for item in Value(node, node.position).items() if item.place not in known]
        if any((item.text or "").startswith(_PREFIX) for item in items):
            root = Value(node, node.position)
            yield Schematic(root, "opentofu", tuple(items), (), None, text_known=False)


def _roles(values: Iterable[Value]) -> dict[Position, Role | None]:
    """For which role an expression is, where it stands among the patches of a configuration whose type is written."""
    found: dict[Position, Role | None] = {}
    for value in values:
        role = _ROLES.get(value.get("machine_type").text or "")
        for patch in value.get("config_patches").items():
            found[patch.place] = role if found.setdefault(patch.place, role) == role else None
    return found


def _patches(texts: Iterable[_Text], roles: Mapping[Position, Role | None]) -> Iterator[Subject]:
    """Each on its own: which nodes get it is not said in text."""
    for text in sorted(texts, key=lambda text: text.document.place):
        document = text.document
        if is_talos(document) or is_machine_patch(document):
            patch = text_of_documents(document, (document,), "opentofu")
            yield from patch.patches
            yield from (patch.config,) if patch.config else ()
            yield _node(document, patch, roles.get(text.place))


def _node(document: Value, text: TalosText, role: Role | None) -> Node:
    legacy, others = merge_texts((text,))
    config = legacy or Value(None, document.place)
    parts = (text.config,) if text.config else ()
    return Node("", document, "opentofu", role, complete=False, config=config, documents=others, parts=parts)


def _images(values: Iterable[Value]) -> Iterator[ImageReference]:
    for value in values:
        if _INSTALLER.fullmatch(value.text or "") and (image := read_image(value, "opentofu", "text")):
            yield image


def _releases(values: Iterable[Value], *, contract: bool) -> Iterator[Said]:
    """What is called talos_version, as an attribute or as a variable with a default, or a version of talos."""
    for value in values:
        path = tuple(str(step) for step in value.path)
        said = _said(_VERSION if contract else _RELEASE, value) if _is_release(path) else None
        if said and contract == any(_CONFIGURATION in step for step in path):
            yield Said(".".join(said.value.split(".")[:2]), said.by) if contract else said


def _is_release(path: tuple[str, ...]) -> bool:
    if path[-1:] == ("talos_version",) or path == ("variable.talos_version", "default"):
        return True
    # A provider has a version, and so has a module; both are called talos often.
    above = path[-3] if path[-2:-1] == ("default",) and len(path) > 2 else path[-2] if len(path) > 1 else ""
    return path[-1:] == ("version",) and above.removeprefix("variable.") in _NAMES and _PROVIDERS not in path


def _named(key: str, values: Iterable[Value]) -> Iterator[Said]:
    for value in values:
        if value.path[-1:] == (key,) and (said := _said(_VERSION, value)):
            yield said


def _said(pattern: re.Pattern[str], value: Value) -> Said | None:
    found = pattern.fullmatch(value.text or "")
    return Said(f"v{found[1]}", value.place) if found else None


def _agreed(said: Iterable[Said | None]) -> Said | None:
    """The fact, where all who state it say the same."""
    words = [word for word in said if word]
    return words[0] if len({word.value for word in words}) == 1 else None
