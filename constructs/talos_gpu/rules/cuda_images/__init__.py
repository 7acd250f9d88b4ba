"""CUD: images with CUDA inside."""

from __future__ import annotations

from typing import Any

from talos_gpu.rules.cuda_images import demands, tags
from talos_gpu.rules.rule import Rule

__all__ = ["RULES"]

RULES: tuple[Rule[Any], ...] = (*demands.RULES, *tags.RULES)
