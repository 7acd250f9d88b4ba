"""Findings as rows for a spreadsheet."""

from __future__ import annotations

import csv
from io import StringIO

from talos_gpu.report.report import Report
from talos_gpu.report.untrusted import cell_of_csv, log_line

__all__ = ["csv_table"]

_HEAD = ("rule", "severity", "file", "line", "column", "path", "message", "remedy", "source")


def csv_table(report: Report) -> str:
    """A header and one row a finding (RFC 4180, but with LF)."""
    sheet = StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(_HEAD)
    for finding in report.findings:
        place = finding.position
        cells = [finding.rule, finding.severity, place.file, str(place.line), str(place.column)]
        cells += [finding.path, finding.message, finding.remedy, finding.source]
        writer.writerow([cell_of_csv(log_line(cell)) for cell in cells])
    return sheet.getvalue()
