"""The emitter writes YAML as a person does, and both YAML versions read back what went in."""

from __future__ import annotations

import io
import itertools
import math
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode

from talos_gpu.document import TextDocument, YamlDocument
from talos_gpu.errors import InternalError
from talos_gpu.output.emitter import emit, encode
from talos_gpu.output.scalar import string_text

TRAPS = [
    "", " ", "a ", " a", "~", "null", "Null", "NULL", "true", "True", "yes", "No", "on", "OFF", "y", "N", "=", "<<", "-", "--", "---", "...",
    "- a", "-a", "--flag=1", "? a", "?a", ":a", "a:", "a: b", "a:b", "a #b", "a#b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "[a", "{a",
    "a, b", "'a'", '"a"', "it's", 'say "no"', "back\\slash", "1", "-1", "+1", "01", "0o17", "0x1F", "0b101", "1_000", "1.5", "1.", ".5", "1e3",
    "1.0e+3", "1e-7", ".inf", "-.INF", ".nan", ".NaN", "12:30", "1:30:45", "190:20:30.15", "2026-11-21", "2026-11-21T10:00:00Z", "2026-11-21 10:00:00 +1",
    "v1.14.6", "580.65.06", "1.14", "10.0.0.1/24", "10de:2c05", "10:20", "0777", ".", "..", "a\tb", "\ta", "a\n", "a\nb", "a\n\n", "\n", "\n\n", "\na\n",
    "a\n b\n", " a\nb\n", "a\n \nb", "a\r\nb", "a\u2028b", "a\x85b", "\x00", "\x1b[31m", "\u202eabc", "\ufeff", "caf\u00e9", "\U0001f600", "\xa0", "\ud7ff",
    "#!/bin/sh\nset -eu\n", "a\n# b\n", "a: b\n", "a\n---\nb\n", "a  \nb\n", "\ufffe", "e3", "_1", "0x", "1:", ".e3", "nan", "inf", "!!str a", "1__0", "+.5",
]  # fmt: skip

_text = st.one_of(
    st.sampled_from(TRAPS),
    st.text(max_size=12),
    st.text(alphabet=" \n\t:#-?.,'\"\\abe019_+xo\u00e9\u2028\x85", max_size=14),
)
_scalar = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), _text)
_key = st.one_of(_text, st.integers(min_value=2), st.none())
_data = st.recursive(
    _scalar,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_key, inner, max_size=4)),
    max_leaves=12,
)


def read_1_1(text: str) -> list[Any]:
    return list(yaml.load_all(text, Loader=yaml.CSafeLoader))


def read_1_2(text: str) -> list[Any]:
    return list(YAML(typ="safe", pure=True).load_all(io.StringIO(text)))


def same(left: object, right: object) -> bool:
    """Equal in value and in type, at every depth."""
    if isinstance(left, dict) and isinstance(right, dict):
        return list(map(repr, left)) == list(map(repr, right)) and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    return type(left) is type(right) and left == right


def paths(data: object, prefix: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    found = [prefix]
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, child in children:
        if isinstance(step, (str, int)):
            found += paths(child, (*prefix, step))
    return found


@pytest.mark.parametrize("text", TRAPS, ids=repr)
def test_every_trap_of_both_versions_reads_back_as_the_string_it_was(text: str) -> None:
    """As a value, as a key, in a list, and as a whole document."""
    for data in ({"key": text}, {text: "value"}, [text, [text]], {"a": [{text: text}]}, text):
        written = emit([data])
        assert same(read_1_1(written), [data])
        assert same(read_1_2(written), [data])


def test_what_either_library_resolves_as_something_else_is_in_quotes() -> None:
    """Every text of up to four letters that numbers are made of: none is left for chance to find."""
    pyyaml, ruamel = yaml.CSafeLoader(""), YAML(typ="safe", pure=True).resolver
    plain, string = (True, False), "tag:yaml.org,2002:str"
    wrong = [
        text
        for length in range(1, 5)
        for letters in itertools.product("-+._:019abexoE", repeat=length)
        if string_text(text := "".join(letters)) == text
        and not pyyaml.resolve(yaml.ScalarNode, text, plain) == str(ruamel.resolve(ScalarNode, text, plain)) == string
    ]
    assert wrong == []
    assert string_text("-_") == '"-_"'


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_data, min_size=1, max_size=3))
def test_both_versions_read_back_equal_data(objects: list[object]) -> None:
    """The law of the emitter, with types and the order of keys."""
    written = emit(objects)
    assert same(read_1_1(written), reordered(objects))
    assert same(read_1_2(written), reordered(objects))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_data, min_size=1, max_size=2), st.data())
