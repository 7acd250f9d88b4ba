"""A report on files that somebody wrote to steer whoever reads it."""

from __future__ import annotations

import pytest

from talos_gpu.finding import Edit, Finding, Position
from talos_gpu.inventory import SourceFile
from talos_gpu.report.report import Report
from talos_gpu.rules.fingerprint import fingerprints

LINE = "  - ::error file=x::\x1b[31mred\u202e ```` <!-- </details> @everyone #1 ##[add-mask]x ##vso[task.setvariable]y %0A | =cmd()"
FILE = "a,b:c%\n::warning::x.yaml"


def of(*findings: Finding, text: str = "") -> Report:
    """A report on findings in one file."""
    files = {finding.position.file: SourceFile(finding.position.file, text.encode()) for finding in findings}
    return Report(findings, fingerprints(findings), files, len(files))


@pytest.fixture
def plain() -> Report:
    """Two findings of a file, of which one can be put right, and one without a rule."""
    text = "customization:\n  systemExtensions:\n    officialExtensions:\n      - x:v1\n"
    fixable = Finding(
        Position("schematic.yaml", 4, 9), "customization.systemExtensions.officialExtensions[0]",
        "found x:v1; a name has no tag", "Write the name alone: the Talos release decides the version.", "a/b:c@v1", "EXT001",
        "error", (Edit(Position("schematic.yaml", 4, 9), "x:v1", "x"),),
    )  # fmt: skip
    other = Finding(
        Position("schematic.yaml"), "", "cannot tell without the GPU: EXT001", rule="LNT001", severity="info"
    )
    return of(other, fixable, text=text)


@pytest.fixture
def hostile() -> Report:
    """A finding whose file name, message, remedy and source line all try to be something else."""
    remedy = f"Write this instead: {LINE}."
    finding = Finding(Position(FILE, 1, 5), f"a[{LINE!r}]", f"=found {LINE}", remedy, f"https://x/{LINE}", "EXT001")
    return of(finding, text=LINE + "\n")
