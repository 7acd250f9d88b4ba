"""Every format by its name on the command line."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from talos_gpu.report.comment import comment
from talos_gpu.report.csv_table import csv_table
from talos_gpu.report.github import github
from talos_gpu.report.json_document import json_document
from talos_gpu.report.junit import junit
from talos_gpu.report.report import Report
from talos_gpu.report.sarif import sarif
from talos_gpu.report.text import text

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Callable[[Report], str]] = {
    "text": text,
    "json": json_document,
    "sarif": sarif,
    "junit": junit,
    "github": github,
    "markdown": comment,
    "csv": csv_table,
}
