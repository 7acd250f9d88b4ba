"""What is wrong: one rule a small unit, an explicit registry, and the engine that runs them."""

from __future__ import annotations

from talos_gpu.rules.described import DESCRIBED, Described
from talos_gpu.rules.engine import check
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.own import Entry
from talos_gpu.rules.registry import ENTRIES, RULES
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["DESCRIBED", "ENTRIES", "RULES", "Described", "Entry", "Facts", "Lacking", "Offence", "Rule", "check"]
