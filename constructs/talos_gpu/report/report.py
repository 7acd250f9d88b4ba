"""What is told of a run, whatever the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby

from talos_gpu.finding import SEVERITIES, Finding, Severity
from talos_gpu.inventory import SourceFile
from talos_gpu.inventory.secret_line import may_hold_secret

__all__ = ["Report", "counted"]


@dataclass(frozen=True, slots=True)
class Report:
    """`findings` are sorted and final: waived and known ones are gone, and only counted.

    `fingerprints` has one for each finding, in their order; `files` are quoted from, and nothing else is.
    """

    findings: tuple[Finding, ...]
    fingerprints: tuple[str, ...]
    files: Mapping[str, SourceFile] = field(default_factory=dict)
    checked: int = 0
    """How many files were looked at."""
    waived: int = 0
    known: int = 0
    """How many the baseline holds already."""

    def by_file(self) -> list[tuple[str, list[Finding]]]:
        """The findings of each file, in order."""
        return [(file, list(group)) for file, group in groupby(self.findings, lambda found: found.position.file)]

    def counts(self) -> dict[Severity, int]:
        """How many there are of each severity, the worst first."""
        found = Counter(finding.severity for finding in self.findings)
        return {severity: found[severity] for severity in SEVERITIES}

    def line(self, finding: Finding) -> str | None:
        """The source line of a finding; None where the file is not ours to quote, has none, or a secret stands in it."""
        source = self.files.get(finding.position.file)
        if source is None or not finding.position.line:
            return None
        lines, index = source.lines, finding.position.line - 1
        line = lines[index] if index < len(lines) else ""
        return None if not line or may_hold_secret(line) else line

    @staticmethod
    def message(finding: Finding) -> str:
        """What a finding says where its key path is not shown: what a profile is refused for goes on from there."""
        goes_on = finding.path and (not finding.rule or finding.rule.startswith("PRO"))
        return f"{finding.path}: {finding.message}" if goes_on else finding.message

    def summary(self) -> str:
        """One sentence: what was found in how many files; of no file, that there is none to find anything in."""
        parts = [counted(number, severity) for severity, number in self.counts().items() if number]
        told = ", ".join(parts) if parts else "nothing found"
        more = [f"{self.waived} allowed"] if self.waived else []
        more += [f"{self.known} in the baseline"] if self.known else []
        none = "" if self.checked or self.findings else ": there is none that lint reads"
        return f"{told} in {counted(self.checked, 'file')}{none}" + (f" ({', '.join(more)})" if more else "")


def counted(number: int, word: str) -> str:
    """The number with its noun."""
    plural = word if number == 1 or word == "info" else f"{word}s"
    return f"{number} {plural}"
