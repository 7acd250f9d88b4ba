"""Values: places in a tree, and what stands there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.inventory import UNKNOWN, Given, Value, merged, take
from talos_gpu.inventory.source_file import read_source

TEXT = """\
machine:
  install:
    disk: /dev/sda
    wipe: false
    image:
  sysctls:
    vm.nr_hugepages: "1024"
    net.core.somaxconn: 4096
  kernel:
    modules:
      - name: nvidia
      - name: nvidia_uvm
        parameters: [NVreg_x=1]
"""


def value(text: str = TEXT, file: str = "a.yaml") -> Value:
    (document,) = read_source(file, text.encode()).documents
    return document


def test_a_look_up_knows_place_path_and_key() -> None:
    """As an editor counts."""
    found = value().get("machine", "kernel", "modules", 1, "name")
    assert (found.text, str(found.place), str(found.key)) == ("nvidia_uvm", "a.yaml:12:15", "a.yaml:12:9")
    assert found.shown_path == "machine.kernel.modules[1].name"


def test_what_is_absent_stands_at_the_nearest_key_above() -> None:
    """There somebody would have to write it."""
    found = value().get("machine", "install", "extraKernelArgs", 0, "x")
    assert (bool(found), found.exists, found.text, found.data) == (False, False, None, None)
    assert str(found.place) == "a.yaml:2:3"
    assert found.shown_path == "machine.install.extraKernelArgs[0].x"
    assert list(found.items()) == list(found.pairs()) == []


def test_a_null_is_written_and_still_nothing() -> None:
    """A key without a value."""
    found = value().get("machine", "install", "image")
    assert (found.exists, bool(found), found.is_null, found.text) == (True, False, True, None)


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("a: x", "x"), ("a: 'x'", "x"), ("a: 1", 1), ("a: '1'", "1"), ("a: -1.5", -1.5), ("a: true", True),
        ("a: 'true'", "true"), ("a: yes", "yes"), ("a: on", "on"), ("a: 1:30", "1:30"), ("a: 0o17", "0o17"),
        ("a: 007", "007"), ("a: ~", None), ("a: null", None), ("a: 'null'", "null"), ("a:", None), ("a: []", []),
        ("a: {}", {}), ("a: !!str 1", "1"), ("a: 2026-11-24", "2026-11-24"), ("a: |\n  x\n", "x\n"),
        ("a: " + "9" * 5000, "9" * 5000),
    ],
)  # fmt: skip
def test_data_is_that_of_yaml_1_2(text: str, data: object) -> None:
    """Nothing of YAML 1.1."""
    found = value(text).get("a")
    assert found.data == data
    assert type(found.data) is type(data)
    assert found.is_string == isinstance(data, str)


@pytest.mark.parametrize(
    ("text", "boolean"), [("a: true", True), ("a: False", False), ("a: 'true'", None), ("a: 1", None), ("a: yes", None)]
)
def test_booleans_are_plain_words(text: str, boolean: bool | None) -> None:
    """A quoted one is a text."""
    assert value(text).get("a").boolean is boolean


@pytest.mark.parametrize(
    "text",
    [
        "a: ${x}", "a: v${x}", "a: $(x)", "a: '{{ x }}'", "a: '#{ x }#'", "a: ENC[AES256_GCM,data:x]", "a: <path:x#y>",
        "a: ref+vault://x", "a: !Ref x", "a: '<% x %>'", "a: '@@x@@'", "a: $X", "a: {{ x }}",
    ],
)  # fmt: skip
def test_placeholders_are_opaque(text: str) -> None:
    """Their text is kept for quotations and never judged."""
    found = value(text).get("a")
    assert (found.opaque, found.text, found.boolean) == (True, None, None)
    assert found.data is UNKNOWN
    assert not found.data
    assert bool(found)


@pytest.mark.parametrize("text", ["a: $5", "a: '50%'", "a: a{b}", "a: <x>", "a: 'a@b'", "a: '#1'", "a: http://x"])
def test_ordinary_texts_are_not_opaque(text: str) -> None:
    """Signs that placeholders are made of stand alone, too."""
    assert value(text).get("a").text == text.removeprefix("a: ").strip("'")


def test_of_keys_that_stand_twice_the_last_counts() -> None:
    """As for most readers."""
    assert value("a: 1\nb: 2\na: 3\n").get("a").data == 3


def test_merge_keys_bring_what_is_not_written() -> None:
    """What is written wins, wherever it stands."""
    found = value("x: &x {a: 1, b: 1}\ny:\n  <<: *x\n  b: 2\n").get("y")
    assert found.data == {"b": 2, "a": 1}
    assert str(found.get("a").place) == "a.yaml:1:11"


def test_walk_gives_everything_in_order() -> None:
    """Itself first."""
    paths = [item.shown_path for item in value("a:\n  - b: 1\n    c: [2]\nd: 3\n").walk()]
    assert paths == ["", "a", "a[0]", "a[0].b", "a[0].c", "a[0].c[0]", "d"]


def test_walk_goes_as_deep_as_files_are_read() -> None:
    """Deeper ones are not read at all."""
    text = "a: " + "[" * 62 + "1" + "]" * 62
    assert len(list(value(text).walk())) == 64


def test_keys_that_are_no_texts_are_passed_over() -> None:
    """They have no name to ask for."""
    found = value("? [a, b]\n: 1\nc: 2\n")
    assert [key for key, _ in found.pairs()] == ["c"]
    assert found.data is UNKNOWN
    assert found.get("c").data == 2


def test_merged_keeps_every_place() -> None:
    """Maps merge deeply, all else replaces; a null of the second stays."""
    first = value("a: {b: 1, c: 1}\nl: [1]\nn: 1\n", "first.yaml")
    second = value("a:\n  c: 2\n  d: 2\nl: [2]\nn: null\n", "second.yaml")
    found = merged(first, second)
    assert found.data == {"a": {"b": 1, "c": 2, "d": 2}, "l": [2], "n": None}
    assert {key: str(item.place) for key, item in found.get("a").pairs()} == {
        "b": "first.yaml:1:8",
        "c": "second.yaml:2:6",
        "d": "second.yaml:3:6",
    }
    assert str(found.get("a", "c").key) == "second.yaml:2:3"


@pytest.mark.parametrize("text", ["{}", "[1]", "x", "null"])
def test_merged_with_what_is_absent_is_the_other(text: str) -> None:
    """Either way."""
    one = value(text)
    nothing = Value(None, one.place)
    assert merged(one, nothing) is one
    assert merged(nothing, one) is one


FRAGMENTS = [
    "machine:\n", "  kernel: {modules: [{name: nvidia}]}\n", "cluster: lab\n", "talos: v1.12.4\n", "pools:\n",
    "  gpu: {gpu: {model: L40S}}\n", "customization:\n", "nodes:\n", "  - {host: a, role: worker}\n", "kind: Cluster\n",
    "talosVersion: v1.9.1\n", "patches:\n", "  - inline: |\n      machine: [\n", "---\n", "kind: ConfigMap\n", "{{ x }}\n",
    "#% if x %#\n", "apiVersion: v1\n", "metadata: {name: nvidia}\n", "schematicId: '@../x'\n", "- op: add\n", "  - @a\n",
    "clusterName: x\n", "\t", "? [", "&a ", "*a\n", "<<: ", "\r\n", "\ufeff", "%{ if x }", "  systemExtensions: [", "]\n",
]  # fmt: skip


@given(
    st.lists(st.one_of(st.sampled_from(FRAGMENTS), st.text(max_size=8)), max_size=25).map("".join),
    st.sampled_from(["a.yaml", "talos/a.yaml.j2", "a.json", "main.tf", "x.tftpl", "talconfig.yaml", "topf.yaml"]),
)
def test_any_file_is_taken(text: str, path: str) -> None:
    """Whatever stands in it: notes and clusters, never a traceback."""
    inventory = take({path: text.encode(errors="replace"), "b.yaml": b"talosVersion: v1.9.0\n"}, Given())
    assert all(note.rule and note.position.file in {path, "b.yaml"} for note in inventory.notes)


@given(st.binary(max_size=60))
def test_any_bytes_are_taken(data: bytes) -> None:
    """Not even text is needed."""
    take({"talos/a.yaml": data, "talos/main.tf": data}, Given())
