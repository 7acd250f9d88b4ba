"""OPR: values that the Talos release needs, because the driver is an extension and the toolkit mostly too."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from talos_gpu.catalog import Era, RequiredValue
from talos_gpu.inventory import Chart, Cluster, MachineConfig, Node, Value
from talos_gpu.rules.charts.eras import in_every_era, possible_eras
from talos_gpu.rules.charts.settings import Setting, setting
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import STACK, is_operator
from talos_gpu.rules.kubernetes_objects.scheduling import gpu_nodes
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_DRIVER_LABEL, _OPERANDS_LABEL = "nvidia.com/gpu.deploy.driver", "nvidia.com/gpu.deploy.operands"
_WANTED = frozenset(("", "true"))
"""The values under which the operator still runs its driver there: it writes `true` where the key is absent or empty."""
_INSTALL_DIR = "hostPaths.driverInstallDir"
_VENDOR = "docs.siderolabs.com/talos/v1.13 nvidia-gpu"


def _driver(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not _is_kept_away(facts.cluster):
        yield from _differing("driver.enabled", chart, facts)


def _install_dir(chart: Chart, facts: Facts) -> Iterator[Offence]:
    yield from _differing(_INSTALL_DIR, chart, facts)
    found = chart.value(_INSTALL_DIR)
    elsewhere = {era.driver_install_dir for era in facts.catalogue.eras()} - {None}
    if not is_operator(chart) or _plain(found.text) not in elsewhere:
        return
    if in_every_era(facts, lambda era: era.driver_install_dir is None):
        message = f"found {excerpt(found.raw)}; expected none because libraries and programs of the driver lie in"
        yield Offence(found, f"{message} different trees on this Talos", "Remove it.", severity="warning")


def _differing(path: str, chart: Chart, facts: Facts) -> Iterator[Offence]:
    """What differs at `path` from what every era needs that the cluster may be in."""
    if not is_operator(chart):
        return
    needs = [need for era in possible_eras(facts) if (need := _need(era, path)) is not None]
    if not needs:
        return
    found = setting(chart, path, facts)
    if found.is_known and in_every_era(facts, lambda era: _differs(_need(era, path), found)):
        wanted = _word(needs[0].value)
        message = f"{_told(found, path)}; expected {wanted} because {_reason(needs[0].why)}"
        yield Offence(found.value, message, _lines(path, wanted), replacing(found.value, wanted))


def _need(era: Era, path: str) -> RequiredValue | None:
    return next((need for need in era.stacks[STACK].values if ".".join(need.path) == path), None)


def _differs(need: RequiredValue | None, found: Setting) -> bool:
    return need is not None and _plain(found.data) != _plain(need.value)


def _plain(data: object) -> object:
    """A path without its last slash; a quoted boolean as the boolean that the chart prints."""
    if isinstance(data, str):
        return {"true": True, "false": False}.get(data, data.rstrip("/"))
    return data


def _told(found: Setting, path: str) -> str:
    if found.value.exists:
        return f"found {_word(found.data)}"
    return f"found no {path}, which is {_word(found.data)} by default"


def _reason(why: str) -> str:
    return f"it is {why}" if why.startswith("where ") else why


def _word(data: object) -> str:
    if data is None:
        return "null"
    return str(data).lower() if isinstance(data, bool) else excerpt(str(data))


def _lines(path: str, wanted: str) -> str:
    above, _, key = path.partition(".")
    return f"{above}:\n  {key}: {wanted}"


def _is_kept_away(cluster: Cluster) -> bool:
    """Whether labels keep the operator's driver off every GPU node, or may do so where not all is said of each."""
    nodes = gpu_nodes(cluster)
    if nodes and all(node.complete for node in nodes):
        return all(any(map(_keeps_away, _labels(node))) for node in nodes)
    places = [place for node in cluster.of(Node) for place in _labels(node)]
    for document in (document for config in cluster.of(MachineConfig) for document in config.documents):
        places += [document.get("machine", "nodeLabels"), document.get("labels")]
    return any(map(_keeps_away, places))


def _labels(node: Node) -> tuple[Value, ...]:
    return node.under("KubeNodeConfig", "labels", "machine", "nodeLabels")


def _keeps_away(labels: Value) -> bool:
    driver, operands = labels.get(_DRIVER_LABEL), labels.get(_OPERANDS_LABEL)
    return driver.opaque or driver.raw not in _WANTED or operands.opaque or operands.raw == "false"


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR005",
        name="operator's driver on Talos",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_driver,
        remedy="Write `driver: {enabled: false}`, or give every GPU node the label `nvidia.com/gpu.deploy.driver: "
        "pre-installed`.",
        source="NVIDIA/gpu-operator#647; siderolabs/talos#8402",
        waivable=True,
    ),
    Rule(
        id="OPR006",
        name="toolkit of the wrong era",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=partial(_differing, "toolkit.enabled"),
        remedy="Write `toolkit: {enabled: false}` where the extension carries the toolkit.",
        source=f"{_VENDOR}; NVIDIA/gpu-operator#2382",
        waivable=True,
    ),
    Rule(
        id="OPR012",
        name="directory of the driver",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_install_dir,
        remedy="Write the directory that the extension puts the driver into under hostPaths.driverInstallDir.",
        source=_VENDOR,
        waivable=True,
    ),
    Rule(
        id="OPR021",
        name="NRI plugin switched off",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=partial(_differing, "cdi.nriPluginEnabled"),
        remedy="Write `cdi: {enabled: true, nriPluginEnabled: true}`.",
        source="docs.siderolabs.com/talos/v1.15 nvidia-gpu; NVIDIA/gpu-operator commit d91f4aa65",
        waivable=True,
    ),
)
