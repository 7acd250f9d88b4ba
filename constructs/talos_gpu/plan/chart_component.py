"""Which components of a chart run, by its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from talos_gpu.catalog import ValueTable
from talos_gpu.plan.merge import value_at

__all__ = ["default_value", "runs", "switched_on"]

_ABSENT = object()

_SWITCHES = {
    "device-plugin": ("devicePlugin",),
    "gpu-feature-discovery": ("gfd",),
    "node-feature-discovery": ("nfd", "gfd"),
}
"""Component to the keys that switch it on and off, where they differ; the first that is not null decides."""

_SANDBOX = frozenset(
    {
        "ccManager",
        "kataManager",
        "kataSandboxDevicePlugin",
        "sandboxDevicePlugin",
        "vfioManager",
        "vgpuDeviceManager",
        "vgpuManager",
    }
)
"""Operands that wait for sandboxWorkloads.enabled, whatever their own switch says
(NVIDIA/gpu-operator:controllers/state_manager.go@v26.3.3)."""


def default_value(table: ValueTable, path: tuple[str, ...], absent: Any = None) -> Any:
    """The chart's default at `path`, or `absent`."""
    fact = table.value(".".join(path))
    return fact.default if fact and fact.has_default else absent


def runs(component: str, merged: Mapping[str, Any], table: ValueTable) -> bool:
    """Whether the chart runs that component: nobody wants a value for an image that is never pulled."""
    first = component.split(".")[0]
    if first in _SANDBOX and not switched_on(("sandboxWorkloads", "enabled"), merged, table):
        return False
    for key in _SWITCHES.get(first, (first,)):
        enabled = _switch((key, "enabled"), merged, table)
        if enabled is not None:
            return enabled is _ABSENT or bool(enabled)
    return False


def switched_on(path: tuple[str, ...], merged: Mapping[str, Any], table: ValueTable) -> bool:
    """Whether the switch at `path` is on; one that the chart does not have is off."""
    enabled = _switch(path, merged, table)
    return enabled is not _ABSENT and bool(enabled)


def _switch(path: tuple[str, ...], merged: Mapping[str, Any], table: ValueTable) -> Any:
    return value_at(merged, path, default_value(table, path, _ABSENT))
