"""`systems/README.md` says which block of which page each file stands for, and what is found in it: all of it is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SYSTEMS = HERE / "systems"
ROW = re.compile(r"\| (?P<page>[0-5]) \| (?P<line>\d+) \| [^|]+ \| (?P<file>\S+) \| (?P<finds>[^|]+) \| [^|]+ \|")
FIXTURE = re.compile(r"\| [0-5] \| [^|]+ \| (?P<rule>[A-Z0-9]{6})/(?P<case>\S+) \|")
README = (SYSTEMS / "README.md").read_text()
ROWS = [found.groupdict() for found in map(ROW.fullmatch, README.splitlines()) if found]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['page']}-{row['line']}-{row['file']}")
def test_a_file_gives_the_findings_of_its_row(row: dict[str, str]) -> None:
    """test_first_contact holds `expected.txt` against what is found."""
    folder, _, name = row["file"].partition("/")
    assert (SYSTEMS / row["file"]).is_file()
    found = []
    for line in (SYSTEMS / folder / "expected.txt").read_text().splitlines():
        place, rule = line.split()[:2]
        if place.partition(":")[0] == name:
            found.append(":".join((*place.split(":")[1:2], rule)))
    assert (", ".join(found) or "-") == row["finds"]


def test_every_file_has_its_row_once() -> None:
    files = [path.relative_to(SYSTEMS).as_posix() for path in SYSTEMS.rglob("*") if path.is_file()]
    assert sorted(row["file"] for row in ROWS) == sorted(
        file for file in files if file != "README.md" and not file.endswith("/expected.txt")
    )


def test_every_page_has_its_rows_in_the_order_of_its_lines() -> None:
    order = [(int(row["page"]), int(row["line"])) for row in ROWS]
    assert order == sorted(order)
    assert {page for page, _ in order} == {0, 1, 2, 3, 4}


def test_what_has_a_fixture_of_its_own_is_found_there() -> None:
    named = [found for found in map(FIXTURE.fullmatch, README.splitlines()) if found]
    assert named
    for found in named:
        lines = (HERE / "fixtures" / found["rule"] / found["case"] / "expected.txt").read_text().splitlines()
        assert found["rule"] in {line.split()[1] for line in lines if not line.startswith("#")}, found[0]
