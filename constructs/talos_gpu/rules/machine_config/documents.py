"""TAL: kinds of documents that a Talos release or a tool does not know, or that exclude each other."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any

from talos_gpu.catalog import Version, machine_config
from talos_gpu.inventory import MachineConfig, Node, Value
from talos_gpu.inventory.talos_merge import identity, is_deletion
from talos_gpu.plan.machine_config import instead_of
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES", "kinds_of"]

_VERSIONS = frozenset({"v1alpha1", ""})
_LIKE = 0.8
_DOCUMENTS_FOR = {
    "cri/": "Write a CRICustomizationConfig.",
    "hosts": "Write a StaticHostConfig.",
    "resolv.conf": "Write a ResolverConfig.",
    "ssl/": "Write a TrustedRootsConfig.",
}
"""What serves instead of a file below /etc."""


def kinds_of(config: MachineConfig) -> Iterator[tuple[Value, str]]:
    """The kinds of the documents that are Talos's, each at its place."""
    for document in config.documents:
        kind = document.get("kind")
        if kind.text and document.get("apiVersion").raw in _VERSIONS:
            yield kind, kind.text


def _unknown_kind(config: MachineConfig, facts: Facts) -> Iterator[Offence]:
    known = machine_config()
    for place, kind in kinds_of(config):
        if kind not in known.kinds:
            yield from _unlisted(place, kind, facts)
        elif known.kinds[kind] != known.oldest and known.younger(kind, facts.minor.name):
            first, minor = known.kinds[kind], facts.minor.name
            message = (
                f"found {_one(kind)}; expected a kind that Talos {minor} registers because this one came with {first}"
            )
            yield Offence(place, message, f"{instead_of(kind)}, or take Talos {first}.")


def _unlisted(place: Value, kind: str, facts: Facts) -> Iterator[Offence]:
    minor = facts.known_minor
    near = get_close_matches(kind, machine_config().kinds, n=1, cutoff=_LIKE)
    if near or (minor is not None and machine_config().kinds_complete(minor.name)):
        if minor is not None and not machine_config().kinds_complete(minor.name):
            return
        message = f"found {_one(excerpt(kind))}; expected a kind that Talos registers because it refuses the whole text"
        yield Offence(place, message, f"Did you mean {near[0]}?" if near else "Remove the document.")


def _unknown_to_talhelper(config: MachineConfig, facts: Facts) -> Iterator[Offence]:
    known = machine_config()
    for place, kind in kinds_of(config) if config.origin == "talhelper" else ():
        if kind not in known.kinds or not known.beyond_talhelper(kind):
            continue
        minor = facts.known_minor
        if minor is None or not known.younger(kind, minor.name):
            message = f"found {_one(kind)}; expected a kind that the last talhelper knows because it refuses all others"
            yield Offence(place, message, f"{instead_of(kind)}, or move to topf.")


_WHOLE_TEXTS = frozenset({"opentofu", "profile", "talhelper", "talos"})
"""Whose texts Talos's own loader reads, each as a whole; topf and Omni make a patch of each document."""


def _twice(config: MachineConfig, facts: Facts) -> Iterator[Offence]:
    minor, seen = facts.known_minor, set[tuple[str, str, str]]()
    if minor is not None and Version.parse(minor.name) < Version.parse(machine_config().oldest):
        return
    for document in config.documents if config.origin in _WHOLE_TEXTS else ():
        what = identity(document)
        if document.node is None or document.get("name").opaque or is_deletion(document.node):
            continue
        if what in seen:
            name = excerpt(" ".join(part for part in what[1:] if part)) or "document of v1alpha1"
            message = f"found a second {name}; expected one because Talos refuses a text that holds a document twice"
            yield Offence(document.get("kind") or document, message)
        seen.add(what)


def _kept(config: MachineConfig, _: Facts) -> Iterator[Offence]:
    for kind, names in machine_config().kept.items():
        for document in config.of_kind(kind):
            name = document.get("name")
            if name.text and any(_is_kept(name.text, kept) for kept in names):
                message = f"found {_one(kind)} of the name {excerpt(name.text)}; expected another because Talos keeps"
                remedy = _instead_of_file(kind, name.text)
                yield Offence(name, f"{message} that one for itself, and refuses the document", remedy)