def test_comments_never_change_data(objects: list[object], draw: st.DataObject) -> None:
    """Whatever stands in them, and wherever they stand."""
    places = [path for index, data in enumerate(objects) for path in paths(data, (index,))]
    comments = draw.draw(st.dictionaries(st.sampled_from(places), _text | st.text(max_size=200), max_size=5))
    written = emit(objects, comments)
    assert same(read_1_1(written), reordered(objects))
    assert same(read_1_2(written), reordered(objects))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_data)
def test_what_was_read_back_is_written_alike(data: object) -> None:
    """Writing, reading and writing again changes no byte."""
    once = emit([data])
    assert emit(read_1_1(once)) == once


def reordered(data: Any) -> Any:
    """`data` as the emitter orders it."""
    if isinstance(data, list):
        return [reordered(item) for item in data]
    if not isinstance(data, dict):
        return data
    leading = ("apiVersion", "kind", "metadata", "spec") if {"apiVersion", "kind"} <= data.keys() else ()
    keys = [key for key in leading if key in data] + [key for key in data if key not in leading]
    return {key: reordered(data[key]) for key in keys}


def test_a_manifest_looks_as_a_person_writes_it() -> None:
    """Leading keys, indented lists, literal text, quotes only where they are needed, comments above their keys."""
    manifest = {
        "spec": {
            "args": ["--flag=1", "a: b"],
            "env": [{"name": "MODE", "value": "true"}, {"name": "NOTHING", "value": None}],
            "script": "#!/bin/sh\nset -eu\n\nexit 0\n",
            "selector": {},
            "tolerations": [],
            "nested": [["a", "b"], [{"c": 1}]],
        },
        "metadata": {"name": "bridge", "annotations": {"a": 'say "no"', "b": "1.14", "c": "0o17"}},
        "kind": "DaemonSet",
        "apiVersion": "apps/v1",
    }
    comments = {
        (0,): "What this is.",
        (0, "spec", "env", 0, "name"): "Above the dash.",
        (0, "spec", "nested", 1, 0, "c"): "Deep.",
        (0, "spec", "selector"): "A long sentence that says why it is so, long enough to need a second line below it.\n\nMore.",
        (1, "b"): "Second document.",
    }  # fmt: skip
    assert emit([manifest, {"b": 1}], comments) == (
        """\
# What this is.
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: bridge
  annotations:
    a: say "no"
    b: "1.14"
    c: "0o17"
spec:
  args:
    - --flag=1
    - "a: b"
  env:
    # Above the dash.
    - name: MODE
      value: "true"
    - name: NOTHING
      value: null
  script: |
    #!/bin/sh
    set -eu

    exit 0
  # A long sentence that says why it is so, long enough to need a second line
  # below it.
  #
  # More.
  selector: {}
  tolerations: []
  nested:
    - - a
      - b
    # Deep.
    - - c: 1
---
# Second document.
b: 1
"""
    )


@pytest.mark.parametrize(
    ("value", "written"),
    [(1e16, "1.0e+16"), (1e-7, "1.0e-07"), (0.5, "0.5"), (math.inf, ".inf"), (-math.inf, "-.inf"), (math.nan, ".nan")],
)
def test_floats_carry_the_dot_that_yaml_1_1_asks_for(value: float, written: str) -> None:
    """Without it 1e-07 is a string to one reader and a number to the other."""
    assert emit([{"a": value}]) == f"a: {written}\n"


@pytest.mark.parametrize(("text", "chomping"), [("a\nb", "|-"), ("a\nb\n", "|"), ("a\nb\n\n", "|+")])
def test_literal_blocks_keep_their_final_newlines(text: str, chomping: str) -> None:
    """The three ways of chomping, also in front of another document."""
    written = emit([{"a": text}, {"b": text, "c": 1}])
    assert written.startswith(f"a: {chomping}\n")
    assert read_1_2(written) == read_1_1(written) == [{"a": text}, {"b": text, "c": 1}]


