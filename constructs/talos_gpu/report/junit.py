"""Findings as a JUnit report, which most CI systems show as tests."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from talos_gpu.finding import Finding
from talos_gpu.report.report import Report
from talos_gpu.report.untrusted import log_line, quiet

__all__ = ["junit"]

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def junit(report: Report) -> str:
    """A suite a file, a failed case a finding; infos are skipped cases. Without findings, one case that passed."""
    root = Element("testsuites", name="talos-gpu lint", tests=str(max(1, len(report.findings))))
    for file, findings in report.by_file():
        suite = SubElement(root, "testsuite", name=_clean(file), tests=str(len(findings)))
        infos = sum(finding.severity == "info" for finding in findings)
        suite.attrib |= {"failures": str(len(findings) - infos), "skipped": str(infos)}
        for finding in findings:
            _case(suite, finding)
    if not report.findings:
        suite = SubElement(root, "testsuite", name="talos-gpu lint", tests="1", failures="0")
        SubElement(suite, "testcase", name=_clean(report.summary()), classname="talos-gpu")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{tostring(root, encoding="unicode")}\n'


def _case(suite: Element, finding: Finding) -> None:
    place = finding.position
    name = f"{finding.rule or 'input'} {place.line}:{place.column}"
    case = SubElement(suite, "testcase", name=_clean(name), classname=_clean(place.file), file=_clean(place.file))
    kind = "skipped" if finding.severity == "info" else "failure"
    outcome = SubElement(case, kind, message=_clean(Report.message(finding)))
    if kind == "failure":
        outcome.set("type", finding.severity)
    outcome.text = _clean("\n".join(log_line(row) for row in _rows(finding)))


def _rows(finding: Finding) -> list[str]:
    return [str(finding), *finding.remedy.splitlines(), *filter(None, [finding.source])]


def _clean(text: str) -> str:
    return _NOT_XML.sub("", quiet(text))
