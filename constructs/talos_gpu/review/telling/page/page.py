"""The page, put together: what matters most has room first, and what has none is counted and said."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from talos_gpu.review.impact.verdict import VERDICTS
from talos_gpu.review.review import Review
from talos_gpu.review.telling.page.content import Cluster, Danger, anchors, clusters, dangers, findings_elsewhere
from talos_gpu.review.telling.page.environment import asset, part, whole
from talos_gpu.review.telling.page.fitting import Room
from talos_gpu.review.telling.page.policy import data_block, policy
from talos_gpu.review.telling.page.sections import articles, file_views, finding_forms
from talos_gpu.review.telling.page.visible import clipped
from talos_gpu.review.telling.words import WORDS, totals, unrendered, verdict_of

__all__ = ["MOST_BYTES", "page"]

MOST_BYTES = 10 << 20
"""Larger pages are not opened on a phone, nor kept by those who keep what CI makes."""

_FRAME = 128 << 10
"""Kept free for what is always there: style, script, headline, filters and the words about what is left out."""
_COLUMNS: Mapping[str, str] = {
    "talos": "Talos",
    "era": "Era",
    "gpus": "GPUs",
    "driver": "Driver",
    "cuda": "CUDA",
    "stack": "Stack",
    "delivery": "Delivery",
}
_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#3f6212"/>'
    '<path d="M3 5h6M3 8h10M3 11h4" stroke="#fff" stroke-width="1.6"/></svg>'
)
_MOST_OPTIONS, _MOST_BLOCKED = 100, 20
_DANGERS, _BESIDE = 0.125, 0.25
"""The parts of what is left that dangers, and files beside the clusters, may have."""


def page(review: Review, *, most: int = MOST_BYTES) -> str:
    """The review as one HTML page of at most `most` bytes, where that is not less than half a mebibyte.

    It needs nothing from anywhere, works without its script, and is the same for the same review.
    """
    room = Room(most - _FRAME)
    every = clusters(review)
    threats = dangers(every)
    places = anchors(review)
    shown = _dangers(threats, places, room)
    rows, search = _rows(every, room)
    schematics = review.difference.schematics
    with room.part(_BESIDE) as share:
        inputs = file_views(review.difference.inputs, schematics, places, share)
        others = file_views(review.difference.others, schematics, places, share)
    told = articles([cluster for cluster in every if cluster.is_told], schematics, places, room)
    elsewhere = finding_forms(findings_elsewhere(review, every), places, "h2")
    return whole(
        **_frame(review, search),
        clusters=told,
        blocked=[cluster for cluster in every if cluster.rollout and cluster.rollout.blocked][:_MOST_BLOCKED],
        dangers=Markup("").join(shown),
        danger_count=len(threats),
        dangers_left=len(threats) - len(shown),
        rows=Markup("").join(rows),
        rows_left=len(every) - len(rows),
        filters=_filters(every),
        total=len(every),
        inputs=inputs,
        others=others,
        elsewhere=room.take("findings", *elsewhere) if elsewhere else None,
        cut=_cut(room),
        most=f"{most / (1 << 20):.3g} MiB",
    )


def _frame(review: Review, search: Mapping[str, str]) -> dict[str, Any]:
    told = review.difference
    style, script = asset("page.css"), asset("page.js")
    before, after = told.before.tree.name, told.after.tree.name
    return {
        "policy": policy(style, script),
        "style": Markup(style),  # noqa: S704 (ours: the policy holds its digest)
        "script": Markup(script),  # noqa: S704 (the same)
        "search": data_block(search),
        "icon": f"data:image/svg+xml;base64,{base64.b64encode(_ICON.encode()).decode()}",
        "title": f"{clipped(before, 100)} → {clipped(after, 100)}: talos-gpu review",
        "before": before,
        "after": after,
        "changed": not told.is_empty or bool(review.impacts),
        "verdict": verdict_of(review),
        "totals": totals(review),
        "unrendered": unrendered(review.difference),
        "finding_count": len(review.findings),
        "columns": _COLUMNS,
    }


def _dangers(threats: Sequence[Danger], places: Mapping[str, str], room: Room) -> list[Markup]:
    """As many as there is room for; the others stand with their clusters."""
    shown: list[Markup] = []
    with room.part(_DANGERS) as share:
        for danger in threats:
            told = share.take("dangers", partial(part, "danger", danger, places))
            if told is None:
                break
            shown.append(told)
    return shown


def _rows(every: Sequence[Cluster], room: Room) -> tuple[list[Markup], dict[str, str]]:
    """The fleet's rows, and the words by which a search finds them beside what they show."""
    rows: list[Markup] = []
    search: dict[str, str] = {}
    for cluster in every:
        row = room.take("rows of the fleet", partial(part, "row", cluster, _COLUMNS))
        if row is None:
            room.cut["rows of the fleet"] += len(every) - len(rows) - 1
            break
        rows.append(row)
        words = cluster.words if cluster.verdict else ""
        size = len(data_block({str(cluster.number): words})) + 1
        if words and size < room.left:
            search[str(cluster.number)] = words
            room.left -= size
    return rows, search


def _filters(every: Sequence[Cluster]) -> list[tuple[str, str, list[tuple[str, str, int]]]]:
    """The choices: an element's id, its label, and value, text and number of each."""
    verdicts = Counter(cluster.verdict for cluster in every)
    changed = sum(number for verdict, number in verdicts.items() if verdict)
    judged = [(verdict, WORDS[verdict].name, verdicts[verdict]) for verdict in reversed(VERDICTS) if verdicts[verdict]]
    first = [("changed", "all that change", changed)] if changed else []
    last = [("unchanged", "unchanged", verdicts[None])] if verdicts[None] else []
    releases = Counter(cluster.row.get("talos", "") for cluster in every)
    stacks = Counter(cluster.row.get("stack", "").split(" ")[0] for cluster in every)
    return [
        ("verdict", "Verdict", [*first, *judged, *last]),
        ("talos", "Talos", _options(releases)),
        ("stack", "Stack", _options(stacks)),
    ]


def _options(counts: Counter[str]) -> list[tuple[str, str, int]]:
    """By name, and the commonest alone where there are too many. Rows of longer texts cannot be chosen."""
    common = [value for value, _ in counts.most_common(_MOST_OPTIONS) if value and len(value) <= 100]
    return [(value, value, counts[value]) for value in sorted(common)]


def _cut(room: Room) -> str:
    """What was left out or told shorter, in numbers."""
    both = room.cut + room.shorter
    return ", ".join(f"{number:,} of the {what}" for what, number in sorted(both.items()) if number)
