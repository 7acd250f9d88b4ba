"""What in a machine-config patch of the user's would leak a secret, break a boot, or be refused by the node."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from talos_gpu.catalog import Contract, machine_config

__all__ = ["CRI_FILE", "KEEP_SECRETS", "Fault", "faults", "may_create", "secret_texts", "strategic"]

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at `path` of one document of a patch, and what to write instead."""

    path: Path
    message: str
    remedy: str
    source: str = ""


_SECRET_KEYS = frozenset(
    {
        "aescbcEncryptionSecret",
        "auth",
        "bootstrapToken",
        "clusterSecret",
        "identityToken",
        "key",
        "passphrase",
        "password",
        "presharedKey",
        "privateKey",
        "secret",
        "secretboxEncryptionSecret",
        "sops",
        "token",
        "trustdToken",
    }
)
"""Keys of a machine configuration (or of SOPS) that hold secrets."""

_SECRET_TEXT = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----|^ENC\[[A-Z0-9_]+,data:")
_SECRET_VARIABLE = re.compile(r"(?i)[A-Z0-9_]*(TOKEN|PASSWORD|SECRET|AUTH_?KEY|API_?KEY|PRIVATE_?KEY)[A-Z0-9_]*=.+")
"""An environment variable that holds a secret by its name."""

_NOT_SECRET = frozenset(
    {
        "META",
        "configMapKeyRef",
        "matchExpressions",
        "meta",
        "registerWithTaints",
        "secretKeyRef",
        "taints",
        "tolerations",
        "topologySpreadConstraints",
    }
)
"""Below these a `key` names something and opens nothing."""

_DELETION = {"$patch": "delete"}

KEEP_SECRETS = "Keep it in the secrets that Talos generates; nothing secret may reach dist/."
CRI_FILE = "/etc/cri/conf.d/20-customization.part"
_MANIFESTS = "/etc/kubernetes/manifests/"


def faults(document: Any, contract: Contract, documents: bool) -> Iterator[Fault]:
    """What is wrong with one document of a patch; `documents` says whether the node's config is new-style."""
    if not document:
        message = "found an empty patch, which Talos takes for a JSON patch and refuses"
        yield Fault((), message, "Remove it, or write the fields that shall change.")
    elif isinstance(document, list):
        yield from _json_patch(document, contract)
    elif not isinstance(document, dict):
        yield Fault((), "found a single value, expected a machine-config patch", "Write the fields that shall change.")
    else:
        yield from _secrets(document, ())
        yield from _boot_loops(document)
        if documents:
            yield from _conflicts(document, contract)


def _json_patch(operations: list[Any], contract: Contract) -> Iterator[Fault]:
    if not contract.json6902:
        yield Fault(
            (),
            f"found a JSON6902 patch; a machine config of {contract.minor} holds several documents and takes none",
            "Write a strategic merge patch: the fields that shall change, in their place.",
        )
        return
    for index, operation in enumerate(operations):
        if not isinstance(operation, dict):
            message = "found no operation, expected {op: ..., path: ..., value: ...}"
            yield Fault((index,), message, "Write a strategic merge patch: the fields that shall change.")
    for index, document in strategic(operations):
        yield from (Fault((index,), fault.message, fault.remedy) for fault in _both(document))


def strategic(operations: list[Any]) -> Iterator[tuple[int, Any]]:
    """Each operation of a JSON6902 patch, as the strategic merge patch that would do the same."""
    for index, operation in enumerate(operations):
        if not isinstance(operation, dict):
            continue
        steps = [step for step in str(operation.get("path", "")).split("/") if step]
        document: Any = _DELETION if operation.get("op") == "remove" else operation.get("value")
        for step in reversed(steps):
            key = step.replace("~1", "/").replace("~0", "~")
            document = [document] if step == "-" or step.isdigit() else {key: document}
        yield index, document


def _both(document: Any) -> Iterator[Fault]:
    if isinstance(document, dict):
        yield from _secrets(document, ())
        yield from _boot_loops(document)


def _secrets(value: Any, path: Path) -> Iterator[Fault]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        here = (*path, key)
        if key in _SECRET_KEYS and item and item != _DELETION and not _NOT_SECRET & set(path):
            yield Fault(here, f"found a secret at {_dotted(here)}", KEEP_SECRETS)
        elif isinstance(item, str) and (_SECRET_TEXT.search(item) or _SECRET_VARIABLE.fullmatch(item)):
            yield Fault(here, f"found what looks like a secret at {_dotted(here)}", KEEP_SECRETS)
        else:
            yield from _secrets(item, here)


def secret_texts(value: Any, path: Path = ()) -> Iterator[Path]:
    """Where in plain data a text stands that is a private key, or encrypted by SOPS."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        if isinstance(item, str) and _SECRET_TEXT.search(item):
            yield (*path, key)
        yield from secret_texts(item, (*path, key))


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _boot_loops(document: dict[str, Any]) -> Iterator[Fault]:
    """Files that Talos fails on while it boots, which it then tries again for ever.

    Source: siderolabs/talos:internal/app/machined/pkg/runtime/v1alpha1/v1alpha1_sequencer_tasks.go, WriteUserFiles.
    """
    machine = document.get("machine")
    files = machine.get("files") if isinstance(machine, dict) else None
    for index, file in enumerate(files if isinstance(files, list) else []):
        if not isinstance(file, dict):
            continue
        target, operation = str(file.get("path", "")), file.get("op")
        path: Path = ("machine", "files", index)
        if operation not in {"create", "append", "overwrite"}:
            found = operation or "nothing"
            message = f"found {found}, expected create, append or overwrite: Talos stops at boot, and reboots for ever"
            yield Fault((*path, "op"), message, "Write op: create, and a path below /var.")
        elif operation == "create" and not may_create(target):
            yield Fault(
                (*path, "path"),
                f"found a file created at {target}: Talos refuses that at boot, and reboots every 35 minutes",
                "Create files below /var only. The NVIDIA runtime needs no configuration file on Talos: no-cgroups "
                "is not needed.",
            )


def may_create(target: str) -> bool:
    """Whether Talos creates a file at `target` for `machine.files`."""
    manifest = target.startswith(_MANIFESTS) and "/" not in target.removeprefix(_MANIFESTS)
    return target.startswith("/var/") or manifest or target == CRI_FILE


def _conflicts(document: dict[str, Any], contract: Contract) -> Iterator[Fault]:
    machine = document.get("machine")
    for key in machine if isinstance(machine, dict) else ():
        if kind := machine_config().conflicts.get(key):
            yield Fault(
                ("machine", key),
                f"found machine.{key}, which conflicts with the {kind} of a machine config of {contract.minor}",
                f"Write a {kind} document. Nodes upgraded from an older minor keep their old config: then set contract.",
            )
