"""TAL: patches that Talos, or the tool that applies them, refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.catalog import Version, machine_config
from talos_gpu.inventory import JsonPatch, MachineConfig, Node, TalhelperEntry
from talos_gpu.inventory.talos_merge import is_deletion
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_PATCHER = "siderolabs/talos:pkg/machinery/config/configpatcher"
_STRATEGIC_ONLY = {"topf": "topf", "omni": "Omni"}
"""Tools that take no JSON patch, whatever Talos they are for."""
_MORE_DOCUMENTS = ("ingressFirewall", "extensionServices", "volumes", "userVolumes")
"""What talhelper writes as documents of their own."""


def _json_patch(patch: JsonPatch, facts: Facts) -> Iterator[Offence]:
    if patch.origin == "talhelper":
        return
    if patch.origin in _STRATEGIC_ONLY:
        message = "found a JSON patch; expected a strategic merge patch because"
        yield Offence(patch.root, f"{message} {_STRATEGIC_ONLY[patch.origin]} takes no other")
    elif not facts.contract.json6902:
        message = "found a JSON patch; expected a strategic merge patch because a machine config of Talos"
        yield Offence(patch.root, f"{message} {facts.contract.minor} holds several documents, and takes no other")


def _json_patch_of_talhelper(patch: JsonPatch, facts: Facts) -> Iterator[Offence]:
    if patch.origin != "talhelper":
        return
    message = "found a JSON patch; expected a strategic merge patch because talhelper writes several documents"
    documents = sorted({key for entry in facts.cluster.of(TalhelperEntry) for key in _more_documents(entry)})
    minor = facts.minor if not documents else facts.known_minor
    if minor is not None and not minor.contract.json6902:
        yield Offence(patch.root, f"{message} for Talos {minor.name}, and Talos refuses it then")
    elif documents:
        found = f"{message} where {documents[0]} is used, and Talos refuses it then"
        yield Offence(patch.root, found, severity="warning")


def _more_documents(entry: TalhelperEntry) -> Iterator[str]:
    places = [entry.root.get("controlPlane"), entry.root.get("worker"), *entry.root.get("nodes").items()]
    yield from (key for key in _MORE_DOCUMENTS for place in places if any(place.get(key).items()) or place.get(key))


def _empty(config: MachineConfig, facts: Facts) -> Iterator[Offence]:
    if config.origin == "talos" and not config.documents and not facts.contract.json6902:
        message = "found an empty patch; expected fields to change because Talos takes it for a JSON patch, which a"
        yield Offence(config.place, f"{message} machine config of {facts.contract.minor} refuses")


def _deletion(config: MachineConfig, facts: Facts) -> Iterator[Offence]:
    for document in config.documents if config.form == "patch" else ():
        kind = document.get("kind").text
        if kind and document.node and is_deletion(document.node) and _may_be_absent(kind, document, facts):
            message = f"found a deletion of the document {excerpt(kind)}; expected one that is there because Talos"
            yield Offence(
                document, f"{message} {facts.minor.name} appends the deletion as a document where there is none"
            )


def _may_be_absent(kind: str, document: Any, facts: Facts) -> bool:
    known, minor = machine_config(), facts.minor
    if Version.parse(minor.name) >= Version.parse(known.deletion_skipped_from):
        return False
    first = known.generated.get(kind)
    if first and Version.parse(facts.contract.minor) >= Version.parse(first):
        return False
    name = document.get("name").raw
    others = (part for node in facts.cluster.of(Node) for part in node.parts)
    told = (item for part in others for item in part.of_kind(kind) if item.get("name").raw == name)
    return not any(item.node and not is_deletion(item.node) for item in told)


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="TAL006",
        name="JSON patch of several documents",
        severity="error",
        since="0.1.0",
        looks_at=JsonPatch,
        check=_json_patch,
        remedy="Write the fields that shall change, in their place, as a machine config would hold them.",
        source=f"{_PATCHER}/json6902.go; siderolabs/talos#12510, #12613",
        waivable=True,
    ),
    Rule(
        id="TAL007",
        name="empty patch",
        severity="error",
        since="0.1.0",
        looks_at=MachineConfig,
        check=_empty,
        remedy="Remove the file, or write the fields that shall change.",
        source=f"{_PATCHER}/load.go; siderolabs/talos#13029, #12457",
        waivable=True,
    ),
    Rule(
        id="TAL021",
        name="JSON patch in talhelper",
        severity="error",
        since="0.1.0",
        looks_at=JsonPatch,
        check=_json_patch_of_talhelper,
        remedy="Write the fields that shall change, in their place, as a machine config would hold them.",
        source="budimanjojo/talhelper#1226; siderolabs/talos:pkg/machinery/config/configpatcher/json6902.go",
        waivable=True,
    ),
    Rule(
        id="TAL023",
        name="deletion of a document that may be absent",
        severity="warning",
        since="0.1.0",
        looks_at=MachineConfig,
        check=_deletion,
        remedy="Delete documents only where the config that is patched holds them.",
        source=machine_config().sources["deletion"],
    ),
)
