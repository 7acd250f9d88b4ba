"""K8S: namespaces, runtime classes, validation bridges and workloads."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.kubernetes_objects import bridges, namespaces, runtime_classes, workloads
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (*bridges.RULES, *namespaces.RULES, *runtime_classes.RULES, *workloads.RULES)
