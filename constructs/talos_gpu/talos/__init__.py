"""How a node is told: schematics, machine-config patches, and the files that a layout's tool reads."""

from __future__ import annotations

from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.layout import LAYOUTS, Layout, check, render, steps
from talos_gpu.talos.step import PARTS, PHASES, Part, Phase, Step

__all__ = ["LAYOUTS", "PARTS", "PHASES", "Hazard", "Layout", "Part", "Phase", "Step", "check", "render", "steps"]
