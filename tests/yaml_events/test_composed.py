"""Data by the core rules of YAML 1.2, with the place of everything in it."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from talos_gpu.finding import Position
from talos_gpu.yaml_events import PlainFloat, PlainInt, compose, compose_all, key_path

PROFILE = b"""\
cluster: lab
talos: 1.10
pools:
  - name: gpu
    gpu: {model: L4,
          count: 2}
    extensions: [a, &x b]
  -
    name: cpu
    base: &base {k: 1, l: 2}
    more:
      <<: *base
      l: 3
    alias: *x
"""


def _value(text: str) -> Any:
    return compose(text.encode(), "f.yaml").value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("a:", {"a": None}),
        ("12", 12),
        ("-7", -7),
        ("010", 10),
        ("0o17", 15),
        ("0x1F", 31),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("yes", "yes"),
        ("on", "on"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("2001-01-01", "2001-01-01"),
        ("v1.14.6", "v1.14.6"),
        ("=", "="),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        ("!!float 12", 12.0),
        ('!!int "12"', 12),
        ("|\n  a\n  b\n", "a\nb\n"),
        ("a: 1\r\nb: 2\r\n", {"a": 1, "b": 2}),
        ("\ufeffa: 1", {"a": 1}),
        ("{1: a, true: b, ~: c}", {"1": "a", "true": "b", "~": "c"}),
        ("'<<': 1", {"<<": 1}),
        ("{a: &a {x: 1, y: 2}, b: {<<: *a, y: 3}}", {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 3}}),
        ("{a: &a {x: 1}, b: &b {x: 2, z: 3}, c: {<<: [*a, *b]}}", None),
    ],
    ids=ascii,
)
def test_scalars_and_collections_are_read_by_the_core_rules(text: str, value: object) -> None:
    """Nothing of YAML 1.1 but merge keys."""
    if text.endswith("[*a, *b]}}"):
        assert _value(text)["c"] == {"x": 1, "z": 3}
    else:
        found = _value(text)
        assert found == value
        assert isinstance(found, bool) is isinstance(value, bool)


def test_numbers_remember_how_they_were_written() -> None:
    """So a release `1.10` is not lost."""
    release, port = _value("[1.10, 0x50]")
    assert isinstance(release, PlainFloat)
    assert (release, release.text) == (1.1, "1.10")
    assert isinstance(port, PlainInt)
    assert (port, port.text) == (80, "0x50")


def test_aliases_are_copies() -> None:
    """Changing one does not change the other."""
    value = _value("{a: &a [1], b: *a}")
    value["a"].append(2)
    assert value["b"] == [1]


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 1, 1),
        (("talos",), 2, 8),
        (("pools", 0, "name"), 4, 11),
        (("pools", 0, "gpu", "count"), 6, 18),
        (("pools", 0, "extensions", 1), 7, 21),
        (("pools", 1, "name"), 9, 11),
        (("pools", 1, "more", "l"), 13, 10),
        (("pools", 1, "more", "k"), 10, 21),
        (("pools", 1, "alias"), 14, 12),
    ],
)
def test_every_value_has_a_place(path: tuple[str | int, ...], line: int, column: int) -> None:
    """What comes by an alias stands where the alias stands, what a merge key brings where it was written."""
    assert compose(PROFILE, "p.yaml").position(path) == Position("p.yaml", line, column)


def test_every_key_has_a_place() -> None:
    """For complaints about the key itself."""
    assert compose(PROFILE, "p.yaml").position(("pools", 0, "gpu"), key=True) == Position("p.yaml", 5, 5)


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        (("nothing",), 1, 1),
        (("talos", "deeper"), 2, 1),
        (("pools", 7), 3, 1),
        (("pools", 0, "gpu", "memory"), 5, 5),
        (("pools", 0, "driver", "track"), 4, 5),
    ],
)
def test_what_is_absent_stands_at_its_nearest_known_ancestor(
    path: tuple[str | int, ...], line: int, column: int
) -> None:
    """At that ancestor's key, where the missing lines would be added."""
    assert compose(PROFILE, "p.yaml").position(path) == Position("p.yaml", line, column)


def test_a_path_is_written_as_people_write_it() -> None:
    """Lists by number, maps by key."""
    assert key_path(("pools", 0, "driver", "track")) == "pools[0].driver.track"
    assert key_path((0, "a")) == "[0].a"


DATA = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(DATA)
@settings(deadline=None)
def test_what_another_writer_wrote_is_read_back(data: Any) -> None:
    """PyYAML quotes by the stricter rules of YAML 1.1, so both agree on every value."""
    text = yaml.safe_dump(data, allow_unicode=True, default_style='"' if isinstance(data, str) else None)
    assert compose(text.encode(), "f.yaml").value == data


def test_every_document_of_a_stream_is_composed() -> None:
    """For files that may hold several, such as machine configuration patches; an empty one is None."""
    documents = compose_all(b"a: 1\n---\n---\n[b]\n", "f.yaml")
    assert [document.value for document in documents] == [{"a": 1}, None, ["b"]]
    assert documents[2].position((0,)) == Position("f.yaml", 4, 2)
    assert compose_all(b"# nothing\n", "f.yaml") == ()
