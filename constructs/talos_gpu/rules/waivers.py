"""Waivers as people write them: comments in any file, and `allow` in a profile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from talos_gpu.finding import Finding, Position
from talos_gpu.inventory import Cluster, SourceFile, Value
from talos_gpu.inventory.profile import is_profile

__all__ = ["Waiver", "waivers"]

_COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//)[ \t]*talos-gpu:[ \t]*allow\b[ \t]*(?P<rest>.*)")
_REST = re.compile(
    r"(?P<rule>[A-Z][A-Z0-9]{2}\d{3}(?![A-Za-z0-9])|\S*)"
    r"(?:[ \t]+until[ \t]+(?P<until>\d[^\s:,]*))?[\s:,-]*(?P<reason>.*)"
)
"""Behind `until` a word that starts with a digit is meant as a day: a slip in it must not allow for ever."""
_ONLY_COMMENT = re.compile(r"\s*(?:#|//)")
_BEFORE_ANY_TEXT = re.compile(r"\s*(?:(?:#|//).*|---\s*|%.*)?")


@dataclass(frozen=True, slots=True)
class Waiver:
    """What somebody allows, and where that is written.

    It covers findings in `files`; where `lines` is given, only those that stand on one of them (0: the file itself).
    `until` is the last day on which it counts.
    """

    rule: str
    reason: str
    until: date | None
    place: Position
    path: str
    files: frozenset[str]
    lines: frozenset[int] | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether the finding is of this rule, and where the waiver counts."""
        place = finding.position
        return (
            finding.rule == self.rule
            and place.file in self.files
            and (self.lines is None or place.line in self.lines)
        )  # fmt: skip


def waivers(files: Mapping[str, SourceFile], clusters: Iterable[Cluster]) -> tuple[Waiver, ...]:
    """Every waiver that the files hold, in order."""
    known = tuple(clusters)
    found = (chain(_commented(file), _declared(file, known)) for file in files.values())
    return tuple(chain.from_iterable(found))


def _commented(file: SourceFile) -> Iterator[Waiver]:
    if b"talos-gpu:" not in file.data:
        return
    lines = file.lines
    for index, line in enumerate(lines):
        comment = _COMMENT.search(line)
        rest = _REST.fullmatch(comment["rest"].strip()) if comment else None
        if comment is None or rest is None:
            continue
        place = Position(file.path, index + 1, comment.start() + 1)
        yield Waiver(
            rest["rule"],
            rest["reason"],
            _day(rest["until"] or ""),
            place,
            "",
            frozenset([file.path]),
            frozenset(_lines(lines, index, alone=not line[: comment.start()].strip())),
        )


def _lines(lines: Sequence[str], index: int, *, alone: bool) -> Iterator[int]:
    """The lines that a comment speaks of: its own, or the first below that is no comment; on top, the file too."""
    if not alone:
        yield index + 1
        return
    yield next((at + 1 for at in range(index + 1, len(lines)) if not _ONLY_COMMENT.match(lines[at])), index + 1)
    if all(_BEFORE_ANY_TEXT.fullmatch(line) for line in lines[:index]):
        yield 0


def _declared(file: SourceFile, clusters: tuple[Cluster, ...]) -> Iterator[Waiver]:
    for root in file.documents:
        if not is_profile(root):
            continue
        files = frozenset([file.path]).union(*_described(root, file, clusters))
        for entry in root.get("allow").items():
            rule, reason, until = (entry.get(key).text or "" for key in ("rule", "reason", "until"))
            yield Waiver(rule, reason.strip(), _day(until), entry.place, entry.shown_path, files)


def _described(profile: Value, file: SourceFile, clusters: tuple[Cluster, ...]) -> Iterator[frozenset[str]]:
    """The files of the cluster that the profile describes: known by its name, or by the profile among its files."""
    name = profile.get("cluster").text
    for cluster in clusters:
        if file.path in cluster.files or cluster.name.rpartition("/")[2] == name:
            yield cluster.files


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return date.min
