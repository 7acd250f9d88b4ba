"""UPG: what an upgrade to a target release runs into."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.rule import Rule
from talos_gpu.rules.upgrades import leftovers, target

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (*leftovers.RULES, *target.RULES)
