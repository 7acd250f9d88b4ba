"""The catalogue of rules as one Markdown page."""

from __future__ import annotations

import re
from collections.abc import Iterator

from talos_gpu.markdown import cell, origin, prose
from talos_gpu.rules import DESCRIBED, Described

__all__ = ["rules_page"]

_HEAD = """\
# Rules

Generated from the rules of talos-gpu by `make docs`; do not edit. `talos-gpu rule RULE-ID` prints one of these pages, `talos-gpu lint` finds what they describe.

error: does not work, or loses data. warning: works until something happens, or is ignored in silence. info: cannot tell, or redundant.
"""
_HEADING = re.compile(r"^## ", re.MULTILINE)


def rules_page() -> str:
    """A table of all rules by id, then a section each."""
    return "\n".join([_HEAD, *_table(), "", *(_section(told) for told in DESCRIBED.values())])


def _table() -> Iterator[str]:
    yield "| rule | severity | finds | instead |"
    yield "| --- | --- | --- | --- |"
    for told in DESCRIBED.values():
        remedy = told.remedy.splitlines()[0]
        yield f"| [{told.id}](#{told.id.lower()}) | {told.severity} | {cell(prose(told.name))} | {cell(prose(remedy))} |"


def _section(told: Described) -> str:
    allow = "can be allowed" if told.waivable else "cannot be allowed"
    return "\n".join(
        (
            f"## {told.id}\n",
            f"**{prose(told.name)}** ({told.severity}, {allow}, since {told.since})\n",
            _HEADING.sub("### ", told.page.text.strip()) + "\n",
            f"Source: {origin(told.source)}\n",
        )
    )
