"""GIT: how releases and objects reach the cluster."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.delivery import argocd, flux, values, versions
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (*argocd.RULES, *flux.RULES, *values.RULES, *versions.RULES)
