"""Machine-config patches of the user's: read, judged for what would break a node, passed on as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.plan.machine_config import key_faults, kind_faults, source_of
from talos_gpu.plan.model import UserPatch
from talos_gpu.plan.patch_fault import Fault, faults, strategic
from talos_gpu.plan.patch_undo import Ours, customizations, undone
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.release import Basis
from talos_gpu.profile import LoadedProfile
from talos_gpu.profile.pool import Patch, Pool
from talos_gpu.yaml_events import compose_all, key_path

__all__ = ["plan_user_patches"]

Path = tuple[str | int, ...]


def plan_user_patches(
    loaded: LoadedProfile, pool_name: str, pool: Pool, basis: Basis, ours: Ours, problems: Problems
) -> tuple[UserPatch, ...]:
    """The pool's own patches in order.

    Secrets, boot loops, what the node refuses and what undoes this plan are refused where they stand.
    """
    judge = _Judge(basis, ours)
    patches: list[UserPatch] = []
    for index, patch in enumerate(pool.patches):
        path: Path = ("pools", pool_name, "patches", index)
        if patch.file is None:
            for fault in judge.faults(patch.inline):
                at = _inline_path(loaded, path, fault)
                problems.refuse(at, fault.message, fault.remedy, fault.source)
            text = yaml.safe_dump(patch.inline, sort_keys=False, allow_unicode=True, width=2**31)
            origin = f"{loaded.file}, {key_path(path)}"
        else:
            origin = loaded.patch_file(patch.file)
            text = _text(loaded.inputs[origin])
            for finding in _findings(loaded, patch, judge):
                problems.refuse_in(finding)
        patches.append(UserPatch(text if text.endswith("\n") else text + "\n", origin))
    return tuple(patches)


class _Judge:
    """Judges the documents of a pool's patches, in order: some things may stand once among all of them."""

    def __init__(self, basis: Basis, ours: Ours) -> None:
        self._basis = basis
        self._ours = ours
        self._documents = basis.dialect.value == "documents"
        runtime = ours.machine.default_runtime.value
        self._customized = f"defaultRuntime: {runtime}" if runtime and not self._documents else ""
        self._own_customization = f"{runtime}-default-runtime" if runtime and self._documents else None

    def faults(self, document: Any) -> Iterator[Fault]:
        """What is wrong with one document."""
        contract = self._basis.contract_facts
        yield from faults(document, contract, self._documents)
        if isinstance(document, list) and contract.json6902:
            for index, part in strategic(document):
                if isinstance(part, dict):
                    found = self._document(part)
                    yield from (Fault((index,), fault.message, fault.remedy, fault.source) for fault in found)
        elif isinstance(document, dict) and document:
            yield from self._document(document)

    def _document(self, document: dict[str, Any]) -> Iterator[Fault]:
        minor = self._basis.release.minor.name
        yield from kind_faults(document, minor, self._basis.talhelper, self._documents)
        yield from key_faults(document)
        yield from undone(document, self._ours)
        yield from self._second_customization(document)

    def _owns(self, name: object) -> bool:
        return self._own_customization is not None and name == self._own_customization

    def _second_customization(self, document: dict[str, Any]) -> Iterator[Fault]:
        """Talos 1.13 and older fail on a second entry for containerd's file, newer ones read the first only."""
        for path in customizations(document):
            if self._customized:
                yield Fault(
                    path,
                    f"found a second 20-customization.part beside {self._customized}; a node's config holds one at most",
                    "Put all settings of containerd into one entry, and remove the other.",
                    source_of("customization"),
                )
            else:
                self._customized = "another of the same path"
        if document.get("kind") == "CRICustomizationConfig" and self._owns(document.get("name")):
            message = "found the name of the document that defaultRuntime makes, which this one would overwrite"
            yield Fault(("name",), message, "Give it another name.")


def _inline_path(loaded: LoadedProfile, path: Path, fault: Fault) -> Path:
    """Where the fault stands in the profile: a patch may be written with or without `inline:`."""
    long = loaded.composed.position((*path, "inline"), key=True) != loaded.composed.position(path, key=True)
    return (*path, *(("inline",) if long else ()), *fault.path)


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _findings(loaded: LoadedProfile, patch: Patch, judge: _Judge) -> Iterator[Finding]:
    """What is wrong with a patch file, at its own lines and columns."""
    name = loaded.patch_file(patch.file or "")
    try:
        documents = compose_all(loaded.inputs[name], name)
    except NotUnderstood as error:
        yield from error.findings
        return
    if not documents:
        message = "the file is empty, which Talos takes for a JSON patch and refuses"
        yield Finding(Position(name, 1, 1), "", message, "Remove it, or write the fields that shall change.")
    for document in documents:
        for fault in judge.faults(document.value):
            at = document.position(fault.path)
            yield Finding(at, key_path(fault.path), fault.message, fault.remedy, fault.source)
