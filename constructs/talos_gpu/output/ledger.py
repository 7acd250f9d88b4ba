"""`.talos-gpu.json` of a cluster: which files are ours, their digests, and the digests of what they came from.

A ledger arrives through Git like any other input, so it is read with suspicion: it owns nothing outside its own
folder, and whoever deletes by it compares the bytes first.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from talos_gpu.errors import OutsideError
from talos_gpu.output.names import LEDGER, is_inside
from talos_gpu.output.tree import contents

__all__ = ["Ledger", "parse", "read", "to_bytes"]

_SCHEMA = 1
_TOOL = "talos-gpu"
_SIZE_LIMIT = 4 << 20
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CLUSTER = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Ledger:
    """What is known of one rendered cluster. Digests are SHA-256 in hexadecimal; paths are posix and relative.

    `profile` and the keys of `inputs` start at the working root, the keys of `files` in the cluster's folder.
    `row` holds the facts that the fleet's page shows of this cluster.
    """

    cluster: str
    profile: str
    inputs: Mapping[str, str]
    code: str
    files: Mapping[str, str]
    row: Mapping[str, str]


def to_bytes(ledger: Ledger) -> bytes:
    """The file: sorted JSON with one entry a line, so that two pull requests rarely touch the same line."""
    facts = {
        "cluster": ledger.cluster,
        "code": ledger.code,
        "files": dict(ledger.files),
        "inputs": dict(ledger.inputs),
        "profile": ledger.profile,
        "row": dict(ledger.row),
        "schema": _SCHEMA,
        "tool": _TOOL,
    }
    return (json.dumps(facts, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def read(outdir: str, name: str) -> Ledger | None:
    """The ledger of the cluster `name`; None without one; raises OutsideError for one that cannot be trusted."""
    where = f"{outdir}/{name}/{LEDGER}"
    found = contents(where)
    if found is None:
        if os.path.lexists(where):
            raise OutsideError(f"reading the ledger {where}", "it is no regular file", "Delete it")
        return None
    ledger = parse(found[0], where)
    if ledger.cluster != name:
        raise OutsideError(
            f"reading the ledger {where}",
            f"it is of the cluster {ledger.cluster}, not of {name}",
            f"Delete the folder {name} if it is a copy, or was renamed by hand",
        )
    return ledger


def parse(content: bytes, where: str) -> Ledger:
    """The ledger in `content`; raises OutsideError, naming the file `where`, for anything that we did not write."""
    try:
        return _ledger(content)
    except (ValueError, RecursionError) as error:
        raise OutsideError(
            f"reading the ledger {where}",
            str(error),
            "Restore it from Git, or delete it and run synth again: files that are right already are then adopted",
        ) from None


class _Malformed(ValueError):
    """The sentence that says what is wrong with the ledger."""


def _ledger(content: bytes) -> Ledger:
    if len(content) > _SIZE_LIMIT:
        raise _Malformed(f"it has {len(content)} bytes, more than the {_SIZE_LIMIT} that a ledger may have")
    if content.startswith((b"<<<<<<<", b"{\n<<<<<<<")) or b"\n<<<<<<< " in content:
        raise _Malformed("it holds the marks of an unfinished merge")
    try:
        facts = json.loads(content.decode(), object_pairs_hook=_unique)
    except json.JSONDecodeError as error:
        raise _Malformed(f"it is not JSON ({error})") from None
    if not isinstance(facts, dict):
        raise _Malformed("it is no JSON object")
    expected = {"cluster", "code", "files", "inputs", "profile", "row", "schema", "tool"}
    if facts.keys() != expected:
        raise _Malformed(f"its keys are {sorted(map(str, facts))}, not {sorted(expected)}")
    if facts["schema"] != _SCHEMA or type(facts["schema"]) is not int or facts["tool"] != _TOOL:
        raise _Malformed(f"it is not of {_TOOL}, schema {_SCHEMA}")
    return Ledger(
        cluster=_matching(facts, "cluster", lambda text: _CLUSTER.fullmatch(text) is not None),
        profile=_matching(facts, "profile", is_inside),
        inputs=_digests(facts, "inputs", is_inside),
        code=_matching(facts, "code", lambda text: _DIGEST.fullmatch(text) is not None),
        files=_digests(facts, "files", lambda path: path != LEDGER and is_inside(path)),
        row=_texts(facts, "row"),
    )


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    facts = dict(pairs)
    if len(facts) != len(pairs):
        raise _Malformed("it holds a key twice")
    return facts


def _matching(facts: Mapping[str, object], key: str, allowed: Callable[[str], bool]) -> str:
    value = facts[key]
    if not isinstance(value, str) or not allowed(value):
        raise _Malformed(f"its {key} is {value!r:.120}")
    return value


def _texts(facts: Mapping[str, object], key: str) -> dict[str, str]:
    value = facts[key]
    if not isinstance(value, dict):
        raise _Malformed(f"its {key} is no map")
    for text in value.values():
        if type(text) is not str:
            raise _Malformed(f"its {key} holds {text!r:.120}, which is no text")
    return value


def _digests(facts: Mapping[str, object], key: str, allowed: Callable[[str], bool]) -> dict[str, str]:
    digests = _texts(facts, key)
    for path, digest in digests.items():
        if not allowed(path):
            raise _Malformed(f"its {key} name {path!r:.120}, which is no path below its folder")
        if not _DIGEST.fullmatch(digest):
            raise _Malformed(f"its {key} hold {digest!r:.120}, which is no SHA-256 digest")
    return digests
