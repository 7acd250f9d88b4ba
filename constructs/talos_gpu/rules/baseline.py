"""A baseline: the findings that somebody lives with, so that only new ones are reported."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.rules.fingerprint import fingerprints

__all__ = ["Compared", "baseline_text", "compare", "read_baseline"]

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Compared:
    """`new` are the findings that the baseline lacks, in their order, with their fingerprints; `known` how many it has."""

    new: tuple[Finding, ...]
    fingerprints: tuple[str, ...]
    known: int


def baseline_text(findings: Sequence[Finding]) -> str:
    """The baseline of these findings: JSON, one entry a finding; only `fingerprint` counts, the rest is for people."""
    pairs = zip(findings, fingerprints(findings), strict=True)
    entries = [
        {
            "fingerprint": mark,
            "rule": finding.rule,
            "file": finding.position.file,
            "path": finding.path,
            "message": finding.message,
        }
        for finding, mark in pairs
    ]
    entries.sort(key=lambda entry: (entry["file"], entry["rule"], entry["path"], entry["fingerprint"]))
    return json.dumps({"version": _VERSION, "findings": entries}, indent=2, ensure_ascii=False) + "\n"


def read_baseline(data: bytes, file: str) -> frozenset[str]:
    """The fingerprints that a baseline file holds.

    Raises:
        NotUnderstood: when it is no baseline that `baseline_text` could have written.
    """
    try:
        content: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        place = Position(file, error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else Position(file)
        raise _broken(place, "is no JSON") from None
    version = content.get("version") if isinstance(content, dict) else None
    if isinstance(version, bool) or version != _VERSION:
        raise _broken(Position(file), f"expected a map with version: {_VERSION}")
    entries = content.get("findings")
    marks = [entry.get("fingerprint") if isinstance(entry, dict) else None for entry in _list(entries, file)]
    if not all(isinstance(mark, str) for mark in marks):
        raise _broken(Position(file), "expected a fingerprint in every entry of findings")
    return frozenset(str(mark) for mark in marks)


def compare(findings: Sequence[Finding], known: frozenset[str]) -> Compared:
    """The findings against the fingerprints of a baseline, empty where there is none."""
    marked = list(zip(findings, fingerprints(findings), strict=True))
    new = [(finding, mark) for finding, mark in marked if mark not in known]
    return Compared(tuple(finding for finding, _ in new), tuple(mark for _, mark in new), len(marked) - len(new))


def _list(value: Any, file: str) -> list[Any]:
    if not isinstance(value, list):
        raise _broken(Position(file), "expected findings to be a list")
    return value


def _broken(place: Position, what: str) -> NotUnderstood:
    remedy = "Write it anew with talos-gpu lint --write-baseline, or leave the option out."
    return NotUnderstood([Finding(place, "", f"{what}; this is no baseline", remedy)])
