"""What a profile allows: rules by id, with a reason and perhaps a last day."""

from __future__ import annotations

import pytest

from talos_gpu.errors import NotUnderstood
from talos_gpu.profile import parse_profile

PROFILE = """\
cluster: lab
talos: v1.14.6
pools: {gpu: {gpu: {model: L40S}}}
allow:
"""


def test_it_is_kept_as_it_was_written() -> None:
    text = PROFILE + "  - rule: DRV007\n    reason: the cards are replaced in June\n    until: 2027-06-30\n"
    (allowed,) = parse_profile(text.encode(), "a.yaml").profile.allow
    assert (allowed.rule, allowed.reason, allowed.until) == (
        "DRV007",
        "the cards are replaced in June",
        "2027-06-30",
    )


def test_a_missing_reason_is_for_lint_to_find() -> None:
    """It stops nobody from rendering."""
    assert parse_profile(f"{PROFILE}  - rule: DRV007\n".encode(), "a.yaml").profile.allow[0].reason is None


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("{reason: x}", "a.yaml:5:5: allow[0].rule: is missing, and has no default"),
        ("{rule: drv007}", "a.yaml:5:12: allow[0].rule: found 'drv007', expected the id of a rule, such as EXT001"),
        (
            "{rule: DRV007, until: June}",
            "a.yaml:5:27: allow[0].until: found 'June', expected a day, such as 2027-06-30",
        ),
        (
            "{rule: DRV007, until: 2027-02-30}",
            "a.yaml:5:27: allow[0].until: found '2027-02-30', a day that does not exist",
        ),
        ("{rule: DRV007, reasons: x}", "a.yaml:5:20: allow[0].reasons: is not a known key; did you mean reason?"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(entry: str, message: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        parse_profile(f"{PROFILE}  - {entry}\n".encode(), "a.yaml")
    assert str(caught.value) == message
