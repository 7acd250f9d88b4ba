"""Machine-config patches of the user's: read, judged for what would break a node, passed on as they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from talos_gpu.catalog import Contract
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.plan.model import UserPatch
from talos_gpu.plan.problems import Problems
from talos_gpu.profile import LoadedProfile
from talos_gpu.profile.pool import Pool
from talos_gpu.yaml_events import compose_all

__all__ = ["plan_user_patches"]

Path = tuple[str | int, ...]

_SECRET_KEYS = frozenset(
    {
        "token",
        "key",
        "secret",
        "secretboxEncryptionSecret",
        "aescbcEncryptionSecret",
        "bootstrapToken",
        "clusterSecret",
        "password",
        "auth",
        "identityToken",
        "sops",
    }
)
"""Keys of a machine configuration (or of SOPS) that hold secrets."""

_LINK_TO_VAR = "/var/"
_CRI_FILE = "/etc/cri/conf.d/20-customization.part"
_MANIFESTS = "/etc/kubernetes/manifests/"


def plan_user_patches(
    loaded: LoadedProfile, pool_name: str, pool: Pool, contract: Contract, problems: Problems
) -> tuple[UserPatch, ...]:
    """The pool's own patches in order. Secrets, boot loops and formats that the node refuses are refused here."""
    patches: list[UserPatch] = []
    for index, patch in enumerate(pool.patches):
        path: Path = ("pools", pool_name, "patches", index)
        if patch.file is None:
            text = yaml.safe_dump(patch.inline, sort_keys=False, allow_unicode=True, width=2**31)
            origin = f"{loaded.file}, pools.{pool_name}.patches[{index}]"
            at = loaded.position(*path)
            documents: list[tuple[Any, Position]] = [(patch.inline, at)]
        else:
            origin = loaded.patch_file(patch.file)
            text = loaded.inputs[origin].decode("utf-8", "replace")
            try:
                documents = [(item.value, item.position(())) for item in compose_all(loaded.inputs[origin], origin)]
            except NotUnderstood as error:
                for finding in error.findings:
                    problems.refuse_in(finding)
                continue
        for document, position in documents:
            for message, remedy in _faults(document, contract):
                problems.refuse_in(Finding(position, "", message, remedy))
        patches.append(UserPatch(text if text.endswith("\n") else text + "\n", origin))
    return tuple(patches)


def _faults(document: Any, contract: Contract) -> Iterator[tuple[str, str]]:
    if not document:
        yield "found an empty patch, which Talos takes for a JSON patch and refuses", "Remove it."
        return
    if isinstance(document, list):
        if not contract.json6902:
            yield (
                f"found a JSON6902 patch; a machine config of {contract.minor} holds several documents and takes none",
                "Write a strategic merge patch: the fields that shall change, in their place.",
            )
        return
    if not isinstance(document, dict):
        yield "found no map, expected a machine-config patch", "Write the fields that shall change."
        return
    yield from _secrets(document, ())
    yield from _boot_loops(document)


def _secrets(value: Any, path: Path) -> Iterator[tuple[str, str]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        here = (*path, key)
        if key in _SECRET_KEYS and item and not _harmless(here):
            dotted = ".".join(str(part) for part in here)
            yield (
                f"found a secret at {dotted}; nothing secret may reach dist/",
                "Keep it in the secrets that Talos generates.",
            )
        else:
            yield from _secrets(item, here)


def _harmless(path: Path) -> bool:
    """Taints, tolerations and selectors have a `key` that is no secret."""
    return path[-1] == "key" and any(
        part in {"registerWithTaints", "taints", "tolerations", "matchExpressions", "META", "meta"} for part in path
    )


def _boot_loops(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    machine = document.get("machine")
    files = machine.get("files") if isinstance(machine, dict) else None
    for file in files if isinstance(files, list) else []:
        target, op = (str(file.get("path", "")), file.get("op")) if isinstance(file, dict) else ("", None)
        allowed = target.startswith((_LINK_TO_VAR, _MANIFESTS)) or target == _CRI_FILE
        if op == "create" and not allowed:
            yield (
                f"found a file created at {target}: Talos refuses that at boot and restarts the node every 35 minutes",
                "Create files below /var only. The NVIDIA runtime needs no configuration file on Talos, and no-cgroups is not needed.",
            )
