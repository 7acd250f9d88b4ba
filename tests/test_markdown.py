"""Whatever a profile holds, Markdown shows its characters and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from talos_gpu import markdown

HOSTILE = {
    "pipe": "a|b",
    "escaped pipe": "a\\|b",
    "backquotes": "a`b``c",
    "html": "<script>alert(1)</script>",
    "comment": "<!-- hidden -->",
    "link": "[click](https://example.org)",
    "image": "![x](https://example.org/x.png)",
    "emphasis": "*bold* _slanted_ **loud** ~~gone~~",
    "entity": "&lt;b&gt;",
    "heading": "# title",
    "rule": "---",
    "list": "- item",
    "number": "1. item",
    "backslash": "C:\\dir",
    "module name": "nvidia_uvm",
}


def _cells(cell: str) -> list[list[Token]]:
    """The inline tokens of the two cells of a table that shows `cell` beside a plain word."""
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = parser.parse(f"| a | b |\n| --- | --- |\n| {cell} | end |\n")
    return [token.children or [] for token in tokens if token.type == "inline"][2:]


def _shown(tokens: list[Token]) -> str:
    return "".join(token.content for token in tokens)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_plain_text_is_shown_as_it_is_written(text: str) -> None:
    """No pipe ends a cell, no tag, link or emphasis comes to life."""
    shown, end = _cells(markdown.plain(text))
    assert {token.type for token in shown} <= {"text", "text_special"}
    assert _shown(shown) == text
    assert _shown(end) == "end"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_code_span_holds_what_it_was_given(text: str) -> None:
    """One span, whatever backquotes and pipes are inside."""
    shown, end = _cells(markdown.code(text))
    assert [token.type for token in shown] == ["code_inline"]
    assert shown[0].content == text
    assert _shown(end) == "end"


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cf", "Zl", "Zp", "Zs"]), min_size=1))
def test_any_printable_text_survives(text: str) -> None:
    """The law behind the table above."""
    assert _shown(_cells(markdown.plain(text))[0]) == text.strip()


def test_a_sentence_keeps_code_and_addresses() -> None:
    """Reasons of the plan may hold both."""
    assert markdown.prose("`driver.enabled=false` | see https://example.org/a_b.") == (
        "`driver.enabled=false` \\| see <https://example.org/a_b>."
    )


@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\x1b[31mb", "a\u202eb", "a\u2028b"])
def test_nothing_leaves_its_line_or_turns_the_terminal_red(text: str) -> None:
    """Control characters and bidi marks are gone."""
    for shown in (markdown.plain(text), markdown.code(text), markdown.prose(text), markdown.plain_text(text)):
        assert set(shown) <= set("ab `[31m\\ ")


def test_a_fence_outlives_its_content() -> None:
    """Backquotes in a command cannot end the block."""
    block = markdown.fence("echo '```'\nrm -rf /", "sh", indent=3)
    (token,) = (
        token
        for token in MarkdownIt("commonmark").parse(f"1. x\n\n{block}\n")
        if token.type in {"fence", "paragraph_x"}
    )
    assert token.content == "echo '```'\nrm -rf /\n"
    assert token.info == "sh"


def test_a_source_is_a_link_only_where_it_is_an_address() -> None:
    """Paths in repositories stay text."""
    assert markdown.origin("https://example.org/x") == "<https://example.org/x>"
    assert markdown.origin("siderolabs/talos#1") == "`siderolabs/talos#1`"
    assert markdown.origin("") == "-"
