"""OPR: how the operator's device plugin hands GPUs to containers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from talos_gpu.catalog import Era
from talos_gpu.finding import Edit
from talos_gpu.inventory import Chart, Value
from talos_gpu.rules.charts.eras import in_every_era, possible_eras
from talos_gpu.rules.charts.settings import any_tables, environment, setting
from talos_gpu.rules.charts.strategy import BY_ENVIRONMENT, invalid, lacks_cdi, lacks_runtime, needs_cdi, words
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.gpu_operator.chart import is_operator
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_ENV = "devicePlugin.env"
_NAME = "DEVICE_LIST_STRATEGY"
_WITHOUT_CDI = ("envvar",)
_WITH_CDI = ("cdi-annotations", "cdi-cri")
_FORCED = ("envvar", "cdi-annotations")
_CONTROLLER = "NVIDIA/gpu-operator:controllers/object_controls.go (TransformDevicePlugin)"


@dataclass(frozen=True, slots=True)
class _Strategies:
    """What the plugin is told in the end, and the place that decides it; `forced`: the operator overrides the user."""

    words: tuple[str, ...]
    place: Value
    forced: bool


def _strategies(chart: Chart, facts: Facts) -> _Strategies | None:
    """None where only runs can tell."""
    written = _written(chart)
    cdi = setting(chart, "cdi.enabled", facts)
    if not isinstance(cdi.data, bool) or (written is None and not _env_is_known(chart)):
        return None
    told = words(written) if written is not None else None
    if written is not None and told is None:
        return None
    if not cdi.data:
        return _Strategies(told or _WITHOUT_CDI, cdi.value if written is None else written, forced=False)
    if all(_operator_wins(chart, facts)):
        return _Strategies(_FORCED, cdi.value, forced=True)
    return _Strategies(told or _WITH_CDI, cdi.value if written is None else written, forced=False)


def _operator_wins(chart: Chart, facts: Facts) -> Iterator[bool]:
    """Whether the operator writes its own strategies over the user's, in each version that it may be."""
    return (any(trap.effect == "changed" for trap in table.traps.get(_ENV, ())) for table in any_tables(chart, facts))


def _env_is_known(chart: Chart) -> bool:
    env = chart.value(_ENV)
    names = [entry.get("name") for entry in env.items()]
    return chart.complete and not env.opaque and not any(name.opaque for name in names)


def _written(chart: Chart) -> Value | None:
    return next((value for name, value in environment(chart, _ENV) if name == _NAME), None)


def _runs_plugin(chart: Chart) -> bool:
    """Whether the release is the operator, and its device plugin is not switched off."""
    return is_operator(chart) and chart.value("devicePlugin.enabled").boolean is not False


def _cdi_without_specification(chart: Chart, facts: Facts) -> Iterator[Offence]:
    if not _runs_plugin(chart) or not any(lacks_cdi(era) for era in possible_eras(facts)):
        return
    found = _strategies(chart, facts)
    if found is None or not in_every_era(facts, lacks_cdi):
        return
    if not needs_cdi(found.words):
        yield from _idle_classes(chart, facts)
        return
    how = "found" if found.place.exists else "found nothing that switches CDI off, so"
    message = f"{how} {excerpt(','.join(found.words))}; expected envvar because no extension writes a CDI specification"
    yield Offence(found.place, f"{message} on this Talos", fix=_without_cdi(found))


def _idle_classes(chart: Chart, facts: Facts) -> Iterator[Offence]:
    """Where the strategy alone keeps CDI away, pods work, and two classes of the operator lead nowhere."""
    cdi = setting(chart, "cdi.enabled", facts)
    if cdi.data is True:
        how = "found true" if cdi.value.exists else "found nothing that switches CDI off"
        message = f"{how}; expected cdi.enabled false because the operator also creates nvidia-cdi and nvidia-legacy,"
        fix = replacing(cdi.value, "false") if cdi.value.exists else ()
        remedy = "Write `cdi: {enabled: false}` beside the strategy."
        yield Offence(cdi.value, f"{message} whose handlers Talos does not have", remedy, fix, "info")


def _without_cdi(found: _Strategies) -> tuple[Edit, ...]:
    """Off where CDI was switched on by a word, envvar where the strategy itself asks for it."""
    return replacing(found.place, "false" if found.place.boolean is not None else "envvar")


def _invalid(chart: Chart, _: Facts) -> Iterator[Offence]:
    written = _written(chart) if _runs_plugin(chart) else None
    if written is not None:
        yield from invalid(written, _NAME)


def _unfit(chart: Chart, facts: Facts) -> Iterator[Offence]:
    written = _written(chart) if _runs_plugin(chart) else None
    told = words(written) if written is not None else None
    if written is None or told is None:
        return
    found = _strategies(chart, facts)
    if found is not None and found.forced and told != found.words:
        message = (
            f"found {excerpt(written.raw)}; expected none, or CDI switched off, because the operator of this version "
            f"writes {','.join(found.words)} over it"
        )
        yield Offence(written, message, "Write `cdi: {enabled: false}` to keep the strategy.", severity="warning")
    if found is None or found.forced or not set(told) <= BY_ENVIRONMENT or not possible_eras(facts):
        return
    if in_every_era(facts, lacks_runtime):
        message = f"found {excerpt(written.raw)}; expected none because no extension brings a runtime that acts on it"
        yield Offence(written, message)
    elif in_every_era(facts, _has_cdi) and setting(chart, "cdi.enabled", facts).data is True:
        message = f"found {excerpt(written.raw)}; expected none because CDI works on this Talos, and this makes every"
        yield Offence(written, f"{message} GPU pod name a runtimeClassName", severity="info")


def _has_cdi(era: Era) -> bool:
    return not lacks_cdi(era) and not lacks_runtime(era)


RULES: tuple[Rule[Chart], ...] = (
    Rule(
        id="OPR001",
        name="CDI without a specification",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_cdi_without_specification,
        remedy="Write `cdi: {enabled: false}`, and DEVICE_LIST_STRATEGY=envvar under devicePlugin.env.",
        source=f"{_CONTROLLER}; NVIDIA/k8s-device-plugin:internal/cdi/cdi.go; NVIDIA/k8s-device-plugin#621",
        waivable=True,
    ),
    Rule(
        id="OPR013",
        name="unknown device list strategy",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_invalid,
        remedy="Write envvar, volume-mounts, cdi-annotations or cdi-cri, or several of them with commas.",
        source="NVIDIA/k8s-device-plugin:api/config/v1/strategy.go",
        waivable=True,
    ),
    Rule(
        id="OPR014",
        name="device list strategy that does not fit",
        severity="error",
        since="0.1.0",
        looks_at=Chart,
        check=_unfit,
        remedy="Remove DEVICE_LIST_STRATEGY from devicePlugin.env.",
        source=_CONTROLLER,
        waivable=True,
    ),
)
