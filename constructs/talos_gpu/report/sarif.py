"""Findings as SARIF 2.1.0, which code scanning shows and remembers."""

from __future__ import annotations

from importlib import metadata
from typing import Any
from urllib.parse import quote

from talos_gpu.finding import Edit, Finding
from talos_gpu.markdown import origin
from talos_gpu.report.report import Report
from talos_gpu.report.untrusted import json_text, printable
from talos_gpu.rules import DESCRIBED, Described

__all__ = ["sarif"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HOME = "https://github.com/talos-gpu/talos-gpu"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif(report: Report) -> str:
    """One run; the rules that were found bring their page as help, the results their fingerprint and their fix."""
    ids = sorted({finding.rule for finding in report.findings if finding.rule})
    index = {name: number for number, name in enumerate(ids)}
    results = [_result(*pair, index) for pair in zip(report.findings, report.fingerprints, strict=True)]
    driver = {"name": "talos-gpu", "informationUri": _HOME, "rules": [_rule(name) for name in ids]}
    version = _version()
    if version:
        driver["semanticVersion"] = version
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _version() -> str:
    try:
        return metadata.version("talos-gpu")
    except metadata.PackageNotFoundError:
        return ""


def _rule(name: str) -> dict[str, Any]:
    told = DESCRIBED[name]
    return {
        "id": told.id,
        "name": told.name.title().replace(" ", ""),
        "shortDescription": {"text": told.name},
        "fullDescription": {"text": told.page.what},
        "help": {"text": f"{told.remedy}\nSource: {told.source}", "markdown": _help(told)},
        "defaultConfiguration": {"level": _LEVELS[told.severity]},
        "properties": {"tags": ["talos", "nvidia", "kubernetes"], "precision": "high"},
    }


def _help(told: Described) -> str:
    return f"{told.page.text.rstrip()}\n\n## Source\n\n{origin(told.source)}\n"


def _result(finding: Finding, fingerprint: str, index: dict[str, int]) -> dict[str, Any]:
    message = "\n".join(filter(None, (Report.message(finding), finding.remedy)))
    result: dict[str, Any] = {
        "ruleId": finding.rule or "input",
        "level": _LEVELS[finding.severity],
        "message": {"text": printable(message)},
        "locations": [{"physicalLocation": _place(finding)}],
        "partialFingerprints": {"talosGpu/v1": fingerprint},
    }
    if finding.rule in index:
        result["ruleIndex"] = index[finding.rule]
    if finding.fix:
        result["fixes"] = [
            {"description": {"text": printable(finding.remedy)}, "artifactChanges": _changes(finding.fix)}
        ]
    return result


def _place(finding: Finding) -> dict[str, Any]:
    place = finding.position
    region = {"startLine": place.line or 1, "startColumn": place.column or 1}
    return {"artifactLocation": {"uri": _address(place.file)}, "region": region}


def _address(file: str) -> str:
    """The path as a relative address; bytes that are no UTF-8 are spelt one by one."""
    return quote(file.encode(errors="surrogateescape"))


def _changes(edits: tuple[Edit, ...]) -> list[dict[str, Any]]:
    return [
        {
            "artifactLocation": {"uri": _address(edit.position.file)},
            "replacements": [{"deletedRegion": _region(edit), "insertedContent": {"text": edit.new}}],
        }
        for edit in edits
    ]


def _region(edit: Edit) -> dict[str, int]:
    lines = edit.old.split("\n")
    start = edit.position
    end = len(lines[-1]) + (start.column if len(lines) == 1 else 1)
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": start.line + len(lines) - 1,
        "endColumn": end,
    }
