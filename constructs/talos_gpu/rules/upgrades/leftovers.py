"""UPG: what was right before the upgrade, and is in the way after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from talos_gpu.finding import Severity
from talos_gpu.inventory import Chart, Node, Object, Pod, Value
from talos_gpu.rules.charts.settings import environment
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.kubernetes_objects.bridge import bridge_of
from talos_gpu.rules.machine_config.machine_files import files_of
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.rules.upgrades.crossing import crossing
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_GUIDE = "docs.siderolabs.com/talos/v1.13 upgrading-talos"
_PLUGIN = "nvidia-device-plugin"
_SEARCH_PATH = "LD_LIBRARY_PATH"
_OPERANDS = ("devicePlugin.env", "gfd.env", "dcgmExporter.env")
_NVIDIAS_OWN = re.compile(r"/(?:k8s-device-plugin|gpu-feature-discovery|dcgm-exporter)(?:[:@]|$)")
_OLD_PATHS = re.compile(r"/talos-lib\b|/usr/local/glibc\b")


def _toolkit_config(node: Node, facts: Facts) -> Iterator[Offence]:
    across = crossing(facts)
    if across is None or across.old.toolkit_config == across.new.toolkit_config:
        return
    for file in files_of(node):
        path, op = file.get("path"), file.get("op")
        if path.text == across.old.toolkit_config and op.text in {"append", "overwrite"}:
            message = f"found {op.raw} of {path.raw}; expected it gone before the upgrade from {across.minors} because"
            yield Offence(op, f"{message} the file is not there any more, and the node fails on it at every boot")


def _own_stack(subject: object, facts: Facts) -> Iterator[Offence]:
    if isinstance(subject, Object) and _is_runtime_class(subject):
        place, what = subject.root.get("metadata", "name"), "a RuntimeClass nvidia of your own"
    elif isinstance(subject, Chart) and subject.name == _PLUGIN and _is_live(subject.object):
        place, what = _place(subject), "a release of the device plugin"
    else:
        return
    across = crossing(facts)
    if across is None:
        return
    support = across.new.stacks["device-plugin"]
    message = f"found {what}; expected the GPU operator in its place before the upgrade from {across.minors} because"
    severity: Severity | None = None if support.support == "refused" else "warning"
    yield Offence(place, f"{message} {support.why}", severity=severity)


def _place(chart: Chart) -> Value:
    return chart.version or chart.place


def _is_runtime_class(item: Object) -> bool:
    return item.kind == "RuntimeClass" and item.live and item.root.get("handler").text == "nvidia"


def _bridge(pod: Pod, facts: Facts) -> Iterator[Offence]:
    found = bridge_of(pod, facts.cluster)
    across = crossing(facts) if found else None
    if found is None or across is None:
        return
    if across.old.stacks["gpu-operator"].bridge and not across.new.stacks["gpu-operator"].bridge:
        message = f"found a validation bridge; expected it gone after the upgrade from {across.minors} because it hides"
        yield Offence(found.place, f"{message} what the operator's own check would say")


def _hacks(subject: object, facts: Facts) -> Iterator[Offence]:
    paths, search = (_texts(subject), _search_paths(subject)) if facts.cluster.target else ([], [])
    across = crossing(facts) if paths or search else None
    if across is None or across.old.driver_install_dir is not None:
        return
    for place in paths:
        yield Offence(place, _hack(place, across.minors))
    for place in (place for place in search if place not in paths):
        found = (
            f"found {_SEARCH_PATH} {excerpt(place.raw)}; expected none after the upgrade from {across.minors} because"
        )
        yield Offence(place, f"{found} the libraries move into the usual paths", severity="warning")


def _hack(place: Value, minors: str) -> str:
    found = f"found {excerpt(place.raw)}; expected no path of the old driver tree after the upgrade from {minors}"
    return f"{found} because the libraries move, and the container finds none or the wrong ones"


def _texts(subject: object) -> list[Value]:
    if isinstance(subject, Chart) and _is_live(subject.object):
        tree = subject.values
    elif isinstance(subject, Pod) and _is_live(subject.owner):
        tree = subject.spec
    else:
        return []
    return [value for value in tree.walk() if value.text and _OLD_PATHS.search(value.text)]


def _search_paths(subject: object) -> list[Value]:
    """LD_LIBRARY_PATH of a pod that only looks after GPUs: somebody helped it to find the libraries."""
    if isinstance(subject, Chart) and subject.name == "gpu-operator" and _is_live(subject.object):
        variables = [item for path in _OPERANDS for item in environment(subject, path)]
    elif isinstance(subject, Pod) and _is_live(subject.owner):
        own = [item for item in subject.containers if _NVIDIAS_OWN.search(item.get("image").raw)]
        variables = [(entry.get("name").raw, entry.get("value")) for item in own for entry in item.get("env").items()]
    else:
        return []
    return [value for name, value in variables if name == _SEARCH_PATH and value]


def _is_live(item: Object | None) -> bool:
    return item is None or item.live


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="UPG001",
        name="change of the toolkit's configuration before an upgrade",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_toolkit_config,
        remedy="Remove the entry, and apply the config, before the upgrade.",
        source="siderolabs/extensions:nvidia-gpu/nvidia-container-toolkit/nvidia-container-runtime/pkg.yaml",
    ),
    Rule(
        id="UPG002",
        name="own RuntimeClass and device plugin across an upgrade",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_own_stack,
        remedy="Uninstall the device plugin and delete the RuntimeClass before the upgrade, then install the GPU operator.",
        source=_GUIDE,
        waivable=True,
    ),
    Rule(
        id="UPG003",
        name="validation bridge across an upgrade",
        severity="warning",
        since="0.1.0",
        looks_at=Pod,
        check=_bridge,
        remedy="Remove the bridge together with the upgrade, and set hostPaths.driverInstallDir of the operator.",
        source="docs.siderolabs.com/talos/v1.13 nvidia-gpu; NVIDIA/gpu-operator:validator/main.go",
    ),
    Rule(
        id="UPG004",
        name="path of the old driver tree across an upgrade",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_hacks,
        remedy="Remove the setting, or follow the vendor's values for the new release.",
        source="siderolabs/talos#13346",
        waivable=True,
    ),
)
