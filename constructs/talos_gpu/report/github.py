"""Findings as workflow commands, which GitHub shows as annotations beside the changed lines."""

from __future__ import annotations

from talos_gpu.finding import Finding
from talos_gpu.report.report import Report
from talos_gpu.report.untrusted import printable, property_value, workflow_data

__all__ = ["github"]

_COMMANDS = {"error": "error", "warning": "warning", "info": "notice"}


def github(report: Report) -> str:
    """One command a finding, then the summary."""
    return "".join(f"{_command(finding)}\n" for finding in report.findings) + f"{report.summary()}\n"


def _command(finding: Finding) -> str:
    place = finding.position
    properties = {
        "file": place.file,
        "line": str(place.line or 1),
        "col": str(place.column or 1),
        "title": finding.rule,
    }
    shown = ",".join(f"{key}={property_value(printable(value))}" for key, value in properties.items() if value)
    message = "\n".join(filter(None, (Report.message(finding), finding.remedy)))
    return f"::{_COMMANDS[finding.severity]} {shown}::{workflow_data(printable(message))}"
