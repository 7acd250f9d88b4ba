"""TAL: files that a machine config tells Talos to write."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.inventory import Node, Value
from talos_gpu.plan.machine_config import source_of
from talos_gpu.plan.patch_fault import CRI_FILE, may_create
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES", "files_of"]

_WRITER = "siderolabs/talos:internal/app/machined/pkg/runtime/v1alpha1/v1alpha1_sequencer_tasks.go (WriteUserFiles)"
_OPERATIONS = ("create", "append", "overwrite")
_TOOLKIT_CONFIG = "/etc/nvidia-container-runtime/config.toml"
_MODPROBE = "/etc/modprobe.d/"
_REMEDIES = {
    _TOOLKIT_CONFIG: "Remove the entry: the NVIDIA runtime needs no configuration file on Talos, nor no-cgroups.",
    _MODPROBE: "Remove the entry: module parameters stand in machine.kernel.modules, or among the kernel arguments.",
}


def files_of(node: Node) -> tuple[Value, ...]:
    """The entries of machine.files."""
    return tuple(node.config.get("machine", "files").items())


def _outside_var(node: Node, _: Facts) -> Iterator[Offence]:
    for file in files_of(node):
        path = file.get("path")
        if path.text and file.get("op").text == "create" and not may_create(path.text):
            message = f"found a file created at {excerpt(path.text)}; expected a path below /var because Talos"
            remedy = next((text for start, text in _REMEDIES.items() if path.text.startswith(start)), "")
            yield Offence(path, f"{message} refuses any other while it boots, and reboots every 35 minutes", remedy)


def _second_customization(node: Node, facts: Facts) -> Iterator[Offence]:
    entries = [file.get("path") for file in files_of(node) if file.get("path").text == CRI_FILE]
    for path in () if node.in_branches else entries[1:]:
        remedy = "Name the patch that holds it once: it is applied twice." if path.place == entries[0].place else ""
        message = f"found a second entry for {CRI_FILE}; expected one because"
        minor = facts.known_minor
        if minor is not None and minor.contract.machine_files == "deprecated":
            yield Offence(path, f"{message} Talos {minor.name} reads the first only", remedy, severity="warning")
        else:
            yield Offence(path, f"{message} Talos makes the file once, and fails on the second while it boots", remedy)


def _nothing_to_change(node: Node, facts: Facts) -> Iterator[Offence]:
    second = {offence.value.place for offence in _second_customization(node, facts)}
    changes = [file for file in files_of(node) if file.get("op").text in {"append", "overwrite"}]
    yield from (_absent(file, "which is not there") for file in changes if file.get("path").text == _TOOLKIT_CONFIG)
    for file in changes:
        path = file.get("path").text
        if path == CRI_FILE and facts.minor.contract.machine_files != "deprecated":
            if file.get("path").place in second:
                continue  # To create it a second time is no better: TAL004 says what is.
            yield _absent(file, "which is not there")
        elif path in _toolkit_configs(facts) and path != facts.era.toolkit_config:
            yield _absent(file, f"which the toolkit of Talos {facts.minor.name} does not have any more")


def _toolkit_configs(facts: Facts) -> set[str]:
    return {era.toolkit_config for era in facts.catalogue.eras() if era.toolkit_config}


def _absent(file: Value, why: str) -> Offence:
    op, path = file.get("op"), file.get("path")
    message = (
        f"found {op.raw} of {path.raw}, {why}; expected a file that exists because Talos fails on it while it boots"
    )
    remedy = (
        "Write op: create." if path.text == CRI_FILE else "Remove the entry: the toolkit needs no configuration here."
    )
    return Offence(op, message, remedy)


def _deprecated(node: Node, facts: Facts) -> Iterator[Offence]:
    files = node.config.get("machine", "files")
    if node.origin == "talhelper":
        return  # Its last release validates with older rules, and knows none of the documents.
    refused = {offence.value.place for offence in _outside_var(node, facts)}
    kept = [file for file in files.items() if file.get("path").place not in refused]
    if kept and facts.minor.contract.machine_files == "deprecated":
        message = f"found machine.files, which Talos {facts.minor.name} deprecates; expected documents of their own"
        yield Offence(files, f"{message} because a strict validation refuses it")


def _unknown_operation(node: Node, _: Facts) -> Iterator[Offence]:
    for file in files_of(node):
        op = file.get("op")
        if file.is_map and not file.opaque and not op.opaque and op.raw not in _OPERATIONS:
            found = f"found {excerpt(op.raw)}" if op else "found no op"
            message = f"{found}; expected {', '.join(_OPERATIONS)} because Talos fails on it while it boots"
            yield Offence(op or file, f"{message}, and reboots every 35 minutes")


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="TAL001",
        name="file created outside of /var",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_outside_var,
        remedy="Create files below /var only.",
        source=_WRITER,
    ),
    Rule(
        id="TAL004",
        name="second entry for the customization of containerd",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_second_customization,
        remedy="Put all settings of containerd into one entry, and remove the other.",
        source=source_of("customization"),
    ),
    Rule(
        id="TAL005",
        name="change of a file that does not exist",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_nothing_to_change,
        remedy="Remove the entry.",
        source=_WRITER,
    ),
    Rule(
        id="TAL013",
        name="machine.files where it is deprecated",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_deprecated,
        remedy="Write CRICustomizationConfig for settings of containerd, EtcFileConfig for files below /etc.",
        source="measured with siderolabs/talos:pkg/machinery: patch, validate strictly for metal",
    ),
    Rule(
        id="TAL025",
        name="unknown operation on a file",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_unknown_operation,
        remedy="Write op: create, append or overwrite.",
        source=_WRITER,
    ),
)
