"""GIT: what Argo CD applies, and in which order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from talos_gpu.catalog import Missing
from talos_gpu.inventory import Chart, Object, Pod, Value
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule

__all__ = ["RULES"]

_WAVE = "argocd.argoproj.io/sync-wave"
_GROUP, _KIND = "nvidia.com", "ClusterPolicy"
_FIELD = "/spec/cdi/default"
_ELSEWHERE = re.compile(r"\s*\.(?:(?:metadata|status)\b|spec\.(?!cdi\b)\w+)")
"""A jq path that plainly leads to another field."""
_PLUGIN = "nvidia-device-plugin"
_COMPARE = "argocd.argoproj.io/compare-options"
_DIFF_PARAMETER = "controller.diff.server.side"
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}")
_OPTIONS = "argo-cd.readthedocs.io/en/stable/user-guide/sync-options"


def _class_too_late(item: Object, facts: Facts) -> Iterator[Offence]:
    """A RuntimeClass in the same wave comes after DaemonSets: Argo CD knows no order for its kind."""
    own = _wave(item.root)
    if item.kind != "RuntimeClass" or not item.live or own is None or not _uses_argocd(facts):
        return
    for name, other in (*_daemon_sets(item, facts), *_charts(item, facts)):
        if own < other:
            continue
        message = (
            f"found RuntimeClass {item.name} in wave {own}; expected one before {other}, that of DaemonSet "
            f"{name}, because its pods are refused while the class is missing"
        )
        place = item.root.get("metadata", "annotations", _WAVE)
        where = place or item.root.get("metadata", "name")
        yield Offence(where, message, severity=None if own > other else "warning")
        return


def _daemon_sets(item: Object, facts: Facts) -> Iterator[tuple[str, int]]:
    """The DaemonSets that need the class, by name, with their waves."""
    for pod in facts.cluster.of(Pod):
        if pod.kind != "DaemonSet" or pod.owner is None or not pod.owner.live or not _together(item, pod.owner, facts):
            continue
        wave = _wave(pod.owner.root)
        if pod.spec.get("runtimeClassName").text == item.name and wave is not None:
            yield pod.owner.name, wave


def _charts(item: Object, facts: Facts) -> Iterator[tuple[str, int]]:
    """The charts beside it in an Application of several sources whose DaemonSet needs the class: they set no wave."""
    for chart in facts.cluster.of(Chart):
        release = chart.object
        if chart.name != _PLUGIN or chart.origin != "argocd" or release is None or not release.live:
            continue
        paths = (source.get("path").text for source in _spec(release).get("sources").items())
        beside = any(path and item.root.place.file.startswith(f"{path.strip('/')}/") for path in paths)
        if beside and chart.value("runtimeClassName").text == item.name:
            yield f"of the chart {chart.name}", 0


def _together(one: Object, other: Object, facts: Facts) -> bool:
    """Whether the same Application applies both: waves order nothing beyond it."""
    return _applied_from(one, facts) == _applied_from(other, facts)


def _applied_from(item: Object, facts: Facts) -> str:
    """The deepest folder around an object that an Application names, or else its own folder."""
    file = item.root.place.file
    sources = (spec for found in facts.cluster.of(Object) for spec in _sources(found))
    paths = [(source.get("path").text or "").strip("/") for source in sources]
    around = [path for path in paths if path and file.startswith(f"{path}/")]
    return max(around, key=len, default=file.rpartition("/")[0])


def _sources(item: Object) -> Iterator[Value]:
    """The sources of an Application; of any other object none."""
    if item.kind in ("Application", "ApplicationSet"):
        spec = _spec(item)
        yield from (spec.get("source"), *spec.get("sources").items())


def _spec(item: Object) -> Value:
    """The spec of an Application, or of those that an ApplicationSet makes."""
    return item.root.get("spec", "template", "spec") if item.kind == "ApplicationSet" else item.root.get("spec")


def _wave(root: Value) -> int | None:
    """The sync wave of an object; None where it is not known."""
    place = root.get("metadata", "annotations", _WAVE)
    if not place.exists:
        return 0
    return int(place.raw) if _NUMBER.fullmatch(place.raw) else None


def _uses_argocd(facts: Facts) -> bool:
    """Whether Argo CD is what applies the cluster's objects."""
    items = [item for item in facts.cluster.of(Object) if item.live]
    kinds = {item.kind for item in items}
    annotated = any(item.root.get("metadata", "annotations", _WAVE).exists for item in items)
    return "HelmRelease" not in kinds and (annotated or not kinds.isdisjoint(("Application", "ApplicationSet")))


