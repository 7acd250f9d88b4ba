"""What talos-gpu renders is clean by its own rules."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from talos_gpu.inventory import Given
from talos_gpu.report.linting import lint

TODAY = date(2026, 11, 24)
DIST = Path(__file__).parents[2] / "dist"


@pytest.mark.parametrize("paths", [["dist"], ["dist", "profiles"], ["profiles", "dist"]], ids=" ".join)
def test_dist_and_profiles_are_clean_under_strict(repository: Path, paths: list[str]) -> None:
    """But for the driver branches that have ended, which the profiles allow with reason and date."""
    report = lint(repository, paths, Given(), TODAY, "strict").report
    assert [f"{finding.position} {finding.rule}: {finding.message}" for finding in report.findings] == []
    assert report.checked > 100
    assert report.waived > 0


@pytest.mark.parametrize("folder", sorted(path.name for path in DIST.iterdir() if path.is_dir()))
def test_a_folder_of_it_is_clean_by_the_profile_that_its_ledger_names(repository: Path, folder: str) -> None:
    """Also where only a part of it is looked at."""
    for path in (f"dist/{folder}", f"dist/{folder}/talos"):
        assert lint(repository, [path], Given(), TODAY, "strict").report.findings == ()


def test_without_the_waivers_the_ended_branches_are_found(repository: Path, tmp_path: Path) -> None:
    """They are what is waived; of the GPU, which dist/ alone does not tell, it is said that it is not known."""
    shutil.copytree(repository / "dist", tmp_path / "dist")
    report = lint(tmp_path, ["dist"], Given(), TODAY, "strict").report
    assert {finding.rule for finding in report.findings if finding.rule != "LNT001"} == {"DRV007", "DRV008"}
