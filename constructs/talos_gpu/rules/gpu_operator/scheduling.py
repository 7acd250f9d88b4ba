"""OPR: GPU nodes that the operator's pods never reach."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.settings import setting
from talos_gpu.rules.charts.tolerance import toleration_lines, untolerated_taint
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import is_operator
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_OPERANDS = "daemonsets.tolerations"
_WORKER = "node-feature-discovery.worker.tolerations"
_DISCOVERY = "nfd.enabled"


def _kept_off(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not is_operator(chart) or facts.cluster.is_talos is False:
        return
    consequence = {_OPERANDS: "so that no operand runs on one"}
    if setting(chart, _DISCOVERY, facts).data is True:
        consequence[_WORKER] = "so that NFD labels none, and the operator waits for its labels"
    for path, then in consequence.items():
        taint = untolerated_taint(chart, path, facts)
        if taint is not None:
            written = chart.value(path)
            found = f"found {path} without" if written.exists else f"found the default {path}, without"
            message = f"{found} {excerpt(str(taint))}; expected it because every GPU node here has such a taint, {then}"
            place = written if written.exists else chart.version if chart.version.exists else chart.place
            yield Offence(place, message, toleration_lines(taint, path))


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR022",
        name="operands that do not tolerate the taint",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_kept_off,
        remedy="Write a toleration for the taint under daemonsets.tolerations and node-feature-discovery.worker.tolerations.",
        source="NVIDIA/gpu-operator:deployments/gpu-operator/values.yaml (daemonsets.tolerations, "
        "node-feature-discovery.worker.tolerations)",
        waivable=True,
    ),
)
