"""A fingerprint knows a finding again when the lines around it have moved."""

from __future__ import annotations

import dataclasses

import pytest

from talos_gpu.finding import Finding, Position
from talos_gpu.rules.fingerprint import fingerprints

FINDING = Finding(Position("a.yaml", 3, 5), "machine.kernel", "found x; expected y", rule="TAL001")


def moved(finding: Finding, line: int) -> Finding:
    return dataclasses.replace(finding, position=Position(finding.position.file, line, 1))


def test_it_survives_moved_lines() -> None:
    assert fingerprints([FINDING]) == fingerprints([moved(FINDING, 400)])


def test_it_survives_moved_lines_that_the_message_speaks_of() -> None:
    here = dataclasses.replace(FINDING, message="the key `a` stands twice in one map, first at line 2, column 1")
    there = dataclasses.replace(here, message="the key `a` stands twice in one map, first at line 31, column 3")
    assert fingerprints([here]) == fingerprints([there])


def test_it_survives_an_entry_that_is_added_above_in_a_list() -> None:
    """What was known is not new because somebody wrote a line above it."""
    here = dataclasses.replace(FINDING, path="customization.systemExtensions.officialExtensions[1]")
    there = dataclasses.replace(moved(here, 4), path="customization.systemExtensions.officialExtensions[2]")
    assert fingerprints([here]) == fingerprints([there])


@pytest.mark.parametrize(
    "other",
    [
        dataclasses.replace(FINDING, rule="TAL002"),
        dataclasses.replace(FINDING, path="machine.files"),
        dataclasses.replace(FINDING, message="found z; expected y"),
        dataclasses.replace(FINDING, position=Position("b.yaml", 3, 5)),
    ],
    ids=["rule", "key path", "message", "file"],
)
def test_it_tells_findings_apart(other: Finding) -> None:
    assert fingerprints([FINDING]) != fingerprints([other])


def test_what_is_told_in_other_words_beside_the_message_changes_nothing() -> None:
    other = dataclasses.replace(FINDING, remedy="Do this.", source="somebody", severity="info")
    assert fingerprints([FINDING]) == fingerprints([other])


def test_equal_findings_are_numbered_by_place_whatever_their_order() -> None:
    first, second = moved(FINDING, 2), moved(FINDING, 9)
    marks = fingerprints([first, second])
    assert len(set(marks)) == 2
    assert fingerprints([second, first]) == marks[::-1]


def test_it_is_32_hexadecimal_digits_that_no_release_changes() -> None:
    """Baselines and CI systems keep it."""
    assert fingerprints([FINDING]) == ("2cc8182fbc87dea4a70fa9bab45e6cbf",)
