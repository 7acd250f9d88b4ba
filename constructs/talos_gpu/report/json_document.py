"""Findings for programs: one JSON document."""

from __future__ import annotations

from typing import Any

from talos_gpu.finding import Finding
from talos_gpu.report.report import Report
from talos_gpu.report.untrusted import json_text

__all__ = ["json_document"]


def json_document(report: Report) -> str:
    """ASCII alone: `findings`, each with its place and fingerprint, and `summary`; keys are camelCase and only ever added."""
    rows = [_row(*pair) for pair in zip(report.findings, report.fingerprints, strict=True)]
    summary = {str(severity): number for severity, number in report.counts().items()}
    summary |= {"files": report.checked, "allowed": report.waived, "baseline": report.known}
    return json_text({"version": 1, "findings": rows, "summary": summary}) + "\n"


def _row(finding: Finding, fingerprint: str) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "file": finding.position.file,
        "line": finding.position.line,
        "column": finding.position.column,
        "path": finding.path,
        "message": finding.message,
        "remedy": finding.remedy,
        "source": finding.source,
        "fixable": bool(finding.fix),
        "fingerprint": fingerprint,
    }
