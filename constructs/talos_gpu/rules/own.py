"""What talos-gpu finds without a rule's check: in the files as files, in waivers, and in profiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from talos_gpu.finding import Severity
from talos_gpu.rules.rule import Rule

__all__ = ["OWN", "Entry", "OwnRule", "may_be_allowed"]


@dataclass(frozen=True, slots=True)
class OwnRule:
    """An id under which reading, waiving or planning reports. As a `Rule`, but nothing is checked by it.

    `waivable` counts for every severity here: what is wrong with a waiver cannot be waived.
    """

    id: str
    name: str
    severity: Severity
    remedy: str
    source: str
    waivable: bool = False
    since: str = "0.1.0"


Entry = Rule[Any] | OwnRule
"""Whatever has an id, a page, a remedy and a source."""


def may_be_allowed(entry: Entry, severity: Severity) -> bool:
    """Whether a waiver may take a finding of this severity away."""
    return entry.waivable or (severity != "error" and isinstance(entry, Rule))


_YAML = "yaml.org/spec/1.2"
_PAGE = "talos-gpu: docs/rules.md"

OWN: tuple[OwnRule, ...] = (
    OwnRule(
        "LNT001",
        "undecided rule",
        "info",
        "Give the option that the message names, or write the fact into the cluster's files.",
        _PAGE,
        waivable=True,
    ),
    OwnRule(
        "LNT002",
        "file not read in full",
        "info",
        "Nothing needs to change; what could not be read was not judged.",
        _PAGE,
        waivable=True,
    ),
    OwnRule(
        "LNT003",
        "broken YAML",
        "error",
        "Write it as YAML 1.2.",
        _YAML,
        waivable=True,
    ),
    OwnRule(
        "LNT004",
        "duplicate key",
        "warning",
        "Keep one of the two.",
        f"{_YAML} section 3.2.1.1 (keys are unique); siderolabs/talos and Flux refuse such a map",
        waivable=True,
    ),
    OwnRule(
        "LNT005",
        "waiver without reason",
        "warning",
        "Write behind the rule why it is allowed here.",
        _PAGE,
    ),
    OwnRule(
        "LNT006",
        "expired waiver",
        "warning",
        "Put right what it allowed, or move its date on purpose.",
        _PAGE,
    ),
    OwnRule(
        "LNT007",
        "waiver of an unknown rule",
        "warning",
        "Write the id that stands beside the finding.",
        _PAGE,
    ),
    OwnRule(
        "LNT008",
        "waiver of what may not be waived",
        "warning",
        "Put right what the rule finds: nothing works with it.",
        _PAGE,
    ),
    OwnRule(
        "LNT009",
        "waiver that matches nothing",
        "info",
        "Remove it.",
        _PAGE,
    ),
    OwnRule(
        "LNT010",
        "waiver that expires soon",
        "info",
        "Put right what it allows before that day.",
        _PAGE,
    ),
    OwnRule(
        "PRO001",
        "profile that is not understood",
        "error",
        "Write what the message expects; editors know the keys by profiles/schema.json.",
        "talos-gpu: profiles/schema.json",
    ),
    OwnRule(
        "PRO002",
        "profile that is refused by its plan",
        "error",
        "Choose what the message offers.",
        "talos-gpu: the catalogue, whose source each message names",
    ),
)
