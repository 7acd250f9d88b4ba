"""Pictures for Mermaid, as GitHub, GitLab and Forgejo draw them: from the GPU to the workload, one line a chain.

Standard library only: a no-op synth makes the fleet's picture to see whether the one on the disk still says the same.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

__all__ = ["STAGES", "Chain", "flowchart", "label"]

STAGES = ("GPU", "DRIVER", "TOOLKIT", "RUNTIME", "STACK", "WORKLOAD")
"""What a chain goes through, in this order; in capitals, as no word of Mermaid's is."""

Chain = Sequence[Sequence[str]]
"""For each of the stages the lines of its box, as plain text."""

_LONGEST = 160
_KEPT = 4096
_BLANKS = re.compile("[\\s\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")
_SPECIAL = re.compile(r"[^\w ,.()/+-]")
"""Everything else is written as a number: quotes and brackets end a box, `#` and `;` begin and end a number, `%%` is a
comment, `<` is HTML, a backquote makes it Markdown; and a line with `style`, a colon and a number loses its last `;`."""
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")


def flowchart(groups: Mapping[str, Mapping[str, Chain]]) -> str:
    """The picture as a fenced block: for each group (title to chains by their names) a frame, or none without a title.

    A chain is one line and knows nothing of the others, so that whoever adds one changes no other line.
    """
    lines = ["```mermaid", "flowchart LR"]
    for number, (title, chains) in enumerate(groups.items(), start=1):
        drawn = [_line(name, chain) for name, chain in chains.items()]
        if title:
            lines += [f'  subgraph GROUP_{number}["{label(title)}"]', "    direction LR"]
            lines += [*(f"    {line}" for line in drawn), "  end"]
        else:
            lines += [f"  {line}" for line in drawn]
    return "\n".join([*lines, "```"])


@lru_cache(maxsize=_KEPT)
def label(text: str) -> str:
    """The text so that Mermaid shows exactly its characters inside of quotes: on one line, and no longer than a box."""
    shown = _BLANKS.sub(" ", text).strip()
    shown = f"{shown[: _LONGEST - 1]}…" if len(shown) > _LONGEST else shown
    return _SPECIAL.sub(lambda match: f"#{ord(match[0])};", shown) or " "


def _line(name: str, chain: Chain) -> str:
    identity = _identity(name)
    boxes = (
        f'{stage}_{identity}["{"<br/>".join(map(label, lines))}"]' for stage, lines in zip(STAGES, chain, strict=True)
    )
    return " --> ".join(boxes)


def _identity(name: str) -> str:
    """The name in the characters that an id may hold: two dashes in a row would be an arrow."""
    if _NAME.fullmatch(name):
        return name.replace("-", "_")
    return hashlib.sha256(name.encode(errors="backslashreplace")).hexdigest()[:12]
