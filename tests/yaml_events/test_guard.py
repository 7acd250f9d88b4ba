"""No file can crash, hang or flood the reader; what is wrong is reported at its place."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from talos_gpu.errors import NotUnderstood
from talos_gpu.yaml_events import MAX_BYTES, MAX_DEPTH, compose

LAUGHS = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (name + 1, name + 1, b",".join([b"*%c" % name] * 9)) for name in range(ord("a"), ord("z"))
)
DEEP_ALIASES = b"a0: &a0 [x]\n" + b"".join(b"a%d: &a%d [*a%d]\n" % (n, n, n - 1) for n in range(1, 80))


def _filled(unit: bytes) -> bytes:
    return (unit * (MAX_BYTES // len(unit) + 1))[:MAX_BYTES]


def _complaint(data: bytes) -> str:
    with pytest.raises(NotUnderstood) as caught:
        compose(data, "f.yaml")
    return str(caught.value.findings[0])


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (_filled(b"["), "f.yaml:1:65: more than 64 lists and maps inside one another"),
        (_filled(b"{"), "f.yaml:1:65: more than 64 lists and maps inside one another"),
        (_filled(b"- "), "f.yaml:1:129: more than 64 lists and maps inside one another"),
        (_filled(b"? "), "f.yaml:1:129: more than 64 lists and maps inside one another"),
        (_filled(b"&a ["), "more than 64 lists and maps inside one another"),
        (_filled(b"a: "), "f.yaml:1:5: not YAML: mapping values are not allowed in this context"),
        (_filled(b"&a "), "f.yaml:1:4: not YAML: did not find expected <document start>"),
        (_filled(b": "), "not YAML: did not find expected key"),
        (_filled(b"?:"), "not YAML: mapping values are not allowed in this context"),
        (_filled(b'"'), "not YAML: did not find expected <document start>"),
        (b'"' + _filled(b"\n x")[1:], "not YAML: found unexpected end of stream"),
        (_filled(b"- a\n"), "f.yaml:100000:3: more than 100,000 values in one file"),
        (b"[" + _filled(b"a,")[2:], "f.yaml:1:200000: more than 100,000 values in one file"),
        (b"a: &a x\nb:" + b"\n- *a" * 1001, "f.yaml:1003:3: more than 1,000 aliases in one file"),
        (_filled(b"---\n"), "f.yaml:2:1: a second document; one is allowed"),
        (_filled(b"\0"), "f.yaml:1:1: the file looks like UTF-16, UTF-32 or binary data"),
        (_filled(b"#"), "f.yaml:1:1: the file is empty"),
        (_filled(b"%\n"), "f.yaml:1:2: not YAML: could not find expected directive name"),
        (_filled(b"!"), "f.yaml:1:1: the tag `!!!!"),
        (LAUGHS, "more than 100,000 values, those behind aliases included"),
        (DEEP_ALIASES, "f.yaml:64:12: a63[0]: with this alias, more than 64 lists and maps inside one another"),
        (b"a: &a [*a]", "f.yaml:1:8: a[0]: `*a` stands inside its own anchor"),
        (b"a: &a {<<: *a}", "`*a` stands inside its own anchor"),
        (b"x" * (MAX_BYTES + 1), "f.yaml: the file has 1,048,577 bytes; at most 1,048,576 are read"),
        (b"a: " + b"1" * 100_000, "f.yaml:1:4: a: a number of more than 400 characters"),
    ],
    ids=lambda value: ascii(value)[2:22],
)
def test_hostile_files_are_refused(data: bytes, complaint: str) -> None:
    """Each of these has crashed or stalled some reader of YAML."""
    assert complaint in _complaint(data)


def test_the_deepest_allowed_nesting_is_read() -> None:
    """The limit itself is inside."""
    assert str(compose(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "f.yaml").value) == "[" * MAX_DEPTH + "]" * MAX_DEPTH


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "f.yaml:1:1: the file is empty"),
        (b"a:\n\tb: 1\n", "f.yaml:2:1: a tab where YAML wants blanks"),
        (b"a: b: c\n", "f.yaml:1:5: not YAML: mapping values are not allowed in this context"),
        (b"a: [1, 2\nb: 3\n", "f.yaml:2:2: not YAML: did not find expected ',' or ']'"),
        (b"a: 'x\n", "f.yaml:2:1: not YAML: found unexpected end of stream"),
        (b"a: 1\n b: 2\n", "f.yaml:2:3: not YAML: mapping values are not allowed in this context"),
        (b'a: "\\d"\n', "f.yaml:1:5: not YAML: found unknown escape character"),
        (b'a: "\\ud800"\n', "f.yaml:1:7: not YAML: found invalid Unicode character escape code"),
        (b"a: \xff\n", "f.yaml:1:4: byte 0xff is not UTF-8"),
        (b"a: 1\nb: \xed\xa0\x80\n", "f.yaml:2:4: byte 0xed is not UTF-8"),
        (b"a: 1\nb: x\x1by\n", "f.yaml:2:5: the character U+001B is not allowed in YAML"),
        (b"a: x\0y\n", "f.yaml:1:5: the character U+0000 is not allowed in YAML"),
        ("a: 1".encode("utf-16"), "f.yaml:1:1: the file looks like UTF-16"),
        ("a: 1".encode("utf-16-le"), "f.yaml:1:1: the file looks like UTF-16"),
        (b"a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document; one is allowed"),
        (b"a: {b: 1, c: 2, b: 3}\n", "f.yaml:1:17: a: the key `b` stands twice in one map, first at line 1, column 5"),
        (b"a: *b\n", "f.yaml:1:4: a: no anchor `&b` above this alias"),
        (b"a: !!python/object:x.y {}\n", "f.yaml:1:4: a: the tag `!!python/object:x.y` does not fit here"),
        (b"a: !secret x\n", "f.yaml:1:4: a: the tag `!secret` does not fit here"),
        (b"a: !!int x\n", "f.yaml:1:4: a: `x` is no int, but its tag says so"),
        (b"a: {[1]: 2}\n", "f.yaml:1:5: a: a list or map as a key; keys are text"),
        (b"a: {<<: 1}\n", "f.yaml:1:9: a: `<<` merges a map or a list of maps, nothing else"),
    ],
    ids=lambda value: ascii(value)[2:30],
)
def test_what_is_wrong_is_reported_at_line_and_column(data: bytes, complaint: str) -> None:
    """Counted from 1, in characters."""
    assert complaint in _complaint(data)


def test_a_tab_comes_with_advice() -> None:
    """The commonest mistake of all."""
    with pytest.raises(NotUnderstood) as caught:
        compose(b"a:\n\tb: 1\n", "f.yaml")
    assert caught.value.findings[0].remedy == "Indent with blanks, never with tabs."


def test_a_name_of_a_file_without_quotes_comes_with_advice() -> None:
    """Where talhelper and topf want `"@file"`."""
    with pytest.raises(NotUnderstood) as caught:
        compose(b"schematicId: @gpu.yaml\n", "f.yaml")
    assert caught.value.findings[0].remedy == "Put a value that begins with `@`, a backtick or `%` in quotes."


def test_all_duplicates_and_unknown_anchors_are_reported_at_once() -> None:
    """One run shows everything that can be told."""
    with pytest.raises(NotUnderstood) as caught:
        compose(b"a: 1\na: *x\nb: {c: 1, c: 2}\n", "f.yaml")
    assert [finding.position.line for finding in caught.value.findings] == [2, 2, 3]


def test_control_characters_of_the_file_do_not_reach_the_message() -> None:
    """An escape sequence or a bidi mark in a key is shown as text."""
    complaint = _complaint(b'a: 1\n"\\e[31m\\u202e": 1\n"\\e[31m\\u202e": 2\n')
    assert "`\\x1b[31m\\u202e`" in complaint


@given(st.binary(max_size=200) | st.text(alphabet="[]{}&*!|>-?:,#'\"% \n\tab<~1.", max_size=60).map(str.encode))
@example(b"\xff\xfe[")
@example(b"? ? ?\n: - &a *a")
@settings(deadline=None, max_examples=400)
def test_any_bytes_are_data_or_findings(data: bytes) -> None:
    """Never a crash, and every finding has a place in the file."""
    with suppress(NotUnderstood):
        compose(data, "f.yaml")
