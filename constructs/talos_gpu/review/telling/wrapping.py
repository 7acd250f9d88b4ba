"""Sentences in the width of a terminal."""

from __future__ import annotations

import textwrap

from talos_gpu.report.untrusted import log_line

__all__ = ["wrapped"]

_WIDTH = 100


def wrapped(words: str, indent: str, rest: str = "") -> list[str]:
    """The lines of a sentence: the first behind `indent`, the others behind `rest`, or behind as much as the first."""
    return textwrap.wrap(
        log_line(words), _WIDTH, initial_indent=indent, subsequent_indent=rest or indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
