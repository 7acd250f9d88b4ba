"""The ledger is read with suspicion and written for people who merge."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.errors import OutsideError
from talos_gpu.output.ledger import Ledger, parse, to_bytes

DIGEST = "ab" * 32
LEDGER = Ledger(
    "lab", "profiles/lab.yaml", {"profiles/lab.yaml": DIGEST}, DIGEST, {"b.yaml": DIGEST, "a.yaml": DIGEST}, {"gpu": "L40S"}
)  # fmt: skip


def forged(**changes: Any) -> bytes:
    return json.dumps(json.loads(to_bytes(LEDGER)) | changes).encode()


def test_what_was_written_is_read_back() -> None:
    """Nothing is lost."""
    assert parse(to_bytes(LEDGER), "here") == LEDGER


def test_the_file_is_sorted_with_one_entry_a_line() -> None:
    """So two pull requests rarely touch the same line."""
    lines = to_bytes(LEDGER).decode().splitlines()
    assert f'    "a.yaml": "{DIGEST}",' in lines
    assert lines.index(f'    "a.yaml": "{DIGEST}",') < lines.index(f'    "b.yaml": "{DIGEST}"')
    assert to_bytes(LEDGER).endswith(b"}\n")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "can't decode"),
        (b"[]", "no JSON object"),
        (b"{}", "its keys are"),
        (b"[" * 100_000, ""),
        (b"<<<<<<< ours\n{}", "unfinished merge"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b" " * (5 << 20), "more than"),
        (forged(schema=2), "schema"),
        (forged(schema=True), "schema"),
        (forged(tool="other"), "schema"),
        (forged(more=1), "its keys are"),
        (forged(cluster="../x"), "cluster"),
        (forged(cluster=""), "cluster"),
        (forged(cluster=["lab"]), "cluster"),
        (forged(profile="/etc/passwd"), "profile"),
        (forged(code="abc"), "code"),
        (forged(files=[]), "no map"),
        (forged(files={"a": 1}), "no text"),
        (forged(files={"a": "xyz"}), "digest"),
        (forged(files={"../a": DIGEST}), "no path"),
        (forged(files={"/a": DIGEST}), "no path"),
        (forged(files={"a/./b": DIGEST}), "no path"),
        (forged(files={"a/..": DIGEST}), "no path"),
        (forged(files={"a//b": DIGEST}), "no path"),
        (forged(files={"a\\..\\b": DIGEST}), "no path"),
        (forged(files={"a\nb": DIGEST}), "no path"),
        (forged(files={"": DIGEST}), "no path"),
        (forged(files={"x" * 2000: DIGEST}), "no path"),
        (forged(files={".talos-gpu.json": DIGEST}), "no path"),
        (forged(inputs={"../secret": DIGEST}), "no path"),
        (forged(row={"gpu": None}), "no text"),
    ],
)
def test_what_we_did_not_write_is_an_error_that_names_the_file(content: bytes, reason: str) -> None:
    """Never a crash, and never a guess."""
    with pytest.raises(OutsideError) as caught:
        parse(content, "dist/lab/.talos-gpu.json")
    assert "dist/lab/.talos-gpu.json" in str(caught.value)
    assert reason in caught.value.why


@given(st.binary(max_size=60), st.integers(min_value=0, max_value=600), st.integers(min_value=0, max_value=30))
def test_any_damage_ends_in_an_error_or_a_ledger(noise: bytes, at: int, cut: int) -> None:
    """A ledger is input."""
    whole = to_bytes(LEDGER)
    with suppress(OutsideError):
        assert parse(whole[:at] + noise + whole[at + cut :], "here").cluster
