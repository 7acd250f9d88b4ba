"""Machine-config patches of the user's: read, judged for what would break a node, passed on as they are."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.plan.model import UserPatch
from talos_gpu.plan.patch_fault import Fault, faults
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.release import Basis
from talos_gpu.profile import LoadedProfile
from talos_gpu.profile.pool import Patch, Pool
from talos_gpu.yaml_events import compose_all, key_path

__all__ = ["plan_user_patches"]

Path = tuple[str | int, ...]


def plan_user_patches(
    loaded: LoadedProfile, pool_name: str, pool: Pool, basis: Basis, problems: Problems
) -> tuple[UserPatch, ...]:
    """The pool's own patches in order. Secrets, boot loops and what the node refuses are refused where they stand."""
    patches: list[UserPatch] = []
    for index, patch in enumerate(pool.patches):
        path: Path = ("pools", pool_name, "patches", index)
        if patch.file is None:
            for fault in faults(patch.inline, basis.contract_facts, basis.dialect.value == "documents"):
                problems.refuse(_inline_path(loaded, path, fault), fault.message, fault.remedy)
            text = yaml.safe_dump(patch.inline, sort_keys=False, allow_unicode=True, width=2**31)
            origin = f"{loaded.file}, {key_path(path)}"
        else:
            origin = loaded.patch_file(patch.file)
            text = _text(loaded.inputs[origin])
            for finding in _findings(loaded, patch, basis):
                problems.refuse_in(finding)
        patches.append(UserPatch(text if text.endswith("\n") else text + "\n", origin))
    return tuple(patches)


def _inline_path(loaded: LoadedProfile, path: Path, fault: Fault) -> Path:
    """Where the fault stands in the profile: a patch may be written with or without `inline:`."""
    long = loaded.composed.position((*path, "inline"), key=True) != loaded.composed.position(path, key=True)
    return (*path, *(("inline",) if long else ()), *fault.path)


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace").replace("\r\n", "\n")


def _findings(loaded: LoadedProfile, patch: Patch, basis: Basis) -> Iterator[Finding]:
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
        for fault in faults(document.value, basis.contract_facts, basis.dialect.value == "documents"):
            yield Finding(document.position(fault.path), key_path(fault.path), fault.message, fault.remedy)
