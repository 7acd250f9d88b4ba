"""Several reports as one comment on a pull request: what does not fit is cut where nothing is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from talos_gpu.markdown import code, prose
from talos_gpu.report.comment import LONGEST, length
from talos_gpu.report.untrusted import mention_free, printable

__all__ = ["joined_comment", "missing"]

_SHARE = 12_000
"""What each report after the first may take whatever the first one needs."""
_BETWEEN = "\n"
_FENCE = re.compile(r" *(`{3,}|~{3,})")
_LOG = "the job's log"


def joined_comment(reports: Sequence[str], whole: str = "") -> str:
    """The reports in their order, the most important first; at most LONGEST characters as GitHub counts them.

    `whole` says where everything is, for what did not fit. Control characters are shown escaped, whoever wrote them.
    """
    texts = [f"{printable(report).strip()}\n" for report in reports if report.strip()]
    room = LONGEST - length(_BETWEEN) * len(texts)
    parts = []
    for number, text in enumerate(texts):
        kept_free = sum(min(length(later), _SHARE) for later in texts[number + 1 :])
        parts.append(_fitting(text, room - kept_free, whole or _LOG))
        room -= length(parts[-1])
    return _BETWEEN.join(parts)


def missing(file: str) -> str:
    """What stands for a report that was never written."""
    return f"### There is no {code(printable(file))}: {_LOG} says why\n"


def _fitting(text: str, room: int, whole: str) -> str:
    """As much of the text as there is room for, up to a line where no fence and no folded part is open."""
    if length(text) <= room:
        return text
    note = f"\n**Not all of it fits here**: the rest is in {mention_free(prose(whole))}.\n"
    room -= length(note)
    kept, pending = "", ""
    for line, is_end in _lines(text):
        pending += line
        if length(kept) + length(pending) > room:
            break
        if is_end:
            kept, pending = kept + pending, ""
    return f"{kept.rstrip()}\n{note}" if kept.strip() else note.lstrip()


def _lines(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether the text may end after it: it is blank, and everything that began has ended."""
    fence, folds = "", 0
    for line in text.splitlines(keepends=True):
        found = _FENCE.match(line)
        if fence:
            # Only a line of nothing but as many marks closes it.
            if found and found[1].startswith(fence) and not line.strip(" \n" + fence[0]):
                fence = ""
        elif found:
            fence = found[1]
        else:
            folds += line.startswith("<details>") - line.startswith("</details>")
        yield line, not line.strip() and not fence and folds <= 0
