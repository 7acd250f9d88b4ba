"""Findings as Markdown for a comment on a pull request: what matters first, and never more than fits."""

from __future__ import annotations

from talos_gpu.finding import Finding
from talos_gpu.markdown import cell, code, fence, prose
from talos_gpu.report.report import Report, counted
from talos_gpu.report.untrusted import log_line, mention_free, quiet

__all__ = ["LONGEST", "comment", "length"]

LONGEST = 65_000
"""Characters as JavaScript counts them, which cuts what is longer. GitHub takes 65,536 in one comment, and whoever
posts it puts a marker before it."""
_RESERVE = 400
_MARKS = {"error": "🔴 error", "warning": "🟡 warning", "info": "🔵 info"}
_CONTEXT = 200


def comment(report: Report) -> str:
    """The summary, then each finding with its line and what to do; what does not fit is counted, the worst kept."""
    head = f"### talos-gpu lint: {mention_free(prose(report.summary()))}\n"
    worst_first = sorted(report.findings, key=lambda finding: (list(_MARKS).index(finding.severity), finding))
    room, blocks = LONGEST - _RESERVE - length(head), list[str]()
    for finding in worst_first:
        block = _block(finding, report)
        room -= length(block)
        if room < 0:
            break
        blocks.append(block)
    left = len(worst_first) - len(blocks)
    rest = (
        f"\n**{counted(left, 'more finding')} did not fit here**: run `talos-gpu lint` to see them.\n" if left else ""
    )
    return head + "".join(blocks) + rest


def length(text: str) -> int:
    """In units of UTF-16: many a picture counts twice."""
    return len(text.encode("utf-16-le")) // 2


def _block(finding: Finding, report: Report) -> str:
    where = code(quiet(str(finding.position)))
    title = f"\n{_MARKS[finding.severity]} {code(finding.rule) if finding.rule else ''} {where}"
    lines = [title.replace("  ", " "), "", _sentence(report.message(finding))]
    line = report.line(finding)
    if line is not None:
        number = finding.position.line
        lines += ["", fence(f"{number} | {quiet(line[:_CONTEXT])}", "yaml")]
    if finding.remedy:
        lines += ["", _remedy(finding.remedy)]
    return "\n".join(lines) + "\n"


def _sentence(text: str) -> str:
    return mention_free(cell(prose(log_line(text))))


def _remedy(text: str) -> str:
    """Lines to write stay lines; a sentence is a sentence."""
    if "\n" in text:
        return fence("\n".join(map(log_line, text.split("\n"))), "yaml")
    return f"→ {mention_free(prose(quiet(text)))}"
