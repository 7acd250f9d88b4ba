"""DPL: values and versions of the device plugin's chart."""

from __future__ import annotations

from talos_gpu.inventory import Chart
from talos_gpu.rules.device_plugin import installation, runtime, scheduling, value_paths
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Chart], ...] = (*installation.RULES, *runtime.RULES, *scheduling.RULES, *value_paths.RULES)
