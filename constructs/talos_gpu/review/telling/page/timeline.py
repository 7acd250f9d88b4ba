"""What a cluster was from commit to commit: a lane a fact, drawn for eyes, and a table that says the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from talos_gpu.review.review import Moment
from talos_gpu.review.telling.page.visible import clipped

__all__ = ["LANES", "Lane", "Segment", "Stop", "Timeline", "timeline"]

LANES: Mapping[str, str] = {"talos": "Talos", "driver": "Driver", "cuda": "CUDA", "stack": "Stack"}
"""Columns of the fleet's rows, and what people call them."""
_MOST = 24
"""Of more moments at which something changed the newest are told."""
_SIGN = 7.0
"""How wide a letter is drawn, about."""
_START, _WIDTH = 60.0, 720.0


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment at which a version changed, the first, or the last; `changed` names the lanes."""

    when: str
    name: str
    values: Mapping[str, str]
    changed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Segment:
    """A version for as long as it was there, in units of the drawing; `label` is what fits in, `value` the whole."""

    x: float
    width: float
    label: str
    value: str
    shade: int


@dataclass(frozen=True, slots=True)
class Lane:
    """One fact over time."""

    title: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`stops` the oldest first; `skipped` counts moments that changed nothing here, `older` those that are too many."""

    stops: tuple[Stop, ...]
    lanes: tuple[Lane, ...]
    skipped: int
    older: int


def timeline(moments: Sequence[Moment]) -> Timeline | None:
    """The story of a cluster; None where nothing was said of it."""
    if not moments:
        return None
    stops: list[Stop] = []
    before: Mapping[str, str] | None = None
    for moment in moments:
        values = {key: moment.row.get(key, "") for key in LANES}
        changed = frozenset(key for key in LANES if before is not None and before[key] != values[key])
        if before is None or changed:
            stops.append(Stop(_when(moment.when), clipped(moment.name, 120), values, changed))
        before = values
    shown = tuple(stops[-_MOST:])
    return Timeline(
        shown, tuple(_lane(key, shown) for key in LANES), len(moments) - len(stops), len(stops) - len(shown)
    )


def _when(seconds: int) -> str:
    """The day in UTC; empty of a state without a commit, and of times that no calendar has."""
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat() if seconds else ""
    except (OverflowError, OSError, ValueError):
        return ""


def _lane(key: str, stops: Sequence[Stop]) -> Lane:
    """Equal neighbours are one segment; every stop has the same room, for a day and a year are both one step."""
    room = _WIDTH / len(stops)
    segments: list[Segment] = []
    start = 0
    for place in range(1, len(stops) + 1):
        if place == len(stops) or stops[place].values[key] != stops[start].values[key]:
            value = stops[start].values[key]
            width = round((place - start) * room - 2, 1)
            letters = int((width - 12) / _SIGN)
            label = value if len(value) <= letters else f"{value[: letters - 1]}…" if letters > 3 else ""
            segments.append(Segment(round(_START + start * room, 1), width, label or "", value, len(segments) % 2))
            start = place
    return Lane(LANES[key], tuple(segments))
