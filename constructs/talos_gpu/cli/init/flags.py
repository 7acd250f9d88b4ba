"""What was said on the command line, checked by the profile's own types before anything else happens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.profile.draft import DraftNode
from talos_gpu.profile.message import sentence
from talos_gpu.profile.profile import Profile
from talos_gpu.profile.text import (
    Address,
    ContractVersion,
    Disk,
    Endpoint,
    KubernetesVersion,
    Name,
    RepositoryUrl,
    TalosVersion,
    Text,
)

__all__ = ["Flags", "check_flags", "flag_finding", "node_of", "problems", "with_v"]

_NODE = re.compile(r"(?P<name>[^=]*)=\[?(?P<address>[^\]]*?)\]?(?::(?P<disk>/.*))?")
_VERSIONS = (TalosVersion, KubernetesVersion, ContractVersion)


@dataclass(frozen=True, slots=True)
class Flags:
    """Every flag of the command; empty where it was not given."""

    cluster: str
    talos: str
    contract: str
    kubernetes: str
    endpoint: str
    repo_url: str
    pool: str
    gpu: tuple[str, ...]
    node: tuple[str, ...]
    source: str
    output: str
    schedulable: bool
    force: bool
    no_input: bool
    layout: str = ""
    delivery: str = ""
    stack: str = ""
    track: str = ""
    flavour: str = ""
    role: str = ""
    gpu_count: int | None = None


def check_flags(flags: Flags) -> None:
    """Every flag holds what a profile allows there.

    Raises:
        NotUnderstood: with every flag that does not.
    """
    kinds = {
        "cluster": Name, "talos": TalosVersion, "contract": ContractVersion, "kubernetes": KubernetesVersion,
        "endpoint": Endpoint, "repo_url": RepositoryUrl, "pool": Name,
    }  # fmt: skip
    findings = [
        finding
        for key, kind in kinds.items()
        if (text := getattr(flags, key))
        for finding in problems(f"--{key.replace('_', '-')}", with_v(text) if kind in _VERSIONS else text, kind)
    ]
    for text in flags.node:
        findings += _node_problems(text)
    for text in flags.gpu:
        findings += problems("--gpu", text, Text)
    if flags.delivery == "argocd" and not flags.repo_url:
        findings.append(flag_finding("--delivery", "argocd needs the repository that holds dist/: add --repo-url URL"))
    if findings:
        raise NotUnderstood(findings)


def with_v(text: str) -> str:
    return f"v{text}" if text[:1].isdigit() else text


def problems(flag: str, text: str, kind: Any) -> list[Finding]:
    """What a profile's own type says against the text."""
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError as error:
        return [flag_finding(flag, sentence(detail, Profile)) for detail in error.errors(include_url=False)]
    return []


def flag_finding(flag: str, message: str, remedy: str = "") -> Finding:
    return Finding(Position("init"), flag, message, remedy)


def _node_problems(text: str) -> list[Finding]:
    found = _NODE.fullmatch(text)
    if not found:
        return [flag_finding("--node", f"found {text!r}, expected NAME=ADDRESS or NAME=ADDRESS:/dev/DISK")]
    parts = [("name", Name), ("address", Address), *([("disk", Disk)] if found["disk"] else [])]
    return [finding for part, kind in parts for finding in problems("--node", found[part], kind)]


def node_of(text: str) -> DraftNode:
    found = _NODE.fullmatch(text)
    assert found is not None  # check_flags refused every other text
    return DraftNode(found["name"], found["address"], found["disk"] or "")