def _client_side(chart: Chart, _: Facts) -> Iterator[Offence]:
    spec = _application(chart)
    if spec is None or _source(spec, chart).get("helm", "skipCrds").boolean is True:
        return
    options = spec.get("syncPolicy", "syncOptions")
    written = [option.raw for option in options.items()]
    if options.opaque or any(option.opaque for option in options.items()):
        return
    if not {"ServerSideApply=true", "Replace=true"}.intersection(written):
        message = (
            "found no ServerSideApply=true; expected it because the operator's CRDs do not fit into the annotation "
            "that client-side apply writes"
        )
        yield Offence(options or _name(chart), message)


def _drift(chart: Chart, facts: Facts) -> Iterator[Offence]:
    spec = _application(chart)
    if spec is None or not chart.complete or chart.value("cdi.default").exists or _ignored_everywhere(facts):
        return
    if chart.object is not None and _compares_on_server(chart.object):
        return
    entries = spec.get("ignoreDifferences")
    if entries.opaque or any(_ignores(entry) for entry in entries.items()) or not _fills_in(chart, facts):
        return
    message = (
        f"found nothing about {_FIELD} of {_KIND} under ignoreDifferences; expected it because the cluster fills it "
        "in and the Application is never in sync"
    )
    yield Offence(entries or _name(chart), message)


def _application(chart: Chart) -> Value | None:
    """The spec of the Application that delivers the operator."""
    release = chart.object
    if chart.name != "gpu-operator" or chart.origin != "argocd" or release is None or not release.live:
        return None
    return _spec(release)


def _source(spec: Value, chart: Chart) -> Value:
    return next(
        (item for item in spec.get("sources").items() if item.get("chart").text == chart.name), spec.get("source")
    )


def _name(chart: Chart) -> Value:
    """Where to speak of the Application as a whole."""
    return (chart.object.root if chart.object is not None else chart.place).get("metadata", "name")


def _ignores(entry: Value) -> bool:
    """Whether it speaks of the field, or may: what a manager of fields owns is not known here."""
    if entry.get("group").text not in (_GROUP, "*") or entry.get("kind").text not in (_KIND, "*"):
        return False
    pointers, queries = entry.get("jsonPointers"), entry.get("jqPathExpressions")
    return (
        entry.get("managedFieldsManagers").exists
        or any(item.opaque or _is_above(item.raw) for item in pointers.items())
        or any(item.opaque or not _ELSEWHERE.match(item.raw) for item in queries.items())
    )


def _is_above(pointer: str) -> bool:
    """Whether a JSON pointer leads to the field, or to a map that holds it."""
    return f"{_FIELD}/".startswith(f"{pointer.rstrip('/')}/")


def _ignored_everywhere(facts: Facts) -> bool:
    """Whether Argo CD's own settings speak of the kind, or compare on the server, where defaults are no difference."""
    for item in (item for item in facts.cluster.of(Object) if item.kind == "ConfigMap"):
        data = item.root.get("data")
        if item.name == "argocd-cmd-params-cm" and data.get(_DIFF_PARAMETER).raw == "true":
            return True
        if item.name == "argocd-cm" and any(map(_speaks_of_kind, (key for key, _ in data.pairs()))):
            return True
    return False


def _speaks_of_kind(key: str) -> bool:
    return key.startswith("resource.customizations") and f"{_GROUP}_{_KIND}" in key


def _compares_on_server(release: Object) -> bool:
    """Whether the Application asks the API server for its differences."""
    above = ("spec", "template", "metadata") if release.kind == "ApplicationSet" else ("metadata",)
    options = release.root.get(*above, "annotations", _COMPARE)
    return options.opaque or "ServerSideDiff=true" in options.raw


def _fills_in(chart: Chart, facts: Facts) -> bool:
    """Whether this version of the chart leaves the field to the default of its CRD."""
    table = facts.chart_version(chart).values
    fact = None if isinstance(table, Missing) else table.value.value("cdi.default")
    return fact is not None and not fact.declared


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="GIT004",
        name="RuntimeClass in the wave of the DaemonSets",
        severity="error",
        since="0.1.0",
        looks_at=Object,
        check=_class_too_late,
        remedy=f'Write the annotation `{_WAVE}: "-1"` on the RuntimeClass, or any wave before the DaemonSet\'s.',
        source="argoproj/gitops-engine:pkg/sync/sync_tasks.go (no RuntimeClass in the order of kinds)",
        waivable=True,
    ),
    Rule(
        id="GIT005",
        name="operator's CRDs without server-side apply",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_client_side,
        remedy="Write `- ServerSideApply=true` under spec.syncPolicy.syncOptions.",
        source=f"NVIDIA/gpu-operator#194; {_OPTIONS}",
    ),
    Rule(
        id="GIT006",
        name="drift of the ClusterPolicy",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_drift,
        remedy=(
            "Write `{group: nvidia.com, kind: ClusterPolicy, jsonPointers: [/spec/cdi/default]}` under"
            " spec.ignoreDifferences, and RespectIgnoreDifferences=true under syncOptions."
        ),
        source="NVIDIA/gpu-operator#2795; NVIDIA/gpu-operator#2866",
    ),
)
