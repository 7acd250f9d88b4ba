"""A baseline holds what somebody lives with: only what is new is reported."""

from __future__ import annotations

import json

import pytest

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position
from talos_gpu.rules.baseline import baseline_text, compare, read_baseline
from talos_gpu.rules.fingerprint import fingerprints

OLD = Finding(Position("b.yaml", 3, 5), "machine", "found x; expected y", rule="TAL001")
OTHER = Finding(Position("a.yaml", 1, 1), "values", "found p; expected q", rule="OPR001")
NEW = Finding(Position("b.yaml", 8, 5), "cluster", "found z; expected y", rule="TAL001")


def known(*findings: Finding) -> frozenset[str]:
    return read_baseline(baseline_text(findings).encode(), "baseline.json")


def test_only_what_is_new_is_reported() -> None:
    compared = compare([OTHER, OLD, NEW], known(OLD, OTHER))
    assert compared.new == (NEW,)
    assert compared.fingerprints == fingerprints([NEW])
    assert compared.known == 2


def test_what_was_put_right_since_is_no_matter() -> None:
    assert compare([NEW], known(OLD, NEW)).new == ()


def test_a_second_finding_equal_to_a_known_one_is_new() -> None:
    again = Finding(Position("b.yaml", 30, 5), OLD.path, OLD.message, rule=OLD.rule)
    assert compare([OLD, again], known(OLD)).new == (again,)


def test_without_a_baseline_everything_is_new() -> None:
    assert compare([OLD, NEW], frozenset()).new == (OLD, NEW)


def test_it_is_json_that_people_can_review() -> None:
    """Sorted by file, with the message beside the fingerprint; the same whatever the order of the findings."""
    text = baseline_text([OLD, OTHER])
    content = json.loads(text)
    assert [entry["file"] for entry in content["findings"]] == ["a.yaml", "b.yaml"]
    assert content["findings"][0]["message"] == "found p; expected q"
    assert text == baseline_text([OTHER, OLD])
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"{", "baseline.json:1:2"),
        (b"", "baseline.json:1:1"),
        (b"\xff\xfe\x00", "baseline.json"),
        (b"[" * 100_000, "baseline.json"),
        (b"[]", "baseline.json"),
        (b'{"version": 2, "findings": []}', "baseline.json"),
        (b'{"version": true, "findings": []}', "baseline.json"),
        (b'{"version": 1}', "baseline.json"),
        (b'{"version": 1, "findings": ["a"]}', "baseline.json"),
        (b'{"version": 1, "findings": [{"fingerprint": 3}]}', "baseline.json"),
    ],
)
def test_a_broken_baseline_is_not_understood(data: bytes, where: str) -> None:
    """Rather than reporting everything as new, or nothing."""
    with pytest.raises(NotUnderstood) as caught:
        read_baseline(data, "baseline.json")
    assert str(caught.value.findings[0].position) == where
    assert "this is no baseline" in str(caught.value)
