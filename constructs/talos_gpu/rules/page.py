"""A rule's page: what it checks, why it matters, what to write instead, when to allow it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Page", "page"]

_HEADINGS = ("Why", "Example", "Instead", "When to allow")
_SECTION = re.compile(r"^## (.+)\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Page:
    """The sections of a page, as Markdown. `text` is all of them with their headings."""

    what: str
    why: str
    example: str
    instead: str
    allow: str
    text: str


@cache
def page(rule: str) -> Page:
    """The page of the rule with that id.

    Raises:
        KeyError: no page, or one that lacks a section.
    """
    path = files("talos_gpu.rules") / "pages" / f"{rule}.md"
    if not path.is_file():
        raise KeyError(rule)
    text = path.read_text(encoding="utf-8")
    what, *rest = _SECTION.split(text)
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    why, example, instead, allow = (sections[name].strip() for name in _HEADINGS)
    return Page(what.strip(), why, example, instead, allow, text)
