"""What a machine configuration may hold: kinds of documents by minor, and keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from talos_gpu.catalog import KeyTree, machine_config
from talos_gpu.plan.patch_fault import Fault

__all__ = ["IGNORED_KEYS", "first_minors", "instead_of", "key_faults", "kind_faults", "legacy_keys", "source_of"]

_CONFLICTING = {
    "KubeletConfig": ("machine.kubelet", "Write the fields below machine.kubelet."),
    "UnattendedInstallConfig": ("machine.install", "Write the fields below machine.install."),
}
"""Kinds beside which a legacy document with such a field is invalid; every generated one has it (machinery v1.14.1)."""


def source_of(topic: str) -> str:
    """Who says what the catalogue holds on `topic`: `conflicts`, `customization`, `talhelper`."""
    return machine_config().sources[topic]


def first_minors() -> Mapping[str, str]:
    """Every kind of document, and the first minor that registers it; that of the oldest one says nothing."""
    return machine_config().kinds


def kind_faults(document: Mapping[str, Any], minor: str, talhelper: bool, documents: bool) -> Iterator[Fault]:
    """A kind that Talos `minor` (or talhelper) does not register, or that its legacy document conflicts with."""
    kind, facts = document.get("kind"), machine_config()
    if not isinstance(kind, str):
        return
    if kind not in facts.kinds:
        yield from _unlisted(kind, minor)
    elif facts.younger(kind, minor):
        first = facts.kinds[kind]
        message = f'found a {kind}, a kind that Talos {minor} does not know ("not registered"): it came with {first}'
        yield Fault(("kind",), message, f"{instead_of(kind)}, or choose a newer Talos release.", source_of("kinds"))
    elif talhelper and facts.beyond_talhelper(kind):
        message = f'found a {kind}, a kind that the last talhelper does not know ("not registered")'
        yield Fault(("kind",), message, f"{instead_of(kind)}, or choose another layout.", source_of("talhelper"))
    elif kind in _CONFLICTING and not documents:
        field, remedy = _CONFLICTING[kind]
        message = f"found a {kind}, which conflicts with the {field} that this machine config holds"
        yield Fault(("kind",), message, remedy, source_of("conflicts"))


def _unlisted(kind: str, minor: str) -> Iterator[Fault]:
    if not machine_config().kinds_complete(minor):
        return
    near = get_close_matches(kind, first_minors(), n=1)
    remedy = f"Did you mean {near[0]}?" if near else "Remove the document, or correct its kind."
    yield Fault(("kind",), f"found a {kind}, a kind that no Talos up to {minor} knows", remedy, source_of("kinds"))


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


def instead_of(kind: str) -> str:
    """Where what a document of that kind says is written in the legacy document, as the start of a sentence."""
    place = _LEGACY_PLACES.get(kind)
    return f"Write {place} of the legacy document" if place else "Remove it"


def legacy_keys(part: str) -> frozenset[str]:
    """The keys that some Talos decodes at the `root` of the legacy document, below `machine` or below `cluster`."""
    legacy = machine_config().legacy
    place = legacy if part == "root" else legacy.below(part)
    return frozenset(place.names if place else ())


def key_faults(document: Mapping[str, Any]) -> Iterator[Fault]:
    """Keys of a legacy document (one without kind) that no Talos decodes, at whatever depth."""
    if "kind" not in document:
        yield from _unknown(document, (), machine_config().legacy)


def _unknown(content: Any, above: tuple[str | int, ...], known: KeyTree) -> Iterator[Fault]:
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from _unknown(item, (*above, index), known)
    if not isinstance(content, Mapping) or known.entries is None:
        return
    for key, item in content.items():
        if key in IGNORED_KEYS:
            continue
        below = known.below(str(key))
        if below is None:
            yield _unknown_key(str(key), above, known)
        else:
            yield from _unknown(item, (*above, key), below)


IGNORED_KEYS = frozenset({"$patch", "$$patch", "sops"})
"""Keys that other tools take out before Talos decodes, and the deletion marks of a patch."""


def _unknown_key(key: str, above: tuple[str | int, ...], known: KeyTree) -> Fault:
    words = [step for step in above if isinstance(step, str)]
    where = f" below {'.'.join(words)}" if words else ""
    near = known.nearest(key, 0.5)
    remedy = f"Did you mean {near}?" if near else f"Talos knows here: {', '.join(known.names)}."
    if instead := machine_config().instead.get(".".join((*words, key))):
        remedy = f"Write {instead}."
    message = f"found {key}, a key that Talos does not know{where}, and for which it refuses the whole patch"
    return Fault((*above, key), message, remedy, source_of("keys"))
