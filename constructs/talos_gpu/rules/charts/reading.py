"""Offences for values that a chart does not read, or not in that type: the same for every chart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from talos_gpu.catalog import NotListed, Version
from talos_gpu.inventory import Chart
from talos_gpu.rules.charts.paths import Unread, reads, unread
from talos_gpu.rules.charts.settings import all_tables, value_table
from talos_gpu.rules.charts.types import Mistyped, mistyped
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.rule import Offence
from talos_gpu.yaml_events import excerpt

__all__ = ["ignored", "wrong_type"]

_LEAST = re.compile(r"\s*(?:[~^=v\s]|>=)*(?P<version>\d+\.\d+)(?![^|]*\|)")
"""The least version that a range allows, where it says one and is not a choice of several."""


def ignored(
    chart: Chart, facts: Facts, hint: Callable[[Unread], str], left_out: Callable[[Unread], bool] | None = None
) -> Iterator[Offence]:
    """Yields every value at a path that no template reads; `hint` says what to write instead where names do not.

    Raises:
        Lacking: when the version is not known, after what no version reads and is easily mistaken for something else.
    """
    if not chart.values.is_map:
        return
    try:
        found = list(unread(chart.values, value_table(chart, facts)))
        lacking = None
    except Lacking as fact:
        found = [item for item in _never_read(chart, facts) if item.meant or item.trap or item.dotted or hint(item)]
        lacking = fact
    for item in found:
        if left_out is None or not left_out(item):
            yield _offence(item, _name(chart, lacking is None), hint(item))
    if lacking is not None:
        raise lacking


def _never_read(chart: Chart, facts: Facts) -> Iterator[Unread]:
    """What no version reads of which there is a table; nothing where the release may be of an older one."""
    tables = all_tables(chart, facts)
    for item in unread(chart.values, tables[-1]) if tables and not _is_older(chart, facts) else ():
        if item.dotted or not any(reads(table, item.path) for table in tables):
            yield item


def _is_older(chart: Chart, facts: Facts) -> bool:
    """Whether its version, where it is written, may be one from before the first that is known."""
    known = facts.catalogue.chart(chart.name)
    if not chart.version.exists or isinstance(known, NotListed):
        return False
    least = _LEAST.match(chart.version.raw)
    return least is None or Version.parse(least["version"]) < Version.parse(known.versions[0])


def _offence(found: Unread, name: str, hint: str) -> Offence:
    if found.dotted:
        message = (
            f"found the key {excerpt(found.key)}; expected a map a step because {name} drops a key with dots in it"
        )
        return Offence(found.place, f"{message} in silence", _nested(found))
    expected = f"{found.meant} or nothing" if found.meant and not hint else "a value that the chart reads"
    why = f": {excerpt(found.path)} {found.trap.text}" if found.trap else " in silence"
    message = f"found {excerpt(found.path)}; expected {expected} because {name} drops it{why}"
    return Offence(found.place, message, hint or _instead(found), () if hint else found.fix)


def _name(chart: Chart, is_known: bool) -> str:
    return f"{chart.name} {chart.version.raw}" if is_known else f"every known version of {chart.name}"


def _instead(found: Unread) -> str:
    if found.trap is not None:
        return f"Write instead: {found.trap.instead}." if found.trap.instead else ""
    return f"Write {found.meant}." if found.meant else ""


def _nested(found: Unread) -> str:
    """The lines in which the chart finds the value."""
    lines = (f"{'  ' * depth}{excerpt(step)}:" for depth, step in enumerate(found.path.split(".")))
    return "\n".join(lines) + (f" {excerpt(found.value.raw)}" if found.value.is_scalar else "")


def wrong_type(chart: Chart, facts: Facts) -> Iterator[Offence]:
    """Yields every value whose type the templates drop or fail on."""
    if not chart.values.is_map:
        return
    table = value_table(chart, facts)
    for found in mistyped(chart.values, table):
        happens = "drops anything else in silence" if found.dropped else "cannot be installed with anything else"
        message = f"found a {found.found}; expected a {found.wanted} because {chart.name} {chart.version.raw} {happens}"
        message += f", and {excerpt(found.path)} {found.trap}" if found.trap else ""
        yield Offence(found.value, message, _typed(found), found.fix, severity="warning" if found.dropped else None)


def _typed(found: Mistyped) -> str:
    texts = [item.text for item in found.value.items()]
    if found.wanted == "string" and texts and None not in texts:
        return f'{found.path.rpartition(".")[2]}: "{",".join(text for text in texts if text)}"'
    return f"Write it as a {found.wanted}."
