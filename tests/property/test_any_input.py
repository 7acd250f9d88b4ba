"""Laws over any input: a profile, however it was damaged, ends in findings or a plan."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from talos_gpu.catalog import load_catalogue
from talos_gpu.errors import InputError
from talos_gpu.plan import ClusterPlan, plan_cluster
from talos_gpu.plan.explain import as_data, decisions
from talos_gpu.profile import parse_profile
from talos_gpu.profile.profile import Profile

PROFILES = Path(__file__).resolve().parents[2] / "profiles"
NAMES = sorted(path.name for path in PROFILES.glob("*.yaml"))

Place = tuple[str | int, ...]


@cache
def text_of(name: str) -> bytes:
    return (PROFILES / name).read_bytes()


@cache
def tree_of(name: str) -> Any:
    return yaml.safe_load(text_of(name))


def outcome(data: bytes) -> ClusterPlan | tuple[str, ...]:
    """The plan of a profile in these bytes, or the lines that say why there is none."""
    try:
        loaded = parse_profile(data, "p.yaml")
        declared = loaded.profile.catalogue.model_dump(by_alias=True, exclude_unset=True)
        return plan_cluster(loaded, load_catalogue(declared))
    except InputError as error:
        findings = error.findings
    assert findings
    for finding in findings:
        assert finding.message
        assert str(finding).isprintable()
    return tuple(str(finding) for finding in findings)


def places(value: Any, above: Place = ()) -> Iterator[Place]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*above, key)
        yield from places(inner, (*above, key))


def keys_of_the_schema() -> list[str]:
    """Every key that a profile may hold somewhere."""
    found: set[str] = set()

    def walk(value: Any) -> None:
        if isinstance(value, dict):
            found.update(value.get("properties", {}))
            for inner in value.values():
                walk(inner)
        elif isinstance(value, list):
            for inner in value:
                walk(inner)

    walk(Profile.model_json_schema())
    return sorted(found)


KEYS = keys_of_the_schema()
WORDS = sorted(
    {str(value) for name in NAMES for value in json.loads(json.dumps(tree_of(name), default=str)).values()}
    | {"yes", "on", "null", "~", "1.10", "0x10", "1e999", "-0", ".nan", "v1.14.6", "v99.0.0", "../..", "/dev/sda"}
    | {"none", "gpu-operator", "device-plugin", "10de:2c05", "A100", "V100", "GB10", "all-balanced", "1g.5gb+me"}
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(WORDS),
    st.sampled_from(KEYS),
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """The data of one of the profiles, with up to three keys deleted, replaced, renamed or added."""
    data = copy.deepcopy(tree_of(draw(st.sampled_from(NAMES))))
    for _ in range(draw(st.integers(1, 3))):
        known = sorted(places(data), key=str)
        if not known:
            break
        *above, last = draw(st.sampled_from(known))
        parent = data
        for step in above:
            parent = parent[step]
        match draw(st.sampled_from(["delete", "replace", "rename", "add"])):
            case "delete":
                del parent[last]
            case "replace":
                parent[last] = draw(values)
            case "rename" if isinstance(parent, dict):
                parent[draw(st.sampled_from(KEYS) | st.text(max_size=8))] = parent.pop(last)
            case _ if isinstance(parent, dict):
                parent[draw(st.sampled_from(KEYS))] = draw(values)
            case _:
                parent.append(draw(values))
    return data


@settings(max_examples=400)
@given(damaged())
def test_a_damaged_profile_ends_in_findings_or_a_plan(data: Any) -> None:
    """Keys deleted, replaced, renamed and added: never a traceback, every finding one printable line."""
    outcome(yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))


@settings(max_examples=300)
@given(st.sampled_from(NAMES), st.data())
def test_damaged_bytes_end_in_findings_or_a_plan(name: str, data: st.DataObject) -> None:
    """A piece of the text cut out, doubled or overwritten with any bytes: never a crash of the parser."""
    text = text_of(name)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 40)))
    noise = data.draw(
        st.binary(max_size=8) | st.sampled_from([b"", text[start:end] * 2, b"&a ", b"*a", b"!!x ", b"\t"])
    )
    outcome(text[:start] + noise + text[end:])


@settings(max_examples=200)
@given(st.binary(max_size=200) | st.text(alphabet="[]{}:,-&*!|>'\"%@`#?\n\t ab1.~<", max_size=120).map(str.encode))
def test_any_bytes_end_in_findings(data: bytes) -> None:
    """What is no profile at all is told so."""
    assert isinstance(outcome(data), tuple)


@settings(max_examples=60)
@given(st.sampled_from(["[", "{a: ", "- ", "? ", "&a [", "!!seq [", "<<: {"]), st.integers(1, 30_000))
def test_depth_is_told_and_never_a_crash(opening: str, depth: int) -> None:
    """libyaml's composer crashes on deep nesting; here it is a finding."""
    assert isinstance(outcome(opening.encode() * depth), tuple)


@settings(max_examples=60)
@given(damaged())
def test_a_plan_can_be_explained_whole(data: Any) -> None:
    """Every decision of whatever could be planned has a path of its own, and a value that JSON can hold."""
    plan = outcome(yaml.safe_dump(data, allow_unicode=True).encode("utf-8", "surrogatepass"))
    if isinstance(plan, tuple):
        return
    entries = list(decisions(plan))
    assert len({entry.path for entry in entries}) == len(entries)
    for entry in entries:
        value = getattr(entry.decision, "value", None)
        json.dumps(as_data(value))
