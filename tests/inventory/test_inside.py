"""YAML inside a text of other YAML has the lines and columns that it has in the file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.inventory import Value
from talos_gpu.inventory.inside import Inside, read_inside
from talos_gpu.inventory.source_file import read_source


def inside(text: str, *keys: str | int) -> Inside:
    file = read_source("talconfig.yaml", text.encode())
    return read_inside(file.documents[0].get(*keys), file.text)


def places(documents: tuple[Value, ...]) -> list[str]:
    return [
        f"{value.place.line}:{value.place.column} {value.raw}"
        for root in documents
        for value in root.walk()
        if value.raw
    ]


BLOCK = """\
worker:
  patches:
    - {header}
      machine:
        sysctls:

          vm.max_map_count: "1"
      ---
      # a comment
      kind: HostnameConfig
"""
INDENTED = BLOCK.replace("\n      ", "\n        ")


@pytest.mark.parametrize("header", ["|", "|-", "|+", "| # why", "&anchor |-"])
def test_a_literal_block_keeps_every_line_and_column(header: str) -> None:
    """Whatever its header says, in each of its documents, blank lines and comments between them."""
    found = inside(BLOCK.format(header=header), "worker", "patches", 0)
    assert places(found.documents) == ["7:29 1", "10:13 HostnameConfig"]
    assert found.faults == ()


def test_a_block_may_say_how_far_it_is_indented() -> None:
    """Then the blanks before the first line are its own."""
    found = inside(INDENTED.format(header="|4").replace("---", "  #"), "worker", "patches", 0)
    assert places(found.documents)[0] == "7:31 1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("values: '{a: b}'\n", ["1:14 b"]),
        ('values: "{a: b}"\n', ["1:14 b"]),
        ("values: &x '{a: b}'\n", ["1:17 b"]),
        ("values: |-\n  a: b\n", ["2:6 b"]),
        ("values: |-\r\n  a: b\r\n  c: d\r\n", ["2:6 b", "3:6 d"]),
        ("\ufeffvalues: |\n  é: b\n", ["2:6 b"]),
    ],
    ids=["single quotes", "double quotes", "anchor", "one line", "CRLF", "BOM"],
)
def test_other_texts_that_stand_in_the_file_as_they_are(text: str, expected: list[str]) -> None:
    """In one line, or in a block with other line breaks."""
    assert places(inside(text, "values").documents) == expected


@pytest.mark.parametrize(
    "text",
    [
        "values: >-\n  {a:\n  b}\n",
        'values: "a:\\n  b"\n',
    ],
    ids=["folded", "escapes"],
)
def test_where_the_text_stands_otherwise_all_of_it_has_the_place_of_the_scalar(text: str) -> None:
    """Its lines are not those of the file."""
    file = read_source("a.yaml", text.encode())
    scalar = file.documents[0].get("values")
    found = read_inside(scalar, file.text).documents
    assert [value.raw for root in found for value in root.walk() if value.raw] == ["b"]
    assert {value.place for root in found for value in root.walk()} == {scalar.place}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: &x |\n  a: b\nvalues: *x\n", ["2:6 b"]),
        ("x: &x '{a: b}'\nvalues: *x\n", ["1:12 b"]),
        ("x: &x |\n  a: b\ny: &x |\n  c: d\nvalues: *x\n", ["4:6 d"]),
        ("x: &x-y |\n  a: b\nz: &x |\n  c: d\nvalues: *x-y\n", ["2:6 b"]),
        ("values: [&x '{a: b}', *x]\n", ["1:18 b"]),
    ],
    ids=["a block", "quotes", "an anchor set anew", "names that begin alike", "in one line"],
)
def test_what_an_alias_stands_for_has_the_places_of_its_anchor(text: str, expected: list[str]) -> None:
    """So that one text has one place, however often it is used."""
    file = read_source("a.yaml", text.encode())
    values = file.documents[0].get("values")
    assert places(read_inside(values.get(1) if values.is_list else values, file.text).documents) == expected


def test_key_paths_go_on_from_the_scalar() -> None:
    """So that a finding names both keys."""
    root = inside(BLOCK.format(header="|-"), "worker", "patches", 0).documents[0]
    assert root.get("machine", "sysctls").shown_path == "worker.patches[0].machine.sysctls"


def test_what_is_no_yaml_is_told_at_its_place() -> None:
    """And what stands before it is kept."""
    found = inside("values: |\n  a: b\n  ---\n  c: [\n", "values")
    assert places(found.documents) == ["2:6 b"]
    assert [(fault.rule, fault.position.line) for fault in found.faults] == [("LNT003", 5)]


def test_a_template_inside_is_read_as_far_as_it_is_yaml() -> None:
    """Its placeholders are opaque, and keep the columns of what stands behind them."""
    found = inside("values: |\n  {{- if .x }}\n  a: {{ .y }} # why\n  {{- end }}\n  b: c\n", "values")
    assert found.templated
    assert [value.opaque for value in (found.documents[0].get("a"), found.documents[0].get("b"))] == [True, False]
    assert str(found.documents[0].get("b").place) == "talconfig.yaml:5:6"


def test_a_map_holds_no_text() -> None:
    """So nothing is inside."""
    assert inside("values: {a: b}\n", "values") == Inside()


@given(st.text(max_size=60), st.sampled_from(["|", "|-", ">", ">-"]))
def test_any_text_in_a_block(text: str, header: str) -> None:
    """Nothing raises, and no place lies outside the file."""
    lines = "".join(f"  {line}\n" for line in text.splitlines())
    file = read_source("a.yaml", f"a: {header}\n{lines}".encode(errors="replace"))
    for document in file.documents:
        for root in read_inside(document.get("a"), file.text).documents:
            assert all(1 <= value.place.line <= file.text.count("\n") + 1 for value in root.walk())
