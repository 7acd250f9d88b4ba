"""Whatever a file holds, adopting it ends in a draft or in findings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.errors import InputError
from talos_gpu.profile import parse_profile
from talos_gpu.profile.adopt import adopt
from talos_gpu.profile.draft import Draft, DraftPool, profile_text

ADOPTED = Path(__file__).parent / "adopted"
FILES = ("talhelper/talconfig.yaml", "topf/topf.yaml", "machine-config/legacy.yaml", "machine-config/documents.yaml")
PIECES = (
    "{{",
    "${x}",
    "[",
    "]",
    "{",
    "}",
    "null",
    "- ",
    ": ",
    "\n",
    '"',
    "'",
    "1.0",
    "&a ",
    "*a",
    "|",
    "ENC[",
    "../",
    "@",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("adopted")


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """A file of another tool with pieces put in, cut out and moved."""
    text = (ADOPTED / draw(st.sampled_from(FILES))).read_text()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(text) - 1))
        length = draw(st.integers(0, 20))
        text = text[:at] + draw(st.sampled_from(PIECES)) + text[at + length :]
    return text


def draft_of(folder: Path) -> Draft | None:
    try:
        found = adopt("file.yaml", folder).draft
    except InputError:
        return None
    named = replace(found, cluster=found.cluster or "a", talos=found.talos or "v1.14.6")
    pools = named.pools or (DraftPool("gpu"),)
    return replace(named, pools=tuple(replace(pool, nvidia=True, model="L4") for pool in pools))


def complaints(text: str) -> set[str]:
    try:
        parse_profile(text.encode(), "profile.yaml")
    except InputError as error:
        return {finding.message for finding in error.findings}
    return set()


@given(text=mutations())
def test_any_mutation_ends_in_a_profile_or_in_findings(folder: Path, text: str) -> None:
    """Never in a traceback; of what was found, a profile refuses only a name or address of two nodes."""
    (folder / "file.yaml").write_text(text)
    draft = draft_of(folder)
    if draft is not None:
        assert all(" two " in message for message in complaints(profile_text(draft)))
