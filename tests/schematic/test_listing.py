"""What `talos-gpu schematic id` prints."""

from __future__ import annotations

import pytest

from talos_gpu.errors import NotUnderstood
from talos_gpu.schematic import list_ids

VANILLA = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"


def test_one_line_a_file_as_sha256sum_writes_it() -> None:
    """Id, two spaces, file."""
    listing = list_ids([("a.yaml", b"{}"), ("b.yaml", b"customization: {}")])
    assert listing.text == f"{VANILLA}  a.yaml\n{VANILLA}  b.yaml\n"
    assert listing.doubts == ()


def test_an_uncertain_id_comes_with_its_doubt() -> None:
    """The doubt names the file."""
    listing = list_ids([("a.yaml", b"customization: {secureboot: {enrollKeys: off}}")])
    assert listing.doubts[0].startswith("a.yaml: `off` is written in double quotes")


def test_the_problems_of_all_files_are_reported_together() -> None:
    """And no id is printed."""
    with pytest.raises(NotUnderstood) as caught:
        list_ids([("a.yaml", b""), ("b.yaml", b"{}"), ("c.yaml", b"x: 1")])
    assert [finding.position.file for finding in caught.value.findings] == ["a.yaml", "c.yaml"]
