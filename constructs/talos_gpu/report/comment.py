"""Findings as Markdown for a comment on a pull request: what matters first, and never more than fits."""

from __future__ import annotations

from talos_gpu.finding import Finding
from talos_gpu.markdown import cell, code, fence, prose
from talos_gpu.report.report import Report
from talos_gpu.report.untrusted import mention_free

__all__ = ["LONGEST", "comment"]

LONGEST = 65_000
"""Characters. GitHub takes 65,536 in one comment, and whoever posts it puts a marker before it."""
_RESERVE = 400
_MARKS = {"error": "🔴 error", "warning": "🟡 warning", "info": "🔵 info"}
_CONTEXT = 200


def comment(report: Report) -> str:
    """The summary, a table of all findings, and what to do about each; what does not fit is counted, the worst kept."""
    head = f"### talos-gpu lint: {mention_free(prose(report.summary()))}\n"
    worst_first = sorted(report.findings, key=lambda finding: (list(_MARKS).index(finding.severity), finding))
    body, shown = "", 0
    for finding in worst_first:
        block = _block(finding, report)
        if len(head) + len(body) + len(block) + _RESERVE > LONGEST:
            break
        body, shown = body + block, shown + 1
    left = len(worst_first) - shown
    rest = f"\n**{left} more findings did not fit here**: run `talos-gpu lint` to see them.\n" if left else ""
    return head + body + rest


def _block(finding: Finding, report: Report) -> str:
    where = code(str(finding.position))
    title = f"\n{_MARKS[finding.severity]} {code(finding.rule) if finding.rule else ''} {where}"
    lines = [title.replace("  ", " "), "", mention_free(cell(prose(finding.message)))]
    line = report.line(finding)
    if line is not None:
        number = finding.position.line
        lines += ["", fence(f"{number} | {line[:_CONTEXT]}", "yaml")]
    if finding.remedy:
        lines += ["", mention_free(_remedy(finding.remedy))]
    return "\n".join(lines) + "\n"


def _remedy(text: str) -> str:
    """Lines to write stay lines; a sentence is a sentence."""
    if "\n" in text:
        return fence(text, "yaml")
    return f"→ {prose(text)}"
