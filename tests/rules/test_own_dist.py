"""What talos-gpu renders is clean by its own rules."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from talos_gpu.inventory import Given
from talos_gpu.report.linting import lint

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize("paths", [["dist", "profiles"], ["profiles", "dist"]], ids=" ".join)
def test_dist_and_profiles_are_clean_under_strict(repository: Path, paths: list[str]) -> None:
    """But for the driver branches that have ended, which the profiles allow with reason and date."""
    report = lint(repository, paths, Given(), TODAY, "strict").report
    assert [f"{finding.position} {finding.rule}: {finding.message}" for finding in report.findings] == []
    assert report.checked > 100
    assert report.waived > 0


def test_without_the_waivers_the_ended_branches_are_found(repository: Path) -> None:
    """They are what is waived; of the GPU, which dist/ alone does not tell, it is said that it is not known."""
    report = lint(repository, ["dist"], Given(), TODAY, "strict").report
    assert {finding.rule for finding in report.findings if finding.rule != "LNT001"} == {"DRV007", "DRV008"}