@pytest.mark.parametrize("hidden", ["\u202e", "\u200b", "\x1b", "\ufeff", "\xa0", "\u2028"])
def test_what_cannot_be_seen_is_escaped(hidden: str) -> None:
    """Control characters, bidi marks and blanks that are none never stand in the file as themselves."""
    written = emit([{"a": f"x{hidden}y", f"k{hidden}": "z"}], {(0, "a"): f"note{hidden}"})
    assert hidden not in written
    assert read_1_1(written) == [{"a": f"x{hidden}y", f"k{hidden}": "z"}]


def test_a_key_beyond_the_limit_of_yaml_is_written_explicitly() -> None:
    """YAML ends an implicit key after 1,024 characters."""
    data = [{"k" * 3000: {"a": 1}, "b": [{"l" * 3000: "text\n", "c": 2}]}]
    assert read_1_1(emit(data)) == read_1_2(emit(data)) == data


@pytest.mark.parametrize("path", [(), (1,), (0, "b"), (0, "a", 2), (0, "a", 0, "x")])
def test_a_comment_without_a_place_is_a_bug(path: tuple[str | int, ...]) -> None:
    """It would be lost without a word."""
    with pytest.raises(InternalError):
        emit([{"a": [1]}], {path: "why"})


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", "\ud800"], ids=["object", "set", "bytes", "surrogate"])
def test_data_that_yaml_does_not_have_is_a_bug(value: object) -> None:
    """Nothing is guessed from a repr."""
    with pytest.raises(InternalError):
        emit([{"a": value}])


def test_no_objects_are_an_empty_file() -> None:
    """No document, no byte."""
    assert emit([]) == ""


PROFILE = "profiles/lab.yaml"
FIRST = "# Written by talos-gpu from profiles/lab.yaml.\n# "


def test_yaml_gets_its_header_and_a_document_start() -> None:
    """Two lines, then `---`, as yamllint asks for."""
    text = encode(YamlDocument("a.yaml", [{"b": 1}]), PROFILE).decode()
    assert text.startswith(FIRST)
    assert text.splitlines()[2:] == ["---", "b: 1"]


def test_finished_yaml_that_starts_its_document_itself_gets_no_second_start() -> None:
    """Otherwise an empty document would stand in front."""
    text = encode(TextDocument("a.yaml", "# why\n\n---\nb: 1\n"), PROFILE).decode()
    assert text.count("---") == 1
    assert read_1_1(text) == [{"b": 1}]


def test_a_document_without_header_is_its_text_alone() -> None:
    """A canonical schematic's digest is its identity."""
    assert encode(TextDocument("a.yaml", "customization: {}\n", header=False), PROFILE) == b"customization: {}\n"
    assert encode(YamlDocument("a.yaml", [{"b": 1}], header=False), PROFILE) == b"b: 1\n"


def test_a_script_keeps_its_first_line_first() -> None:
    """The kernel reads the interpreter from there."""
    text = encode(TextDocument("a.sh", "#!/bin/sh\nexit 0"), PROFILE).decode()
    assert text.startswith("#!/bin/sh\n" + FIRST)
    assert text.endswith("\nexit 0\n")


@pytest.mark.parametrize("path", ["a.tf", "a.tftpl", "a.yml"])
def test_formats_with_hash_comments_get_the_header(path: str) -> None:
    """As the design lists them."""
    assert encode(TextDocument(path, "x\n"), PROFILE).decode().startswith(FIRST)


def test_formats_without_comments_get_none() -> None:
    """JSON has no way to say it."""
    assert encode(TextDocument("a.json", "{}\n"), PROFILE) == b"{}\n"


def test_markdown_gets_a_comment_that_a_profile_name_cannot_close() -> None:
    """A file name is input too."""
    text = encode(TextDocument("README.md", "# Lab\n"), "profiles/a-->${b}\u202e.yaml").decode()
    assert text.startswith("<!-- Written by talos-gpu from profiles/a--%3E%24%7Bb%7D%E2%80%AE.yaml.\n")
    assert text.endswith(" -->\n\n# Lab\n")
