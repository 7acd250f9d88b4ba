"""Several reports are one comment: the first has most room, and nothing is cut open."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from talos_gpu.report.comment import LONGEST, length
from talos_gpu.report.joined_comment import joined_comment

FOLDED = "<details><summary>x</summary>\n\n```yaml\n" + "a: 1\n" * 20 + "```\n\n</details>\n\n"
BLOCKS = {
    "prose": "### heading\n\nwords\n\n",
    "fence": "```yaml\nx: 1\n\ny: 2\n```\n\n",
    "long fence": "`````\n```\n\n<details>\n\n`````\n\n",
    "indented": "- a\n\n  ```sh\n  true\n\n  ```\n\n",
    "folded": FOLDED,
    "code": "`<details>` is written\n\n",
}


def test_what_fits_is_whole_and_in_order() -> None:
    """Each report once, an empty one not at all."""
    assert joined_comment(["one\n", "", "two\n\n", "three"]) == "one\n\ntwo\n\nthree\n"


def test_the_first_report_gives_way_last() -> None:
    """Those after it keep a share of their own; each that was cut says where the rest is."""
    long = FOLDED * 1000
    first, second = (f"## {name}\n\n{long}" for name in ("review", "lint"))
    made = joined_comment([first, second], "`review.html`")
    assert length(made) <= LONGEST
    head, tail = made.split("## lint")
    assert len(head) > 4 * len(tail) > 4 * 10_000
    assert made.count("**Not all of it fits here**: the rest is in `review.html`.") == 2
    short = joined_comment([first, "## lint\n\nnothing"])
    assert short.endswith("## lint\n\nnothing\n")
    assert length(short) > LONGEST - 1_000


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(BLOCKS)), st.integers(1, 400)), min_size=1, max_size=12))
def test_nothing_is_cut_open(parts: list[tuple[str, int]]) -> None:
    """Every fold and every fence that begins ends, wherever the cut is, and GitHub takes the length."""
    made = joined_comment(
        ["".join(BLOCKS[name] * 2 * number for name, number in parts), "## lint\n\n" + "words\n\n" * 9_000]
    )
    assert length(made) <= LONGEST
    tokens = MarkdownIt("commonmark", {"html": True}).parse(made)
    html = "".join(token.content for token in tokens if token.type == "html_block")
    assert html.count("<details>") == html.count("</details>")
    assert "## lint" in [
        f"## {tokens[n + 1].content}" for n, token in enumerate(tokens) if token.tag == "h2" and token.nesting == 1
    ]
    assert not any("Not all of it" in token.content for token in tokens if token.type in {"fence", "html_block"})


@pytest.mark.parametrize("text", ["a\x1b[31mred", "b\u202e", "c\x00"])
def test_no_report_brings_what_steers_a_terminal(text: str) -> None:
    """A comment is printed in logs too."""
    made = joined_comment([text])
    assert made.startswith(text[0] + "\\")
    assert not set("\x1b\u202e\x00") & set(made)


def test_pictures_count_twice() -> None:
    """As they do for GitHub."""
    assert length(joined_comment(["🔴\n\n" * 40_000])) <= LONGEST
