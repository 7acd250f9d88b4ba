"""DRV: drivers, GPUs, and how GPUs are divided."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.drivers import branches, mig, modules, sharing
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (*branches.RULES, *mig.RULES, *modules.RULES, *sharing.RULES)
