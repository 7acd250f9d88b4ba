"""A profile's text is changed at one value and nowhere else, or not at all."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.errors import NotUnderstood
from talos_gpu.profile import parse_profile
from talos_gpu.review.upgrade.profile_text import edited, profile_change

TAIL = "pools: {gpu: {gpu: {model: L40S}, driver: {track: lts}}}\n"


def loaded(text: str):
    return parse_profile(text.encode(), "profiles/a.yaml")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("talos: v1.12.11\n", "talos: v1.13.12\ncontract: v1.12\n"),
        ("talos:   v1.12.11   # as of May\n", "talos:   v1.13.12   # as of May\ncontract: v1.12\n"),
        ('talos: "v1.12.11" # quoted\n', 'talos: "v1.13.12" # quoted\ncontract: v1.12\n'),
        ("talos: 'v1.12.11'\n", "talos: 'v1.13.12'\ncontract: v1.12\n"),
        ("talos: &release v1.12.11\n", "talos: &release v1.13.12\ncontract: v1.12\n"),
        ("talos: v1.12.11\r\n", "talos: v1.13.12\r\ncontract: v1.12\r\n"),
        ("talos: !!str v1.12.11\n", None),
        ("talos:\n  v1.12.11\n", "talos:\n  v1.13.12\ncontract: v1.12\n"),
        ("talos: >-\n  v1.12.11\n", None),
    ],
    ids=["plain", "comment", "double", "single", "anchor", "crlf", "tag", "below its key", "block scalar"],
)
def test_the_release_is_written_where_it_stands_and_the_contract_below_it(before: str, after: str | None) -> None:
    """In the style that is there; what needs a guess is left to a person, with the line to write."""
    profile = loaded(f"cluster: a\n{before}{TAIL}")
    edits = {("talos",): "v1.13.12", ("contract",): "v1.12"}
    if after is not None:
        assert edited(profile, edits).decode() == f"cluster: a\n{after}{TAIL}"
        return
    with pytest.raises(NotUnderstood) as caught:
        edited(profile, edits)
    (finding,) = caught.value.findings
    assert (finding.path, finding.remedy) == ("talos", "Write it plainly, as talos: v1.13.12.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "{cluster: a, talos: v1.12.11, pools: {gpu: {gpu: {model: L40S}}}}\n",
            "{cluster: a, contract: v1.12, talos: v1.13.12, pools: {gpu: {gpu: {model: L40S}}}}\n",
        ),
        (
            "{\n  cluster: a,\n  talos: v1.12.11,\n  pools: {gpu: {gpu: {model: L40S}}}\n}\n",
            "{\n  cluster: a,\n  contract: v1.12, talos: v1.13.12,\n  pools: {gpu: {gpu: {model: L40S}}}\n}\n",
        ),
        (
            "pools: {gpu: {gpu: {model: L40S}}}\ncluster: a\ntalos: v1.12.11",
            "pools: {gpu: {gpu: {model: L40S}}}\ncluster: a\ntalos: v1.13.12\ncontract: v1.12\n",
        ),
        (
            "---\n# a {brace} in a comment\ncluster: a\ntalos: v1.12.11  # {}\npools: {gpu: {gpu: {model: L40S}}}\n",
            "---\n# a {brace} in a comment\ncluster: a\ntalos: v1.13.12  # {}\ncontract: v1.12\n"
            "pools: {gpu: {gpu: {model: L40S}}}\n",
        ),
    ],
    ids=["in braces", "in braces over lines", "last line without an end", "braces in comments"],
)
def test_a_new_key_fits_the_form_of_the_file(text: str, expected: str) -> None:
    """A map in braces takes it before its neighbour."""
    edits = {("talos",): "v1.13.12", ("contract",): "v1.12"}
    assert edited(loaded(text), edits).decode() == expected


def test_a_mark_at_the_beginning_of_the_file_moves_nothing() -> None:
    """Editors on Windows write one."""
    text = f"talos: v1.12.11\ncluster: a\n{TAIL}"
    profile = parse_profile(b"\xef\xbb\xbf" + text.encode(), "profiles/a.yaml")
    found = edited(profile, {("talos",): "v1.13.12", ("contract",): "v1.12"})
    assert found == b"\xef\xbb\xbf" + text.replace("v1.12.11\n", "v1.13.12\ncontract: v1.12\n").encode()


def test_a_value_in_a_pool_is_reached() -> None:
    """Anything beside it stays."""
    text = f"cluster: a\ntalos: v1.12.11\n{TAIL}"
    assert edited(loaded(text), {("pools", "gpu", "driver", "track"): "production"}).decode() == text.replace(
        "lts", "production"
    )


def test_a_diff_numbers_lines_on_their_own_side_and_quotes_no_secret() -> None:
    """It is the unified diff that Git applies."""
    before = "cluster: a\ntalos: v1.12.11\npassword: hunter2hunter2\n"
    after = "cluster: a\ntalos: v1.13.12\ncontract: v1.12\npassword: hunter2hunter2\n"
    change = profile_change("profiles/a.yaml", before.encode(), after.encode())
    assert [(line.sign, line.number, line.text) for line in change.lines] == [
        ("-", 2, "talos: v1.12.11"),
        ("+", 2, "talos: v1.13.12"),
        ("+", 3, "contract: v1.12"),
    ]
    assert change.diff.startswith("--- a/profiles/a.yaml\n+++ b/profiles/a.yaml\n@@ -1,3 +1,4 @@\n cluster: a\n")
    assert "hunter2" not in change.diff


PROFILES = st.fixed_dictionaries(
    {
        "cluster": st.just("a"),
        "talos": st.just("v1.12.11"),
        "pools": st.just({"gpu": {"gpu": {"model": "L40S"}, "driver": {"track": "lts"}}}),
    },
    optional={
        "kubernetes": st.sampled_from(["v1.33.1", "v1.34.1"]),
        "layout": st.sampled_from(["topf", "talhelper"]),
        "stack": st.sampled_from(["gpu-operator", {"kind": "device-plugin"}]),
    },
)


@given(
    profile=PROFILES,
    flow=st.sampled_from([True, False, None]),
    order=st.booleans(),
    explicit=st.booleans(),
    quotes=st.sampled_from([None, "'", '"']),
)
def test_whatever_way_it_is_written_the_profile_says_the_same_but_for_the_edits(
    profile: dict, flow: bool | None, order: bool, explicit: bool, quotes: str | None
) -> None:
    """By the word of another reader of YAML."""
    text = yaml.safe_dump(
        profile, default_flow_style=flow, sort_keys=order, explicit_start=explicit, default_style=quotes
    )
    edits = {("talos",): "v1.13.12", ("contract",): "v1.12", ("pools", "gpu", "driver", "track"): "production"}
    found = yaml.safe_load(edited(loaded(text), edits))
    wanted = {**profile, "talos": "v1.13.12", "contract": "v1.12"}
    wanted["pools"] = {"gpu": {"gpu": {"model": "L40S"}, "driver": {"track": "production"}}}
    assert found == wanted
