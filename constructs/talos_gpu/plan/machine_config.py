"""What a machine configuration may hold: kinds of documents by minor, and the keys of the legacy document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from talos_gpu.catalog import Version
from talos_gpu.plan.patch_fault import Fault

__all__ = ["key_faults", "kind_faults", "source_of"]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CONFLICTING = {
    "KubeletConfig": ("machine.kubelet", "Write the fields below machine.kubelet."),
    "UnattendedInstallConfig": ("machine.install", "Write the fields below machine.install."),
}
"""Kinds beside which a legacy document with such a field is invalid; every generated one has it (machinery v1.14.1)."""


@cache
def _data() -> Mapping[str, Any]:
    text = Path(__file__).with_name("machine-config.yaml").read_text(encoding="utf-8")
    content: Mapping[str, Any] = yaml.load(text, _LOADER)  # noqa: S506 - both are safe loaders
    return content


def source_of(topic: str) -> str:
    """Who says what the data file holds on `topic`: `conflicts`, `customization`, `talhelper`."""
    return str(_data()[topic]["source"])


@cache
def _first_minors() -> Mapping[str, str]:
    return {kind: minor for minor, kinds in _data()["kinds"].items() for kind in kinds}


def kind_faults(document: Mapping[str, Any], minor: str, talhelper: bool, documents: bool) -> Iterator[Fault]:
    """A kind that Talos `minor` (or talhelper) does not register, or that its legacy document conflicts with."""
    kind = document.get("kind")
    if not isinstance(kind, str):
        return
    first = _first_minors().get(kind)
    if first is None:
        yield from _unlisted(kind, minor)
    elif _older(minor, first):
        message = f'found a {kind}, a kind that Talos {minor} does not know ("not registered"): it came with {first}'
        yield Fault(("kind",), message, f"{_instead(kind)}, or choose a newer Talos release.", _data()["source"])
    elif talhelper and _beyond_talhelper(kind, first):
        message = f'found a {kind}, a kind that the last talhelper does not know ("not registered")'
        yield Fault(("kind",), message, f"{_instead(kind)}, or choose another layout.", source_of("talhelper"))
    elif kind in _CONFLICTING and not documents:
        field, remedy = _CONFLICTING[kind]
        message = f"found a {kind}, which conflicts with the {field} that this machine config holds"
        yield Fault(("kind",), message, remedy, source_of("conflicts"))


def _unlisted(kind: str, minor: str) -> Iterator[Fault]:
    if not Version.parse(_data()["oldest"]) <= Version.parse(minor) <= Version.parse(_data()["completeTo"]):
        return
    near = get_close_matches(kind, _first_minors(), n=1)
    remedy = f"Did you mean {near[0]}?" if near else "Remove the document, or correct its kind."
    yield Fault(("kind",), f"found a {kind}, a kind that no Talos up to {minor} knows", remedy, _data()["source"])


def _older(minor: str, first: str) -> bool:
    """The row of the oldest minor says nothing about those before it."""
    return first != _data()["oldest"] and Version.parse(minor) < Version.parse(first)


def _beyond_talhelper(kind: str, first: str) -> bool:
    facts = _data()["talhelper"]
    newest = Version.parse(facts["newest"])
    return Version.parse(first) >= newest and kind not in facts["knows"]


_LEGACY_PLACES = {
    "KernelModuleConfig": "machine.kernel.modules",
    "SysctlConfig": "machine.sysctls",
    "SysfsConfig": "machine.sysfs",
    "UdevRulesConfig": "machine.udev",
    "KubeNodeConfig": "machine.nodeLabels, nodeAnnotations and nodeTaints",
    "KubeletConfig": "machine.kubelet",
    "UnattendedInstallConfig": "machine.install",
    "CRICustomizationConfig": "machine.files",
}


def _instead(kind: str) -> str:
    place = _LEGACY_PLACES.get(kind)
    return f"Write {place} of the legacy document" if place else "Remove it"


def key_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Keys of a legacy document (one without kind) that no Talos decodes: at its root, below machine and cluster."""
    if "kind" in document:
        return
    legacy = _data()["legacy"]
    yield from _unknown(document, (), legacy["root"])
    for part in ("machine", "cluster"):
        if isinstance(content := document.get(part), Mapping):
            yield from _unknown(content, (part,), legacy[part])


def _unknown(content: Mapping[str, Any], above: tuple[str, ...], known: list[str]) -> Iterator[Fault]:
    for key in content:
        if key in known or key in {"$patch", "sops"}:
            continue
        where = f" below {above[0]}" if above else ""
        near = get_close_matches(str(key), known, n=1, cutoff=0.5)
        remedy = f"Did you mean {near[0]}?" if near else f"Talos knows here: {', '.join(known)}."
        message = f"found {key}, a key that Talos does not know{where}, and for which it refuses the whole patch"
        yield Fault((*above, key), message, remedy, _data()["source"])
