"""The rows of facts that tell what a change costs: the first that fits decides."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from talos_gpu.catalog.version import Version
from talos_gpu.review.impact.event import About, Event
from talos_gpu.review.impact.verdict import Verdict
from talos_gpu.talos.applying import applying

__all__ = ["Fit", "Rule", "about", "rules", "secret_keys"]

Fit = Literal["fits", "in parts", "cannot tell", "no"]
"""in parts: it may fit parts of the event. cannot tell: it needs the running release, and nobody knows that."""

_REST = "**"


@dataclass(frozen=True, slots=True)
class Rule:
    """A row. Every condition that it has must hold; `path` may have several patterns, of which one must.

    A pattern is steps with blanks between them: `*` stands for any text inside a step, `**` at its end for everything
    below, and for the place itself. `came` and `went` are patterns of the text after and before; `part` is a pattern
    whose groups must differ between both. `beside` names a key that must stand beside it. `order` compares versions.
    """

    id: str
    about: About
    verdict: Verdict
    why: str
    source: str
    checked: str
    do: str = ""
    back: str = ""
    of: tuple[str, ...] = ()
    path: tuple[tuple[str, ...], ...] = ()
    change: tuple[str, ...] = ()
    file: tuple[str, ...] = ()
    since: str = ""
    before: str = ""
    """The running release is this one or newer (`since`), and older than that one (`before`)."""
    arriving_before: str = ""
    """The release that the change brings is older than this one, or nobody knows it."""
    applying: str = ""
    role: str = ""
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    came: re.Pattern[str] | None = None
    went: re.Pattern[str] | None = None
    part: re.Pattern[str] | None = None
    beside: str = ""
    order: str = ""
    selects: bool = False
    """The last step is a label by which the stack's pods find their nodes."""
    patterns: tuple[str, ...] = field(default=())
    """The paths as they are written."""

    def fit(self, event: Event) -> Fit:
        """Whether it decides what the event costs."""
        if not self._concerns(event):
            return "no"
        place = self._place(event.steps)
        if place == "no":
            return "no"
        running = event.context.running
        if not running and (self.since or self.before or self.applying):
            return "cannot tell" if place == "fits" else place
        if running and not (self._runs(running) and self._arrives(event.context.arriving)):
            return "no"
        if place == "fits" and self.applying:
            place = self._applied(running, event.steps)
        return place if place != "fits" or self._value_fits(event) else "no"

    def _concerns(self, event: Event) -> bool:
        return (
            (not self.of or event.of in self.of)
            and (not self.change or event.kind in self.change)
            and (not self.file or any(fnmatchcase(event.file, pattern) for pattern in self.file))
            and (not self.role or event.context.role == self.role)
            and event.every_flag.issuperset(self.when)
            and event.every_flag.isdisjoint(self.unless)
        )

    def _place(self, steps: Sequence[str]) -> Fit:
        if not self.path:
            return "fits"
        found = {_compared(pattern, steps) for pattern in self.path}
        return "fits" if "fits" in found else "in parts" if "in parts" in found else "no"

    def _arrives(self, arriving: str) -> bool:
        return not (self.arriving_before and arriving) or _minor(arriving) < Version.parse(self.arriving_before)

    def _runs(self, running: str) -> bool:
        minor = _minor(running)
        return (not self.since or minor >= Version.parse(self.since)) and (
            not self.before or minor < Version.parse(self.before)
        )

    def _applied(self, running: str, steps: Sequence[str]) -> Fit:
        found = applying(running, tuple(steps))
        return "in parts" if found == "by-field" else "fits" if found == self.applying else "no"

    def _value_fits(self, event: Event) -> bool:
        before, after = event.full
        return (
            (self.went is None or self.went.search(before) is not None)
            and (self.came is None or self.came.search(after) is not None)
            and (self.part is None or _parts(self.part, before) != _parts(self.part, after))
            and (not self.selects or event.context.selectors.issuperset(event.steps[-1:]))
            and (not self.beside or event.has_beside(self.beside))
            and (not self.order or self.order == _order(before, after))
        )


def _minor(release: str) -> Version:
    """A pre-release of a minor behaves as the minor does."""
    return Version.parse(Version.parse(release).minor)


def _compared(pattern: Sequence[str], steps: Sequence[str]) -> Fit:
    rest = bool(pattern) and pattern[-1] == _REST
    fixed = pattern[:-1] if rest else pattern
    if not all(_alike(one, step) for one, step in zip(fixed, steps, strict=False)):
        return "no"
    if len(steps) < len(fixed):
        return "in parts"
    return "fits" if rest or len(steps) == len(fixed) else "no"


def _alike(pattern: str, step: str) -> bool:
    """`*` alone is special: brackets are how an item of a list is named."""
    return pattern == "*" or step == pattern or ("*" in pattern and _glob(pattern).fullmatch(step) is not None)


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def _parts(pattern: re.Pattern[str], text: str) -> tuple[str | Any, ...]:
    """What the pattern finds; nothing on both sides is no difference."""
    found = pattern.search(text)
    return found.groups() if found else ()


def _order(before: str, after: str) -> str:
    try:
        old, new = Version.parse(before), Version.parse(after)
    except ValueError:
        return ""
    return "older" if new < old else "newer" if new > old else "same"


@cache
def rules() -> tuple[Rule, ...]:
    """All rows, in the order in which they are asked."""
    data = _data()
    return tuple(_rule(row, data["sources"]) for row in data["rules"])


@cache
def about(row: str) -> About | None:
    """What a row is about; None where it is no row of the facts."""
    return next((rule.about for rule in rules() if rule.id == row), None)


@cache
def secret_keys() -> frozenset[str]:
    """Keys whose values no report shows."""
    return frozenset(_data()["secret"])


@cache
def _data() -> Mapping[str, Any]:
    import yaml

    text = (files("talos_gpu.review") / "data" / "impact.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return data


def _rule(row: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]) -> Rule:
    source = sources[row["source"]]
    patterns = _texts(row.get("path", ()))
    value: Mapping[str, str] = row.get("value", {})
    talos: Mapping[str, str] = row.get("talos", {})
    return Rule(
        id=row["id"],
        about=row["about"],
        verdict=row["verdict"],
        why=row["why"],
        source=source["text"],
        checked=str(source["checked"]),
        do=row.get("do", ""),
        back=row.get("back", ""),
        of=_texts(row.get("of", ())),
        path=tuple(tuple(pattern.split()) for pattern in patterns),
        change=_texts(row.get("change", ())),
        file=_texts(row.get("file", ())),
        since=talos.get("from", ""),
        before=talos.get("before", ""),
        arriving_before=talos.get("arrivingBefore", ""),
        applying=row.get("applying", ""),
        role=row.get("role", ""),
        when=_texts(row.get("when", ())),
        unless=_texts(row.get("unless", ())),
        came=_pattern(value, "after"),
        went=_pattern(value, "before"),
        part=_pattern(value, "part"),
        beside=row.get("beside", ""),
        order=value.get("order", ""),
        selects=row.get("selects", False),
        patterns=patterns,
    )


def _texts(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _pattern(value: Mapping[str, str], key: str) -> re.Pattern[str] | None:
    return re.compile(value[key]) if key in value else None
