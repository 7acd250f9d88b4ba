"""Which names our files may have, so that every checkout on every system holds the same set of files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

__all__ = ["FACTS", "FLEET_PAGE", "LEDGER", "WORK_FOLDER", "is_inside", "problems"]

LEDGER = ".talos-gpu.json"
"""In the folder of each cluster: which files are ours."""

FACTS = "catalogue"
"""Beside profiles/: data files of the user's, which `talos-gpu catalog add` writes."""

FLEET_PAGE = "README.md"
"""In the outdir: the fleet at a glance."""

WORK_FOLDER = ".talos-gpu"
"""In the outdir, while a synth writes: the lock and what is staged. It hides itself from Git."""

_LONGEST_PATH = 1024
_SEGMENT = r"(?!\.{1,2}(?:/|\Z))[^/\\\x00-\x1f\x7f]+"
_RELATIVE = re.compile(f"{_SEGMENT}(?:/{_SEGMENT})*")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE | re.DOTALL)
_NOT_ON_WINDOWS = re.compile(r'[<>:"|?*]')


@lru_cache(maxsize=1 << 14)
def is_inside(path: str) -> bool:
    """`path` is relative, normalised, and goes nowhere but down."""
    return len(path) <= _LONGEST_PATH and _RELATIVE.fullmatch(path) is not None


def problems(paths: Iterable[str]) -> list[str]:
    """What is wrong with `paths` as the files of one folder: a sentence each, none when all is well."""
    found = []
    spelled: dict[str, str] = {}
    folders: set[str] = set()
    ordered = sorted(paths)
    for path in ordered:
        if not is_inside(path) or path == LEDGER:
            found.append(f"{path!r} is no path inside the cluster's folder")
            continue
        steps = path.split("/")
        found += [f"{path}: {reason}" for step in steps if (reason := _unfit(step))]
        for length in range(1, len(steps) + 1):
            part = "/".join(steps[:length])
            other = spelled.setdefault(part.casefold(), part)
            if other != part:
                found.append(f"{path}: {part} and {other} are one name where case does not count")
            if length < len(steps):
                folders.add(part)
    found += [f"{path} is to be a file and a folder" for path in ordered if path in folders]
    return found


@lru_cache(maxsize=1 << 12)
def _unfit(step: str) -> str:
    if _RESERVED.fullmatch(step):
        return f"{step} is a device on Windows"
    if step[-1] in ". ":
        return f"{step!r} ends with what Windows drops"
    if _NOT_ON_WINDOWS.search(step):
        return f"{step!r} holds a character that Windows refuses"
    return ""
