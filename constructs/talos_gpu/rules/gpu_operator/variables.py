"""OPR: environment variables of operands that do not do what they say."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.eras import possible_eras
from talos_gpu.rules.charts.settings import environment
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import is_operator
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_VALIDATOR_PARTS = ("", "driver.", "toolkit.", "cuda.", "plugin.", "vfioPCI.", "vgpuManager.", "vgpuDevices.")
_DRIVER_FLAGS = (
    "DISABLE_DEV_CHAR_SYMLINK_CREATION",
    "DRIVER_INSTALL_DIR",
    "DRIVER_INSTALL_DIR_CTR_PATH",
    "DRIVER_VALIDATION_SKIP_GPU_INIT",
    "HOST_ROOT",
)
_NO_FLAGS = frozenset(("DRIVER_ROOT", "NVIDIA_DRIVER_ROOT", "CONTAINER_DRIVER_ROOT", "DRIVER_ROOT_CTR_PATH"))
_OVERRULED = frozenset(("NVIDIA_DRIVER_ROOT", "CONTAINER_DRIVER_ROOT", "DRIVER_ROOT_CTR_PATH", "LD_LIBRARY_PATH"))
_OLD_TREES = ("glibc", "/talos-lib")


def _validator_variable(chart: Chart, _: Facts) -> Iterator[Offence]:
    for part in _VALIDATOR_PARTS if is_operator(chart) else ():
        for entry in chart.value(f"validator.{part}env").items():
            name = entry.get("name")
            close = difflib.get_close_matches(name.text or "", _DRIVER_FLAGS, n=2, cutoff=0.8)
            if name.text in _NO_FLAGS:
                message = f"found {name.text}; expected no such variable because the validator does not know it"
                yield Offence(name, message, "Remove it; hostPaths.driverInstallDir names the driver's directory.")
            elif len(close) == 1 and name.text not in _DRIVER_FLAGS and not _is_longer(name.text, close[0]):
                message = f"found {excerpt(name.raw)}; expected {close[0]} because the validator knows no other like it"
                yield Offence(name, message, f"Write {close[0]}.", replacing(name, close[0]))


def _is_longer(name: str | None, known: str) -> bool:
    """Whether it is the known one with something behind it: perhaps a variable of a newer version."""
    return (name or "").startswith(f"{known}_")


def _driver_root(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_operator(chart):
        return
    for name, value in environment(chart, "devicePlugin.env"):
        old = name in _OVERRULED and any(tree in (value.text or "") for tree in _OLD_TREES)
        if old and possible_eras(facts):
            message = (
                f"found {name} with {excerpt(value.raw)}; expected none because the operator tells the plugin where"
            )
            yield Offence(value, f"{message} the driver is, and newer Talos releases have nothing there")


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR015",
        name="variable that the validator does not know",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_validator_variable,
        remedy="Remove it.",
        source="NVIDIA/gpu-operator:cmd/nvidia-validator/main.go; cozystack/cozystack#3585",
    ),
    Rule(
        id="OPR020",
        name="driver root by environment",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_driver_root,
        remedy="Remove the variable.",
        source="NVIDIA/gpu-operator:assets/state-device-plugin/0400_configmap.yaml; siderolabs/talos#13346; docs.siderolabs.com/talos/v1.13 upgrading-talos",
    ),
)
