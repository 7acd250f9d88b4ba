"""What the rules find in the state after the change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from talos_gpu.finding import SEVERITIES, Finding
from talos_gpu.review.telling.comment.quoting import listed, place, sentence, span
from talos_gpu.review.telling.words import counted

__all__ = ["findings", "title"]

_MARKS = {"error": "🔴", "warning": "🟡", "info": "🔵"}
_ROOM = 8_000


def title(found: Sequence[Finding]) -> str:
    """How many there are of each severity."""
    counts = Counter(finding.severity for finding in found)
    told = [f"{counts[severity]:,} {severity}" for severity in SEVERITIES if counts[severity]]
    return f"{counted(len(found), 'finding')} of the rules afterwards: {', '.join(told)}"


def findings(found: Sequence[Finding]) -> str:
    """Each in a line, the worst first."""
    worst = sorted(found, key=lambda finding: (SEVERITIES.index(finding.severity), finding))
    return f"{listed(map(_line, worst), _ROOM, '', 'more.')}\n"


def _line(finding: Finding) -> str:
    rule = f" {span(finding.rule)}" if finding.rule else ""
    remedy = f" {sentence(finding.remedy, 300)}" if finding.remedy and "\n" not in finding.remedy else ""
    where = place(finding.position)
    return f"- {_MARKS[finding.severity]} {finding.severity}{rule} {where}: {sentence(finding.message, 300)}.{remedy}\n"
