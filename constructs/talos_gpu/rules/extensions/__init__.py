"""EXT: schematics and the system extensions in them."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.extensions import images, names, nodes, parts
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (*images.RULES, *names.RULES, *nodes.RULES, *parts.RULES)
