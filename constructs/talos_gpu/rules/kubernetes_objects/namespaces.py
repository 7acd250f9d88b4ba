"""K8S: namespaces that let the pods of a GPU stack in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from talos_gpu.inventory import Chart, Object, Value
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.kubernetes_objects.privilege import ENFORCE, LEVEL, is_let_in, occupants
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_PLACEHOLDERS = frozenset(("not-used", "placeholder", "replaced"))
_SOURCE = "docs.siderolabs.com/talos/v1.13 nvidia-gpu and pod-security; siderolabs/talos:pkg/machinery/config/generate/init.go"
_LABEL = f"Write `{ENFORCE}: {LEVEL}` under metadata.labels of the namespace."


def _unlabelled(item: Object, facts: Facts) -> Iterator[Offence]:
    if item.kind != "Namespace" or not item.live or facts.cluster.is_talos is False:
        return
    what = occupants(facts).get(item.name)
    labels = item.root.get("metadata", "labels")
    level = labels.get(ENFORCE)
    if what is None or labels.opaque or level.opaque or level.text == LEVEL or is_let_in(item.name, facts.cluster):
        return
    if level:
        found = f"found {excerpt(level.raw)}; expected {LEVEL} because Pod Security refuses pods of {what} otherwise"
        yield Offence(level, found, fix=replacing(level, LEVEL))
        return
    if not facts.runs_talos:
        return
    default = "Talos enforces baseline where nothing is said, which refuses pods of"
    message = f"found no {ENFORCE}; expected {LEVEL} because {default} {what}"
    yield Offence(item.root.get("metadata", "name"), message)


def _created(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if facts.cluster.is_talos is False or chart.object is None or not chart.object.live:
        return
    switch = _switch(chart.object)
    if switch is None or chart.namespace not in occupants(facts) or _has_object(chart.namespace, facts):
        return
    # Other clusters enforce nothing without a label.
    if not is_let_in(chart.namespace, facts.cluster) and facts.runs_talos:
        message = (
            "found a namespace that is created bare; expected one with the privileged label because Talos enforces "
            f"baseline, which refuses pods of the chart {chart.name}"
        )
        yield Offence(switch, message)


def _switch(release: Object) -> Value | None:
    """Where a tool of delivery is told to create the namespace."""
    spec = release.root.get("spec")
    flux = spec.get("install", "createNamespace")
    if flux.boolean is True:
        return flux
    options = (*spec.get("syncPolicy", "syncOptions").items(),)
    options += (*spec.get("template", "spec", "syncPolicy", "syncOptions").items(),)
    return next((option for option in options if option.text == "CreateNamespace=true"), None)


def _has_object(namespace: str, facts: Facts) -> bool:
    """Whether some object may be the namespace: that of its name, or one that is named by a tool later."""
    spaces = [item for item in facts.cluster.of(Object) if item.kind == "Namespace"]
    return any(
        item.name == namespace or item.name in _PLACEHOLDERS or not _NAME.fullmatch(item.name) for item in spaces
    )


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="K8S001",
        name="namespace that is not privileged",
        severity="error",
        since="0.1.0",
        looks_at=Object,
        check=_unlabelled,
        remedy=_LABEL,
        source=_SOURCE,
        waivable=True,
    ),
    Rule(
        id="K8S002",
        name="namespace created without its label",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_created,
        remedy=f"Write a Namespace object with the label `{ENFORCE}: {LEVEL}`; in Argo CD managedNamespaceMetadata.",
        source=_SOURCE,
        waivable=True,
    ),
)
