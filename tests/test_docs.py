"""The generated pages in docs/ are what `make docs` would write now."""

from __future__ import annotations

from pathlib import Path

from talos_gpu.catalog import load_catalogue
from talos_gpu.report.compatibility import best, compatibility
from talos_gpu.report.rules_page import rules_page

DOCS = Path(__file__).resolve().parent.parent / "docs"


def test_the_page_of_releases_is_the_catalogue_s() -> None:
    """Regenerate with `make docs`."""
    assert (DOCS / "compatibility.md").read_text() == compatibility(load_catalogue())


def test_the_page_of_rules_is_the_registry_s() -> None:
    """Regenerate with `make docs`."""
    assert (DOCS / "rules.md").read_text() == rules_page()


def test_no_release_between_two_that_drive_a_card_lacks_it() -> None:
    """The page says `from X on` and `X to Y`: there are no gaps."""
    catalogue = load_catalogue()
    releases = [release for release in catalogue.releases() if not release.prerelease]
    for gpu in catalogue.all_gpus():
        for flavour in ("open", "proprietary"):
            answers = [best(catalogue, release, gpu, flavour) == "yes" for release in releases]
            if any(answers):
                first, last = answers.index(True), len(answers) - answers[::-1].index(True)
                assert all(answers[first:last]), f"{gpu.name} {flavour}"
