"""OPR: values and versions of the GPU operator's chart."""

from __future__ import annotations

from talos_gpu.inventory import Chart
from talos_gpu.rules.gpu_operator import (
    contradictions,
    delivery,
    era_values,
    mig,
    plugin_config,
    scheduling,
    strategies,
    value_paths,
    variables,
    versions,
)
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Chart], ...] = (
    *contradictions.RULES,
    *delivery.RULES,
    *era_values.RULES,
    *mig.RULES,
    *plugin_config.RULES,
    *scheduling.RULES,
    *strategies.RULES,
    *value_paths.RULES,
    *variables.RULES,
    *versions.RULES,
)
