"""UPG: whether the target can be reached, and what of the cluster it still serves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.catalog import Flavour, Gpu, Missing, Release, Version
from talos_gpu.inventory import Chart, Node, Schematic
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.gpu_operator.chart import STACK, is_operator
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.rules.upgrades.crossing import crossing, place_of
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_FLAVOURS: tuple[Flavour, ...] = ("open", "proprietary")


def _driver(subject: object, facts: Facts) -> Iterator[Offence]:
    if not isinstance(subject, Schematic | Node) or facts.cluster.target is None:
        return
    schematic = subject if isinstance(subject, Schematic) else subject.schematic
    if schematic is None:
        return
    for entry in schematic.extensions:
        name = (entry.text or "").removeprefix("siderolabs/")
        for flavour in _FLAVOURS:
            for track, official in facts.minor.nvidia_extensions.get(flavour, {}).items():
                if official == name:
                    names = subject.gpus if isinstance(subject, Node) else ()
                    lost = _lost(track, flavour, facts.gpus(names), facts)
                    if lost:
                        yield Offence(entry, lost)


def _lost(track: str, flavour: Flavour, gpus: tuple[Gpu, ...], facts: Facts) -> str:
    """Why the target's driver drives none of the products that may be meant, though today's drives one of them."""
    new = facts.target_release
    if track not in new.minor.nvidia_extensions.get(flavour, {}):
        return (
            f"found {track}; expected a track that {new.minor.name} has because it publishes no {flavour} modules in it"
        )
    old_driver, driver = _version(facts.release, track), _version(new, track)
    today = [gpu for gpu in gpus if facts.catalogue.drives(old_driver, flavour, gpu).answer != "no"]
    then = [facts.catalogue.drives(driver, flavour, gpu) for gpu in today]
    if not then or any(verdict.answer != "no" for verdict in then):
        return ""
    return f"found {track}, which is {driver} in {new.tag}; expected a driver for this GPU because {then[0].reason}"


def _version(release: Release, track: str) -> str:
    fact = release.driver(track)
    if isinstance(fact, Missing):
        raise Lacking(fact.what)
    return fact.value


def _old_chart(chart: Chart, facts: Facts) -> Iterator[Offence]:
    across = crossing(facts) if is_operator(chart) and (chart.object is None or chart.object.live) else None
    if across is None:
        return
    stack = across.new.stacks[STACK]
    oldest = stack.minimum_chart
    if isinstance(oldest, Missing) or not _number(chart, facts) < Version.parse(oldest.value):
        return
    message = (
        f"found {chart.name} {excerpt(chart.version.raw)}; expected {oldest.value} or newer with the upgrade from "
        f"{across.minors} because nothing older is known to work there"
    )
    usual = stack.default_chart
    remedy = "" if isinstance(usual, Missing) else f"Write version {usual.value} together with the upgrade of Talos."
    yield Offence(chart.version, message, remedy)


def _number(chart: Chart, facts: Facts) -> Version:
    try:
        return Version.parse(chart.version.raw)
    except ValueError:
        return facts.chart_version(chart).number


def _several_minors(_: object, facts: Facts) -> Iterator[Offence]:
    if facts.cluster.target is None or facts.cluster.is_talos is False:
        return
    minors = facts.catalogue.minors()
    old, new = facts.minor.name, facts.target_minor.name
    between = minors[minors.index(old) + 1 : minors.index(new)]
    if between:
        message = f"found an upgrade from {old} to {new}; expected one minor at a time because Talos is tested so"
        remedy = f"Upgrade to the newest release of {', then of '.join(between)} first."
        yield Offence(place_of(facts.cluster.talos, facts), message, remedy)


def _kubernetes(_: object, facts: Facts) -> Iterator[Offence]:
    if facts.cluster.target is None or facts.cluster.is_talos is False:
        return
    version, release = facts.kubernetes, facts.target_release
    allowed = release.kubernetes_range
    if isinstance(allowed, Missing):
        raise Lacking(f"the Kubernetes versions of {release.tag}")
    if version not in allowed.value:
        found = f"found Kubernetes {version}; expected {allowed.value} because Talos {release.tag} runs no other"
        older = version < allowed.value.oldest
        remedy = "Upgrade Kubernetes first." if older else "Take a release of Talos that runs this Kubernetes."
        yield Offence(place_of(facts.cluster.kubernetes, facts), found, remedy)


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="UPG005",
        name="driver that the target does not have for this GPU",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_driver,
        remedy="Take a track or a flavour that still drives the GPU, or stay on this minor.",
        source="siderolabs/extensions, Git tags; NVIDIA driver README, Supported GPUs",
        waivable=True,
    ),
    Rule(
        id="UPG006",
        name="several minors in one upgrade",
        severity="warning",
        since="0.1.0",
        looks_at=object,
        check=_several_minors,
        remedy="Upgrade minor by minor.",
        source="docs.siderolabs.com/talos upgrading-talos",
    ),
    Rule(
        id="UPG007",
        name="Kubernetes that the target does not run",
        severity="error",
        since="0.1.0",
        looks_at=object,
        check=_kubernetes,
        remedy="Take Kubernetes to a version that both releases run, before the upgrade.",
        source="siderolabs/talos:pkg/machinery/compatibility",
        waivable=True,
    ),
    Rule(
        id="UPG008",
        name="operator too old for the target",
        severity="warning",
        since="0.1.0",
        looks_at=Chart,
        check=_old_chart,
        remedy="Write a newer version of the chart together with the upgrade of Talos.",
        source="docs.siderolabs.com/talos/v1.13 nvidia-gpu; NVIDIA/gpu-operator commit d91f4aa65",
    ),
)
