"""Takes away what is allowed, and says what is wrong with the waivers themselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from talos_gpu.finding import Finding
from talos_gpu.rules.engine import CANNOT_TELL
from talos_gpu.rules.own import OWN, Entry, may_be_allowed
from talos_gpu.rules.waivers import Waiver
from talos_gpu.yaml_events import excerpt

__all__ = ["Waived", "waive"]

_SOON = timedelta(days=30)
_IDS = re.compile(r"\b[A-Z][A-Z0-9]{2}\d{3}\b")
_UNREAD = frozenset({"LNT002", "LNT003", "PRO001", "PRO002"})
"""What says that a file was not judged in full: a waiver in it may match what nobody looked for."""
_OWN = {rule.id: rule for rule in OWN}


@dataclass(frozen=True, slots=True)
class Waived:
    """`findings` are what is left, and what is wrong with waivers; `allowed` are those taken away. Both sorted."""

    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...]


def waive(
    findings: Iterable[Finding],
    waivers: Iterable[Waiver],
    entries: Iterable[Entry],
    today: date,
    asked: Collection[str] | None = None,
) -> Waived:
    """The findings without those that a waiver covers that counts today.

    `asked` are the ids of the rules that were on, by default all: of another nobody knows whether its waiver matches.
    """
    found = frozenset(findings)
    known = {entry.id: entry for entry in entries}
    open_ids = _undecided(found) | (known.keys() - set(asked) if asked is not None else set())
    unread = {finding.position.file for finding in found if finding.rule in _UNREAD}
    allowed: set[Finding] = set()
    faults: list[Finding] = []
    for waiver in waivers:
        if (fault := _void(waiver, known, today)) is not None:
            faults += [] if _is_told(waiver, found) else [fault]
            continue
        covered = {finding for finding in found if waiver.covers(finding)}
        taken = {finding for finding in covered if may_be_allowed(known[waiver.rule], finding.severity)}
        allowed |= taken
        is_open = waiver.rule in open_ids or waiver.place.file in unread
        faults += _remarks(waiver, known[waiver.rule], covered, taken, today, is_open)
    return Waived(tuple(sorted({*(found - allowed), *faults})), tuple(sorted(allowed)))


def _undecided(findings: Iterable[Finding]) -> set[str]:
    """The rules of which some cluster did not tell enough: their findings may be missing only for that."""
    return {rule for finding in findings if finding.rule == CANNOT_TELL for rule in _IDS.findall(finding.message)}


def _is_told(waiver: Waiver, findings: Iterable[Finding]) -> bool:
    """Whether the profile is refused for this very entry."""
    return bool(waiver.path) and any(
        finding.rule == "PRO001" and finding.position.file == waiver.place.file and finding.path.startswith(waiver.path)
        for finding in findings
    )


def _void(waiver: Waiver, known: Mapping[str, Entry], today: date) -> Finding | None:
    """Why the waiver does not count at all; None where it does."""
    shown = excerpt(waiver.rule)
    if waiver.rule not in known:
        return _finding(waiver, "LNT007", f"found {shown or 'no rule'}; expected the id of a rule, such as EXT001")
    if not waiver.reason:
        return _finding(waiver, "LNT005", f"found no reason for allowing {shown}; without one it is not allowed")
    if waiver.until == date.min:
        message = f"found no day behind until; expected one such as 2027-01-31, without which {shown} is not allowed"
        return _finding(waiver, "LNT006", message)
    if waiver.until and waiver.until < today:
        return _finding(waiver, "LNT006", f"{shown} was allowed until {waiver.until.isoformat()}, and is not any more")
    return None


def _remarks(
    waiver: Waiver, entry: Entry, covered: set[Finding], taken: set[Finding], today: date, is_open: bool
) -> Iterator[Finding]:
    if len(taken) < len(covered) or not (covered or may_be_allowed(entry, entry.severity)):
        what = "what is wrong with a waiver" if entry.id in _OWN else f"{entry.name} ({entry.id})"
        yield _finding(waiver, "LNT008", f"{what} cannot be allowed; expected no waiver of it")
    elif not covered and not is_open:
        yield _finding(waiver, "LNT009", f"{waiver.rule} finds nothing here; expected no waiver where none is needed")
    if taken and waiver.until and waiver.until - today <= _SOON:
        left = (waiver.until - today).days
        yield _finding(waiver, "LNT010", f"{waiver.rule} is allowed until {waiver.until.isoformat()}, {left} more days")


def _finding(waiver: Waiver, rule: str, message: str) -> Finding:
    own = _OWN[rule]
    return Finding(waiver.place, waiver.path, message, own.remedy, own.source, rule, own.severity)