def _is_kept(name: str, kept: str) -> bool:
    return name == kept or (kept.endswith("/") and f"{name}/".startswith(kept))


def _instead_of_file(kind: str, name: str) -> str:
    if kind != "EtcFileConfig":
        return "Choose another name."
    return next((text for start, text in _DOCUMENTS_FOR.items() if name.startswith(start)), "")


def _conflict(node: Node, facts: Facts) -> Iterator[Offence]:
    known, minor = machine_config(), facts.known_minor
    for field, kind in _conflicts(node):
        place = node.config.get(*field.split("."))
        if not place or place.opaque or (place.is_list and not any(True for _ in place.items())):
            continue
        # A release that does not know the kind refuses the document: the field is the one to keep.
        if minor is not None and known.younger(kind, minor.name):
            continue
        message = f"found {field}; expected {_one(kind)} because"
        if node.of_kind(kind):
            beside = f"{message} a document of that kind stands beside it, and Talos refuses both together"
            yield Offence(place, beside, f"Move what it says into the {kind}, and remove it.")
        elif _in_new_style(node, facts):
            sure = facts.cluster.contract is not None or node.origin == "topf"
            sure &= node.role is not None or field.startswith("machine.")
            more = f"{message} a machine config that Talos {facts.contract.minor} generated holds one, and Talos refuses both"
            yield Offence(place, more, severity=None if sure else "info")


def _conflicts(node: Node) -> Iterator[tuple[str, str]]:
    """The fields that conflict, by their dotted paths, with the kinds of documents that they conflict with."""
    known = machine_config()
    yield from ((f"machine.{field}", kind) for field, kind in known.conflicts.items())
    if node.role != "worker":
        yield from known.control_plane_conflicts.items()


def _one(kind: str) -> str:
    return f"{'an' if kind.startswith(('A', 'E', 'I', 'O', 'Un')) else 'a'} {kind}"


def _in_new_style(node: Node, facts: Facts) -> bool:
    """Whether the config that the node's patches change is one of documents; a whole config shows what it is."""
    if node.origin == "talhelper" or (node.parts and node.parts[0].form == "config"):
        return False
    minor = facts.known_minor
    if minor is None and facts.cluster.contract is None:
        return False
    oldest = machine_config().kinds["KubeNodeConfig"]
    return Version.parse(facts.contract.minor) >= Version.parse(oldest)


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="TAL014",
        name="kind that this Talos does not know",
        severity="error",
        since="0.1.0",
        looks_at=MachineConfig,
        check=_unknown_kind,
        remedy="Write it in the legacy document, or take a newer Talos.",
        source=machine_config().sources["kinds"],
        waivable=True,
    ),
    Rule(
        id="TAL015",
        name="legacy field beside a document",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_conflict,
        remedy="Write the document, unless the node was upgraded from an older minor: such a node keeps its old config.",
        source=machine_config().sources["conflicts"],
        waivable=True,
    ),
    Rule(
        id="TAL022",
        name="kind that talhelper does not know",
        severity="error",
        since="0.1.0",
        looks_at=MachineConfig,
        check=_unknown_to_talhelper,
        remedy="Write it in the legacy document, or move to topf.",
        source=machine_config().sources["talhelper"],
        waivable=True,
    ),
    Rule(
        id="TAL030",
        name="document that stands twice in a text",
        severity="error",
        since="0.1.0",
        looks_at=MachineConfig,
        check=_twice,
        remedy="Make one document of the two, or put the second into a patch of its own.",
        source="siderolabs/talos:pkg/machinery/config/container/container.go (duplicate document)",
        waivable=True,
    ),
    Rule(
        id="TAL031",
        name="name that Talos keeps for itself",
        severity="error",
        since="0.1.0",
        looks_at=MachineConfig,
        check=_kept,
        remedy="Remove the document.",
        source=machine_config().sources["kept"],
        waivable=True,
    ),
)
