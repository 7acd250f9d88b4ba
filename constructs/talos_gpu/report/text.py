"""Findings for a person at a terminal: grouped by file, each with its source line, a caret and what to do."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from typing import Literal

from talos_gpu.finding import Finding
from talos_gpu.report.report import Report
from talos_gpu.report.untrusted import log_line, quiet

__all__ = ["Paint", "Style", "text"]

Style = Literal["error", "warning", "info", "file", "faint"]
Paint = Callable[[str, Style], str]
"""Gives a text its colour; the identity where there is none."""

_WIDTH = 100
_LONGEST_EXCERPT = 160


def text(report: Report, paint: Paint = lambda words, _: words) -> str:
    """The whole report; ends with one line that sums it up."""
    blocks = ["\n".join(_file(file, findings, report, paint)) for file, findings in report.by_file()]
    return "\n\n".join([*blocks, report.summary()]) + "\n"


def _file(file: str, findings: list[Finding], report: Report, paint: Paint) -> Iterator[str]:
    yield paint(log_line(file), "file")
    for finding in findings:
        yield from _finding(finding, report, paint)


def _finding(finding: Finding, report: Report, paint: Paint) -> Iterator[str]:
    place = finding.position
    where = f"{place.line}:{place.column}" if place.line else "-"
    label = " ".join(filter(None, (finding.severity, finding.rule)))
    yield f"  {where:<8} {paint(label, finding.severity)}  {log_line(report.message(finding))}"
    line = report.line(finding)
    if line is not None:
        yield from (paint(row, "faint") for row in _excerpt(line, place.line, place.column))
    for row in finding.remedy.splitlines():
        yield from _wrapped(row)
    if finding.source:
        yield paint(f"{'':11}source: {log_line(finding.source)}", "faint")


def _excerpt(line: str, number: int, column: int) -> Iterator[str]:
    start = max(0, column - _LONGEST_EXCERPT // 2) if len(line) > _LONGEST_EXCERPT else 0
    shown = quiet(line[start : start + _LONGEST_EXCERPT].replace("\t", " "))
    before = quiet(line[start : column - 1].replace("\t", " "))
    gutter = f"{number:>9}"
    yield f"{gutter} | {shown}".rstrip()
    yield f"{'':>9} | {' ' * len(before)}^"


def _wrapped(row: str) -> Iterator[str]:
    """Sentences are wrapped; lines to write, which are indented or hold no sentence, are not."""
    indent = " " * 11
    if row.startswith(" ") or not row.endswith("."):
        yield indent + log_line(row)
        return
    width = _WIDTH - len(indent)
    for part in textwrap.wrap(log_line(row), width, break_long_words=False, break_on_hyphens=False):
        yield indent + log_line(part)
