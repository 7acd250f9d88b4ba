"""What makes a finding the same finding tomorrow, when other lines have moved."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from talos_gpu.finding import Finding

__all__ = ["fingerprints"]

_PLACES = re.compile(r"\bline \d+(?:, column \d+)?")
"""How messages speak of another place in the file."""
_INDEX = re.compile(r"\[\d+\]")
"""How key paths count the entries of a list, which move when one is added above."""


def fingerprints(findings: Sequence[Finding]) -> tuple[str, ...]:
    """32 hexadecimal digits for each finding, in their order, no two of them equal.

    Made of rule, file, key path and message, never of a line or of the number of a list's entry; findings that are
    equal in these are numbered in order of their places.
    """
    seen: Counter[str] = Counter()
    found: dict[int, str] = {}
    for index in sorted(range(len(findings)), key=lambda at: findings[at]):
        content = _content(findings[index])
        seen[content] += 1
        found[index] = hashlib.sha256(f"{content}\0{seen[content]}".encode(errors="replace")).hexdigest()[:32]
    return tuple(found[index] for index in range(len(findings)))


def _content(finding: Finding) -> str:
    message = _PLACES.sub("line", finding.message)
    return "\0".join((finding.rule, finding.position.file, _INDEX.sub("[]", finding.path), message))
