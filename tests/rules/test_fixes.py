"""What `lint --fix` makes of the bad fixtures: the findings that can be put right are gone, and no others come."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from talos_gpu.catalog import Catalogue, load_catalogue
from talos_gpu.finding import Finding
from talos_gpu.inventory import Given, take
from talos_gpu.rules import RULES, check
from talos_gpu.rules.fixing import fix

from .test_fixtures import CASES, given

BAD = [folder for folder in CASES if folder.name.startswith("bad") and folder.parent.name[:3] in {"TAL", "UPG"}]
CATALOGUE: Catalogue = load_catalogue()


def findings(data: dict[str, bytes], options: Given) -> list[Finding]:
    return sorted(check(take(data, options).clusters, CATALOGUE, RULES))


@pytest.mark.parametrize("folder", BAD, ids=[f"{path.parent.name}-{path.name}" for path in BAD])
def test_a_fix_puts_its_finding_right_and_breaks_nothing(folder: Path) -> None:
    lines = (folder / "expected.txt").read_text().splitlines()
    options = given(lines[0] if lines else "")
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "expected.txt"]
    data = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    before = findings(data, options)
    by_file: dict[str, list[Finding]] = defaultdict(list)
    for finding in before:
        if finding.fix:
            by_file[finding.position.file].append(finding)
    for name, found in by_file.items():
        fixed = fix(data[name], found)
        assert fixed.findings == tuple(found), "a fix whose old text does not stand where it says"
        data[name] = fixed.data
    after = findings(data, options)
    assert not [finding for finding in after if finding.fix]
    assert len(after) <= len(before) - sum(map(len, by_file.values()))
