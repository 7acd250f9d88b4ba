"""A topf repository's topf.yaml, with the patch folders beside it, as a draft.

Keys and the order of the folders as in topf v0.5.0-rc.1, pkg/config: all/, then the role's, then node/<host>/; a file
is a patch when its name holds `.yaml` or `.yml` anywhere, and a template when it ends in `.tpl`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.finding import Finding, Position
from talos_gpu.profile.adopt.config_document import ClusterFacts, read_document, read_modules
from talos_gpu.profile.adopt.extension import read_schematic_id
from talos_gpu.profile.adopt.machine import Adopted, Machine, pools_of
from talos_gpu.profile.adopt.reading import Folder, Value, is_below
from talos_gpu.profile.adopt.schematic import enable_secure_boot, read_platform, read_schematic
from talos_gpu.profile.draft import Draft
from talos_gpu.profile.text import Address, Endpoint, KubernetesVersion, Name, SchematicId, TalosVersion

__all__ = ["adopt_topf"]

_OTHER = "stays topf's: a profile has no key for it"
_TOP = {"clusterName", "clusterEndpoint", "kubernetesVersion", "talosVersion", "schematicId", "platform", "secureboot",
        "patchesDir", "nodes", "data"}  # fmt: skip
_NODE = {"host", "role", "ip", "talosVersion", "schematicId", "platform", "secureboot", "data"}
_ROLES = ("control-plane", "worker")
_MAX_PATCHES = 500
"""Files that are read at most of all patch folders together."""


def adopt_topf(root: Value, folder: Folder) -> Adopted:
    """What topf.yaml and its patch folders say of cluster and nodes; templates are reported, not filled in."""
    cluster = ClusterFacts()
    talos = root.get("talosVersion").as_type(TalosVersion, "v") or ""
    patches = _Patches(folder, root)
    machines = [_machine(node, root, folder, patches, cluster) for node in root.get("nodes").items()]
    root.leave_others(_TOP, _OTHER)
    root.get("data").leave_others({"kernelModules"}, "is data for templates, whose meaning is not known here")
    draft = Draft(
        cluster=root.get("clusterName").as_type(Name) or "",
        talos=talos,
        kubernetes=root.get("kubernetesVersion").as_type(KubernetesVersion, "v") or "",
        endpoint=root.get("clusterEndpoint").as_type(Endpoint) or "",
        layout="topf",
        pools=pools_of(machines),
    )
    return Adopted(draft, tuple(sorted(set(root.report.left))), frozenset(cluster.dialects))


def _machine(node: Value, root: Value, folder: Folder, patches: _Patches, cluster: ClusterFacts) -> Machine:
    machine = Machine()
    role = node.get("role").text() or ""
    if role not in _ROLES:
        node.leave("has no role control-plane or worker: taken for a worker")
    machine.control_plane = role == "control-plane"
    host = node.get("host").text() or ""
    for found in (root, node):
        read_modules(found.get("data", "kernelModules"), machine)
    if root.get("secureboot").flag() or node.get("secureboot").flag():
        enable_secure_boot(machine)
    read_platform(node.get("platform") or root.get("platform"), machine)
    _image(node.get("schematicId") or root.get("schematicId"), folder, machine)
    for document in patches.of(role, host):
        read_document(document, machine, cluster)
    _reach(node, machine)
    node.leave_others(_NODE, _OTHER)
    node.get("data").leave_others({"kernelModules"}, "is data for templates, whose meaning is not known here")
    return machine


def _reach(node: Value, machine: Machine) -> None:
    """Both win over patches: topf knows a node by its `host` and dials `ip`, or `host` where there is none."""
    machine.name = node.get("host").as_type(Name) or ""
    machine.address = (node.get("ip") or node.get("host")).as_type(Address) or ""
    machine.report_if_unreachable(node)
    if node.get("talosVersion"):
        node.get("talosVersion").leave("is for this node alone: a profile has one Talos release")


def _image(schematic: Value, folder: Folder, machine: Machine) -> None:
    text = schematic.text()
    if text is None:
        return
    if not text.startswith("@"):
        if identity := schematic.as_type(SchematicId):
            read_schematic_id(identity, schematic, machine)
        return
    if text.endswith(".tpl"):
        schematic.leave("names a template, and templates are not filled in here")
        return
    try:
        for document in folder.documents(text[1:].removeprefix("./"), schematic.report):
            read_schematic(document, machine)
    except OutsideError as error:
        schematic.leave(f"names a file that was not read: {error.why}")
    except NotUnderstood as error:
        schematic.leave(f"names a file that is not YAML: {error.findings[0]}")


class _Patches:
    """The documents of the patch folders, each file read once."""

    def __init__(self, folder: Folder, root: Value) -> None:
        self._folder, self._report = folder, root.report
        base = (root.get("patchesDir").text() or ".").removeprefix("./").rstrip("/")
        self._base = "" if base == "." else base
        self._read: dict[str, list[Value]] = {}

    def of(self, role: str, host: str) -> Iterator[Value]:
        """The documents that apply to a node, in the order in which topf merges them."""
        node = (f"node/{host}",) if re.fullmatch(r"[A-Za-z0-9.-]+", host) and host.strip(".") else ()
        for part in ("all", *((role,) if role in _ROLES else ()), *node):
            if part not in self._read:
                self._read[part] = list(self._documents(f"{self._base}/{part}" if self._base else part))
            yield from self._read[part]

    def _documents(self, part: str) -> Iterator[Value]:
        for name in self._files(part):
            if name.endswith(".tpl"):
                self._leave(name, "is a template, and templates are not filled in here")
                continue
            try:
                yield from self._folder.documents(name, self._report)
            except OutsideError as error:
                self._leave(name, f"was not read: {error.why}")

    def _files(self, part: str) -> list[str]:
        """Paths of the patches below the folder; links to folders are not followed."""
        if not is_below(part) or (self._folder.root / part).resolve() != self._folder.root / part:
            self._leave(part, "lies outside the folder of topf.yaml or behind a symbolic link, and was not read")
            return []
        names = [
            (Path(at) / file).relative_to(self._folder.root).as_posix()
            for at, _, files in os.walk(self._folder.root / part)
            for file in files
            if re.search(r"\.ya?ml", file)
        ]
        for name in sorted(names)[_MAX_PATCHES:]:
            self._leave(name, f"was not read: more than {_MAX_PATCHES} patches")
        return sorted(names)[:_MAX_PATCHES]

    def _leave(self, name: str, why: str) -> None:
        self._report.left.append(Finding(Position(self._folder.show(name)), "", why))
