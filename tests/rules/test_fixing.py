"""Fixes change what they say, where they say it, and nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from talos_gpu.finding import Edit, Finding, Position
from talos_gpu.rules.fixing import fix

TEXT = "a: 1 # why\nlist:\n  - x:v1\n  - y\n"


def finding(*edits: Edit) -> Finding:
    return Finding(Position("f", 1, 1), "", str(edits), fix=edits)


def edit(line: int, column: int, old: str, new: str) -> Edit:
    return Edit(Position("f", line, column), old, new)


def test_the_text_around_a_fix_stays() -> None:
    """Comments and layout included."""
    fixed = fix(TEXT.encode(), [finding(edit(3, 5, "x:v1", "x"))])
    assert fixed.data.decode() == TEXT.replace("x:v1", "x")
    assert len(fixed.findings) == 1


def test_several_fixes_of_one_line_and_of_many() -> None:
    """None moves the place of another."""
    found = [finding(edit(1, 1, "a", "longer")), finding(edit(1, 4, "1", "2")), finding(edit(4, 1, "  - y\n", ""))]
    assert fix(TEXT.encode(), found).data.decode() == "longer: 2 # why\nlist:\n  - x:v1\n"


def test_a_fix_is_made_whole_or_not_at_all() -> None:
    """Where one of its edits does not stand, none is made."""
    fixed = fix(TEXT.encode(), [finding(edit(1, 1, "a", "b"), edit(2, 1, "nothing", "x"))])
    assert (fixed.data.decode(), fixed.findings) == (TEXT, ())


def test_the_second_of_two_that_overlap_waits() -> None:
    """The next run makes it."""
    first, second = finding(edit(3, 5, "x:v1", "x")), finding(edit(3, 7, "v1", "v2"))
    assert fix(TEXT.encode(), [first, second]).findings == (first,)


def test_two_findings_with_the_same_fix_are_both_done() -> None:
    """And it is made once."""
    one = finding(edit(3, 5, "x:v1", "x"))
    two = Finding(Position("f", 3, 5), "", "another", fix=one.fix)
    fixed = fix(TEXT.encode(), [one, two])
    assert (fixed.data.decode(), len(fixed.findings)) == (TEXT.replace("x:v1", "x"), 2)


def test_windows_line_ends_and_a_byte_order_mark_stay() -> None:
    """Columns count from behind the mark."""
    data = b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode()
    fixed = fix(data, [finding(edit(1, 4, "1", "2"))])
    assert fixed.data == data.replace(b"a: 1", b"a: 2")


def test_lines_are_counted_as_yaml_counts_them() -> None:
    """A place comes from there, and the separator may be a stranger's."""
    text = "# a\u2028# b\x85# c\rx: 1\n"
    assert fix(text.encode(), [finding(edit(4, 4, "1", "2"))]).data.decode() == text.replace("1", "2")
    tf = Finding(Position("main.tf", 1, 1), "", "found", fix=(Edit(Position("main.tf", 2, 1), "x", "y"),))
    assert fix("# a\u2028# b\nx".encode(), [tf]).data.decode() == "# a\u2028# b\ny"


def test_bytes_that_are_no_utf_8_stay() -> None:
    """HCL is read with them."""
    assert fix(b"# \xff\nx: 1\n", [finding(edit(2, 4, "1", "2"))]).data == b"# \xff\nx: 2\n"


@given(st.text(), st.integers(0, 5), st.integers(0, 9), st.text(max_size=3), st.text(max_size=3))
def test_nothing_but_the_old_text_changes(text: str, line: int, column: int, old: str, new: str) -> None:
    """Whatever the edit claims."""
    data = text.encode(errors="replace")
    fixed = fix(data, [finding(edit(line, column, old, new))])
    if not fixed.findings:
        assert fixed.data == data
    else:
        assert len(fixed.data) == len(data) - len(old.encode(errors="replace")) + len(new.encode(errors="replace"))
