"""OPR: the MIG manager, whose ways of working Talos does not allow."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart, Value
from talos_gpu.rules.charts.eras import in_every_era, possible_eras
from talos_gpu.rules.charts.settings import environment
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import STACK, is_operator
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_NO_LAYOUT = "all-disabled"
_TRUE = frozenset(("true", "1", "yes", "on"))


def _mig_manager(chart: Chart, facts: Facts) -> Iterator[Offence]:
    place = _wanted_layouts(chart) if is_operator(chart) else None
    if place is None or not possible_eras(facts):
        return
    if in_every_era(facts, lambda era: era.stacks[STACK].validator_succeeds):
        why = "its way to stop the users of a GPU needs systemd and a writable /usr/local"
        told = ".".join(map(str, place.path[-3:])).removeprefix("values.")
        yield Offence(place, f"found {excerpt(told)}; expected no MIG manager because {why}")


def _wanted_layouts(chart: Chart) -> Value | None:
    """Where somebody tells the MIG manager to work, who has cards for it."""
    enabled, config = chart.value("migManager.enabled"), chart.value("migManager.config")
    if enabled.exists and enabled.boolean is not True:
        return None
    named = next((config.get(key) for key in ("name", "default") if config.get(key).text), None)
    if enabled.exists and (named is not None or chart.value("mig.strategy").text == "mixed"):
        return enabled
    return named if named is not None and named.text != _NO_LAYOUT else None


def _reboot(chart: Chart, facts: Facts) -> Iterator[Offence]:
    values = [value for name, value in environment(chart, "migManager.env") if name == "WITH_REBOOT"]
    for value in values if is_operator(chart) else ():
        if (value.text or "").lower() in _TRUE and possible_eras(facts):
            message = "found WITH_REBOOT; expected it to be false because a pod cannot reboot a Talos node"
            yield Offence(value, message, fix=replacing(value, "false"))


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR008",
        name="MIG manager on Talos",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_mig_manager,
        remedy="Write `migManager: {enabled: false}`, and partition the GPUs by other means.",
        source="NVIDIA/mig-parted:cmd/nvidia-mig-manager/main.go@v0.15.0 (inferred)",
    ),
    Rule(
        id="OPR016",
        name="MIG manager that reboots the node",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_reboot,
        remedy="Write WITH_REBOOT=false, and reboot with `talosctl reboot`.",
        source="NVIDIA/mig-parted:deployments/container/nvidia-mig-manager (WITH_REBOOT)",
        waivable=True,
    ),
)
