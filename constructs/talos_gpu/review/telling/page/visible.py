"""Strangers' text on a page: what cannot be seen, or turns the reading direction, is shown escaped."""

from __future__ import annotations

__all__ = ["clipped", "visible"]


def visible(text: str) -> str:
    """The text with every character that prints nothing escaped; line feeds and tabs stay."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else _escaped(char) for char in text)


def clipped(text: str, longest: int) -> str:
    """The text, or its beginning and how much more of it there is."""
    return text if len(text) <= longest else f"{text[:longest]}... ({len(text) - longest:,} more characters)"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode()
