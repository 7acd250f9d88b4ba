"""A first profile out of files that other tools read: what is known is taken, what is not is listed."""

from __future__ import annotations

import os
from pathlib import Path

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.profile.adopt.machine import Adopted
from talos_gpu.profile.adopt.machine_config import adopt_machine_config
from talos_gpu.profile.adopt.reading import Folder, Report, Value
from talos_gpu.profile.adopt.talhelper import adopt_talhelper
from talos_gpu.profile.adopt.topf import adopt_topf

__all__ = ["Adopted", "adopt"]


def adopt(file: str, directory: Path) -> Adopted:
    """What `file` (relative to `directory`, or absolute) tells, whichever of the known formats it has.

    Only the file and files that it refers to below its own folder are read.

    Raises:
        NotUnderstood: broken YAML, or none of the formats.
        OutsideError: the file cannot be read.
    """
    path = Path(file)
    shown = path.parent.as_posix()
    folder = Folder(Path(os.path.realpath(directory / path.parent)), "" if shown == "." else shown)
    report = Report()
    documents = folder.documents(path.name, report)
    kind = _format(documents)
    if kind == "talhelper":
        return adopt_talhelper(documents[0], folder)
    if kind == "topf":
        return adopt_topf(documents[0], folder)
    if kind == "machine config":
        return adopt_machine_config(documents)
    message = (
        "is neither a talconfig.yaml (clusterName, nodes with hostname), nor a topf.yaml (nodes with host and role), "
    )
    raise NotUnderstood([Finding(Position(folder.show(path.name), 1, 1), "", message + "nor a Talos machine config")])


def _format(documents: list[Value]) -> str:
    keys = {key for document in documents for key, _ in document.pairs()}
    nodes = {key for document in documents for node in document.get("nodes").items() for key, _ in node.pairs()}
    if nodes & {"hostname", "ipAddress", "controlPlane"} or ("nodes" not in keys and "endpoint" in keys):
        return "talhelper"
    if nodes & {"host", "role"} or keys & {"clusterEndpoint", "nodesProvider"}:
        return "topf"
    return "machine config" if keys & {"machine", "cluster", "kind"} else ""
