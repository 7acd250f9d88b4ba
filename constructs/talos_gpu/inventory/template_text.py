"""Texts that a template engine turns into YAML: what it would put in is unknown, and every place stays where it is."""

from __future__ import annotations

import re

__all__ = ["has_jinja_comments", "is_template", "made_readable", "may_be_changed", "without_jinja_comments"]

_EXPRESSION = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|#\{.*?\}#|<%.*?%>|%\{[^{}]*\}"
"""Go and Jinja, makejinja's delimiters, ERB, and the directives of OpenTofu."""
_ALONE = re.compile(rf"^[ \t]*(?:- )?(?:(?:{_EXPRESSION})[ \t]*)+(?=\r?$)", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(rf"(?P<directive>%\{{[^{{}}]*\}})|{_EXPRESSION}", re.DOTALL)
_ANY = re.compile(r"\{\{|\{%|#\{|<%|%\{|^[ \t]*#%", re.MULTILINE)
_CHANGED = re.compile(r"\{[{%#]|#[{%|]|<%|<<(?!:)|[$%]\{|\[[\[%]|\(\(")
"""The same, and what people set engines to instead, so that YAML's braces stay free."""
_JINJA_COMMENT = re.compile(r"#\{[^\n]*?\}#")
_NO_BREAK = re.compile(r"[^\r\n\x85\u2028\u2029]")


def is_template(text: str) -> bool:
    """Whether some template engine's delimiters stand in the text."""
    return bool(_ANY.search(text))


def may_be_changed(text: str) -> bool:
    """Whether a template engine may make something else of the text; without any delimiter it comes out as it is."""
    return bool(_CHANGED.search(text))


def made_readable(text: str) -> str:
    """The text with blanks for lines that only control a template, and `$(___)` for what it would put into others.

    Every line and column stays what it was.
    """
    return _INLINE.sub(_placeholder, _ALONE.sub(_blank, text))


def has_jinja_comments(text: str) -> bool:
    """Whether makejinja's `#{ }#` stands in the text, which YAML takes for a comment where it is not quoted."""
    return "#{" in text


def without_jinja_comments(text: str) -> str:
    """The text with `$(___)` for every `#{ }#`."""
    return _JINJA_COMMENT.sub(_placeholder, text)


def _blank(found: re.Match[str]) -> str:
    return _NO_BREAK.sub(" ", found[0])


def _placeholder(found: re.Match[str]) -> str:
    if "\n" in found[0] or found.groupdict().get("directive"):
        return _blank(found)
    return f"$({'_' * (len(found[0]) - 3)})"
