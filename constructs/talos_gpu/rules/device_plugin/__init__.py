"""DPL: values and versions of the device plugin's chart."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.device_plugin import installation, runtime, scheduling, value_paths
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (*installation.RULES, *runtime.RULES, *scheduling.RULES, *value_paths.RULES)
