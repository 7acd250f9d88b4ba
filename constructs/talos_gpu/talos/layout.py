"""The layouts: one module each behind one interface. A further layout is one module and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from talos_gpu.document import Document, TextDocument
from talos_gpu.plan.model import ClusterPlan
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.hazards import common_hazards
from talos_gpu.talos.layouts import opentofu, talhelper, talosctl, topf
from talos_gpu.talos.step import Step

__all__ = ["LAYOUTS", "Layout", "check", "render", "steps"]


class Layout(Protocol):
    """How machine configuration reaches Talos by one tool."""

    def check(self, plan: ClusterPlan) -> tuple[Hazard, ...]:
        """What the tool would misread or cannot carry."""

    def render(self, plan: ClusterPlan) -> tuple[Document, ...]:
        """The files that the tool reads, below `plan.layout_path`; the schematics are there already."""

    def steps(self, plan: ClusterPlan) -> tuple[Step, ...]:
        """What the operator does with them, phase by phase."""


LAYOUTS: Mapping[str, Layout] = MappingProxyType(
    {"talhelper": talhelper, "topf": topf, "talosctl": talosctl, "opentofu": opentofu}
)


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """What the layout of `plan` would misread or cannot carry; with an error among them it must not be rendered."""
    return (*common_hazards(plan), *LAYOUTS[plan.layout.value].check(plan))


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """The Talos side of a cluster, sorted by path: the schematics, and what the layout asks for."""
    schematics = (
        TextDocument(f"{plan.layout_path}/schematics/{pool.name}.yaml", pool.schematic.text, header=False)
        for pool in plan.pools
    )
    found = (*schematics, *LAYOUTS[plan.layout.value].render(plan))
    return tuple(sorted(found, key=lambda document: document.path))


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """What the operator does, in the order of PHASES and PARTS. Each begins in the repository's root."""
    return LAYOUTS[plan.layout.value].steps(plan)
