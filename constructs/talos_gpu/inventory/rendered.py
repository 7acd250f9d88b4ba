"""Where a rendered folder came from: its ledger names the profile, which says what the files alone do not."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

__all__ = ["LEDGER", "looks_like_profile", "named_profile"]

LEDGER = ".talos-gpu.json"
_TOOL = "talos-gpu"
_SUFFIXES = frozenset((".yaml", ".yml"))
_PROFILE = (re.compile(rb"^cluster:", re.MULTILINE), re.compile(rb"^pools:", re.MULTILINE))


def named_profile(ledger: bytes) -> str | None:
    """The path of the profile that a ledger names, relative to the root; None where it names none below that."""
    try:
        facts = json.loads(ledger)
    except (ValueError, RecursionError):
        return None
    profile = facts.get("profile") if isinstance(facts, dict) and facts.get("tool") == _TOOL else None
    if not isinstance(profile, str) or "\0" in profile:
        return None
    path = PurePosixPath(profile)
    inside = not path.is_absolute() and ".." not in path.parts
    return str(path) if inside and path.suffix in _SUFFIXES else None


def looks_like_profile(data: bytes) -> bool:
    """Whether the text has the keys that every profile has: a ledger is input, and may name any file."""
    return all(key.search(data) for key in _PROFILE)
