"""What a layout cannot carry, or carries with a warning: for findings and notices of whoever asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from talos_gpu.document import KeyPath

__all__ = ["Hazard"]


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something at `path` of the profile (`("pools", "gpu", "kernelArgs", 0)`) that the layout's tool would misread."""

    path: KeyPath
    message: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    source: str = ""
