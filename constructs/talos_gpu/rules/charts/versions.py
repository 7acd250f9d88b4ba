"""Chart versions against the eras that a cluster may be in."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import ChartVersion, Era, NotListed, Stated, Verdict, Version
from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.eras import in_every_era, possible_eras
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence
from talos_gpu.yaml_events import excerpt

__all__ = ["refused", "too_old"]


def refused(chart: Chart, stack: str, facts: Facts) -> Iterator[Offence]:
    """Yields a version of which it is known that it cannot work."""
    eras = possible_eras(facts)
    if not eras or all(era.stacks[stack].support == "refused" for era in eras):
        return
    version = facts.chart_version(chart)
    if in_every_era(facts, lambda era: _verdict(version, era) is not None):
        verdict = _verdict(version, eras[-1])
        assert verdict is not None
        message = f"found {chart.name} {version.version}; expected another version because {verdict.reason}"
        yield Offence(chart.version, message, _remedy(eras, stack))


def too_old(chart: Chart, stack: str, facts: Facts) -> Iterator[Offence]:
    """Yields a version before the oldest that is known to work, unless it is known not to."""
    eras = possible_eras(facts)
    if not eras:
        return
    number = _number(chart, facts)
    listed = facts.catalogue.chart_version(chart.name, chart.version.raw)
    if in_every_era(facts, lambda era: _is_older(number, era, stack)):
        if not isinstance(listed, NotListed) and any(_verdict(listed, era) is not None for era in eras):
            return
        oldest = min((found for era in eras if (found := _minimum(era, stack))), default=number)
        message = (
            f"found {chart.name} {excerpt(chart.version.raw)}; expected {oldest} or newer because nothing older is "
            "known to work on this Talos"
        )
        yield Offence(chart.version, message, _remedy(eras, stack))


def _number(chart: Chart, facts: Facts) -> Version:
    try:
        return Version.parse(chart.version.raw)
    except ValueError:
        return facts.chart_version(chart).number


def _verdict(version: ChartVersion, era: Era) -> Verdict | None:
    """Why it cannot work, where it cannot."""
    verdict = version.verdicts.get(era.name)
    return verdict if verdict is not None and verdict.answer == "no" else None


def _minimum(era: Era, stack: str) -> Version | None:
    minimum = era.stacks[stack].minimum_chart
    return Version.parse(minimum.value) if isinstance(minimum, Stated) else None


def _is_older(number: Version, era: Era, stack: str) -> bool:
    minimum = _minimum(era, stack)
    return minimum is not None and number < minimum


def _remedy(eras: tuple[Era, ...], stack: str) -> str:
    """The version that is usual here, where all of the eras agree on one."""
    usual = {era.stacks[stack].default_chart for era in eras}
    versions = {fact.value for fact in usual if isinstance(fact, Stated)}
    return f"Write version {versions.pop()}." if len(versions) == 1 and len(usual) == 1 else ""
