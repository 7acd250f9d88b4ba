"""Every id that a finding can carry, with its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from talos_gpu.finding import Severity
from talos_gpu.rules.own import Entry, may_be_allowed
from talos_gpu.rules.page import Page, page
from talos_gpu.rules.registry import ENTRIES

__all__ = ["DESCRIBED", "Described"]


@dataclass(frozen=True, slots=True)
class Described:
    """What a rule is, for people and for reports."""

    id: str
    name: str
    severity: Severity
    remedy: str
    source: str
    since: str
    waivable: bool

    @property
    def page(self) -> Page:
        """The rule's page."""
        return page(self.id)


def _described(entry: Entry) -> Described:
    waivable = may_be_allowed(entry, entry.severity)
    return Described(entry.id, entry.name, entry.severity, entry.remedy, entry.source, entry.since, waivable)


DESCRIBED: Mapping[str, Described] = {entry.id: _described(entry) for entry in ENTRIES}
"""By id, sorted."""
