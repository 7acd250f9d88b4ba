"""The parts of the page: links of sources, colours, the two sides of a file, versions over time."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from talos_gpu.markdown import Finished
from talos_gpu.review.review import Moment
from talos_gpu.review.telling.lines import line_difference
from talos_gpu.review.telling.page.colours import tokens
from talos_gpu.review.telling.page.links import href, prose, source
from talos_gpu.review.telling.page.sides import sides
from talos_gpu.review.telling.page.timeline import timeline

from .conftest import Elements

LINES = st.lists(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=12), max_size=25)
HUB = "https://github.com"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://docs.siderolabs.com/talos.", "https://docs.siderolabs.com/talos"),
        ("siderolabs/talos#6750, #10122", f"{HUB}/siderolabs/talos/issues/6750"),
        ("siderolabs/extensions discussion 1236", f"{HUB}/siderolabs/extensions/discussions/1236"),
        ("siderolabs/talos releases/tag/v1.12.12 (read)", f"{HUB}/siderolabs/talos/releases/tag/v1.12.12"),
        ("siderolabs/talos:internal/a.go@v1.13.9 (F)", f"{HUB}/siderolabs/talos/blob/v1.13.9/internal/a.go"),
        ("siderolabs/talos:pkg/a, pkg/b.go@v1.14.0-rc.1", f"{HUB}/siderolabs/talos/blob/v1.14.0-rc.1/pkg/a"),
        ("siderolabs/talos:cmd/talosctl; more", f"{HUB}/siderolabs/talos/blob/HEAD/cmd/talosctl"),
        ("fluxcd.io/flux/components", "https://fluxcd.io/flux/components"),
    ],
)
def test_a_source_is_a_link_where_it_says_an_address(text, address):
    """A path goes with the tag that is named behind it."""
    shown = Elements(source(text))
    assert shown.all("a")[0].attributes["href"] == address


@pytest.mark.parametrize(
    "text",
    ["nvcr.io/nvidia/cuda:12.5.0-base", "nvidia/cuda:12.5.0", "ghcr.io/siderolabs/installer:v1.13.0", "the catalogue", "a/b", "constructs/talos_gpu/output", "javascript:alert(1)"],
)  # fmt: skip
def test_an_image_or_a_path_is_no_link(text):
    """They look like one."""
    assert source(text) == text


@pytest.mark.parametrize(
    "address", ["http://[::1", "https://", "https:///x", "https://a b", 'https://a"b', "ftp://a", "https://u@a/"]
)
def test_what_is_no_address_is_none(address):
    """Nor makes an error."""
    assert href(address) is None


def test_finished_markdown_is_shown_as_it_was_meant():
    """Its escapes are gone, its code spans are code."""
    assert prose(Finished(r"a\_b \<c\> `d\e` https://example.org/x")) == (
        'a_b &lt;c&gt; <code>d\\e</code> <a href="https://example.org/x" rel="noopener noreferrer">https://example.org/x</a>'
    )
    assert prose(r"a\_b") == r"a\_b"


@given(st.sampled_from(["a.yaml", "a.sh", "a.md", "a.tf", "a.json", "a.toml", "a.txt"]), LINES)
def test_coloured_words_are_the_line(file, lines):
    """Nothing is lost, nothing is added."""
    assert ["".join(text for _, text in words) for words in tokens(file, lines)] == lines


@pytest.mark.parametrize(
    ("file", "line", "kind", "word"),
    [
        ("a.yaml", "  - name: gpu # x", "k", "name"),
        ("a.yaml", "  - name: gpu # x", "c", "# x"),
        ("a.yaml", 'a: "b"', "s", '"b"'),
        ("a.yaml", "replicas: 3", "n", "3"),
        ("a.yaml", "on: true", "n", "true"),
        ("a.yaml", "version: v1.2.3", "", " v1.2.3"),
        ("a.yaml", "url: https://example.org/#x", "", " https://example.org/#x"),
        ("a.yaml", "---", "h", "---"),
        ("a.sh", "talosctl --nodes $NODE # x", "k", "--nodes"),
        ("a.sh", "talosctl --nodes $NODE # x", "v", "$NODE"),
        ("a.md", "# Title", "h", "# Title"),
        ("a.tf", 'name = "x"', "k", "name"),
    ],
)
def test_a_word_has_the_colour_of_what_it_is(file, line, kind, word):
    """Key, text, number, comment."""
    assert (kind, word) in next(iter(tokens(file, [line])))


def test_a_block_scalar_is_text():
    """Whatever it looks like."""
    lines = ["a: |", "  b: 1 # c", "", "d: 1"]
    assert list(tokens("a.yaml", lines))[1:3] == [(("s", "  b: 1 # c"),), ()]
    assert ("k", "d") in list(tokens("a.yaml", lines))[3]


@settings(deadline=None)
@given(LINES, LINES)
def test_each_side_holds_all_its_lines_in_their_order(old, new):
    """With their numbers; those that are equal stand beside each other."""
    before, after = ("".join(f"{line}\n" for line in side) for side in (old, new))
    difference = line_difference(before, after)
    shown = Elements(sides("a.txt", difference))
    assert not shown.faults
    rows: list[list[str]] = []
    for element in shown.every:
        if element.tag == "tr":
            rows.append([])
        elif element.tag == "td":
            rows[-1].append("".join(element.text))
    if difference.old and difference.new:
        left, right = [row[:2] for row in rows if row[0]], [row[2:] for row in rows if row[2]]
        assert all(row[1] == row[3] or shown.all("mark") or shown.all("del") or shown.all("ins") for row in rows)
    else:
        left, right = (rows, []) if difference.old else ([], rows)
    assert left == [[str(number), line] for number, line in enumerate(difference.old, 1)]
    assert right == [[str(number), line] for number, line in enumerate(difference.new, 1)]


def test_what_changed_inside_a_line_is_marked():
    """Word by word, on both sides."""
    shown = Elements(sides("a.yaml", line_difference("version: v1.11.5\n", "version: v1.12.12\n")))
    assert [mark.words for mark in shown.all("mark") if "del" in mark.ancestors] == ["11", "5"]
    assert [mark.words for mark in shown.all("mark") if "ins" in mark.ancestors] == ["12", "12"]


def test_lines_that_are_alike_stand_beside_each_other():
    """Though one came between them."""
    shown = sides("a.yaml", line_difference("image: a:1\nuser: 0\n", "image: a:2\nnew: true\nuser: 1\n"))
    assert re.findall(r'<tr class="(\w+)">', shown) == ["both", "came", "both"]


def test_unchanged_lines_are_folded_or_counted():
    """Three around each change are shown."""
    lines = [f"line {number}\n" for number in range(40)]
    difference = line_difference("".join(lines), "".join([*lines[:20], "more\n", *lines[20:]]))
    assert [fold.words for fold in Elements(sides("a.txt", difference)).all("summary")] == ["17 unchanged lines"] * 2
    short = Elements(sides("a.txt", difference, folds=False))
    assert len(short.all("tr")) == 7
    assert [fold.words for fold in short.all("p")] == ["17 unchanged lines"] * 2


def test_what_is_too_much_is_counted():
    """No line is left out in silence."""
    difference = line_difference("", "".join(f"{number}\n" for number in range(100)))
    shown = Elements(sides("a.txt", difference, most=10))
    assert len(shown.all("tr")) == 10
    assert shown.only("p").words == "90 more lines that changed are left out here."


class TestTimeline:
    MOMENTS = (
        Moment("one", 1_760_000_000, {"talos": "v1.10.2", "driver": "570", "cuda": "12.8", "stack": "none"}),
        Moment("two", 1_760_100_000, {"talos": "v1.10.2", "driver": "570", "cuda": "12.8", "stack": "none"}),
        Moment("three", 0, {"talos": "v1.11.5", "driver": "570", "cuda": "12.8", "stack": "none"}),
    )

    def test_only_moments_that_changed_something_are_told(self):
        """The others are counted."""
        line = timeline(self.MOMENTS)
        assert line is not None
        assert [(stop.name, stop.when, set(stop.changed)) for stop in line.stops] == [
            ("one", "2025-10-09", set()),
            ("three", "", {"talos"}),
        ]
        assert line.skipped == 1

    def test_a_version_is_one_bar_for_as_long_as_it_is_there(self):
        """One lane a fact."""
        line = timeline(self.MOMENTS)
        assert line is not None
        assert [[bar.value for bar in lane.segments] for lane in line.lanes] == [
            ["v1.10.2", "v1.11.5"],
            ["570"],
            ["12.8"],
            ["none"],
        ]

    def test_of_too_many_the_newest_are_told(self):
        """And the others counted."""
        line = timeline([Moment(str(number), number, {"talos": str(number)}) for number in range(100)])
        assert line is not None
        assert line.stops[-1].name == "99"
        assert len(line.stops) + line.older == 100

    def test_no_time_is_no_mistake(self):
        """Nor is one that no calendar has."""
        assert timeline(()) is None
        line = timeline([Moment("x", 10**18, {})])
        assert line is not None
        assert line.stops[0].when == ""


@pytest.mark.parametrize(
    "line",
    ["a " * 450, " " * 900, "${" * 400, "'" * 900, "\"\\" * 400, "name:" + " " * 900, "- " * 450, "kind" * 200, "token" * 150 + ":", "|> " * 300, "[" * 900],
)  # fmt: skip
@pytest.mark.parametrize("file", ["a.yaml", "a.sh", "a.tf", "a.md"])
def test_no_line_of_a_stranger_keeps_it_busy(file, line):
    """Many of them, also where each became another one, and one that never ends: seconds, where backtracking is hours."""
    before, after = (f"{line}{end}\n" * 20 + line * 1000 for end in ("x", "y"))
    start = time.process_time()
    sides(file, line_difference(before, after))
    assert time.process_time() - start < 60
