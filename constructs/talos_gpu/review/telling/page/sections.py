"""What is told of each cluster, section by section: the first of every cluster before the second of any."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import groupby

from markupsafe import Markup

from talos_gpu.review.difference.files import FileChange
from talos_gpu.review.difference.schematics import Schematics
from talos_gpu.review.impact.verdict import Cause
from talos_gpu.review.rollout.plan import Phase, Rollout
from talos_gpu.review.telling.page.content import Cluster
from talos_gpu.review.telling.page.environment import part
from talos_gpu.review.telling.page.files import FileView
from talos_gpu.review.telling.page.fitting import Form, Room
from talos_gpu.review.telling.page.timeline import LANES, timeline
from talos_gpu.review.telling.words import counted

__all__ = ["articles", "file_views", "finding_forms"]

Anchors = Mapping[str, str]
"""Where on the page each file's difference is."""

_PHASES: Mapping[Phase, str] = {
    "before": "Before, while the old release still runs",
    "node": "Node after node",
    "after": "After, when all nodes are well",
}
_ORDER = ("causes", "steps", "versions afterwards", "findings", "timelines", "differences", "decisions")
"""As they follow each other in a cluster."""
_MOST_CAUSES, _FEW, _FEW_FINDINGS = 200, 12, 20
_MOST_FILES = 400
_OPEN = 3
"""Up to so many clusters that changed stand open: a reader of one need not ask for it."""
_DIFFERENCES = 0.75
"""The part of what is left that differences may have; a file may have at least `_LEAST` of it while there is any."""
_LEAST = 4096
_FEW_LINES = (8, 60)
"""A difference that is told shorter has at least so many lines that changed, and at most."""
_LINE_BYTES = 400


def articles(told: Sequence[Cluster], schematics: Schematics, anchors: Anchors, room: Room) -> list[Markup]:
    """Every cluster for which there is room, in their order, with as much of it as there is room for."""
    here = [cluster for cluster in told if room.take("whole clusters", partial(_shell, cluster)) is not None]
    sections: dict[int, dict[str, Markup]] = {cluster.number: {} for cluster in here}
    left_out: dict[int, list[str]] = {cluster.number: [] for cluster in here}
    for what, forms_of in _sections(anchors):
        if what == "differences":
            _differences(here, sections, schematics, anchors, room)
        for cluster in here:
            forms = forms_of(cluster)
            found = room.take(what, *forms) if forms else Markup("")
            if found is None:
                left_out[cluster.number].append(what)
            elif found:
                sections[cluster.number][what] = found
    few = sum(cluster.verdict is not None for cluster in here) <= _OPEN
    return [
        _article(cluster, sections[cluster.number], left_out[cluster.number], few and cluster.verdict is not None)
        for cluster in here
    ]


def file_views(
    files: Sequence[FileChange], schematics: Schematics, anchors: Anchors, room: Room, remaining: int = 0
) -> Markup:
    """The files, each with its fair share of the room; `remaining` counts those that are told later."""
    told = []
    for number, change in enumerate(files[:_MOST_FILES]):
        share = max(_LEAST, room.left // max(1, min(len(files), _MOST_FILES) - number + remaining))
        view = FileView(change, anchors[change.path], schematics)
        found = room.take("differences", *_file_forms(view, share), most=share)
        if found is not None:
            told.append(found)
    left = len(files) - len(told)
    more = part("left_out", counted(left, "more file")) if left else Markup("")
    return Markup("").join([*told, more])


def finding_forms(found: Sequence[object], anchors: Anchors, heading: str) -> tuple[Form, ...]:
    """Findings under a heading: all of them, or the worst."""
    return tuple(
        partial(part, "findings", found[:most], len(found[most:]), anchors, heading)
        for most in dict.fromkeys((len(found), min(len(found), _FEW_FINDINGS)))
        if found
    )


def _sections(anchors: Anchors) -> tuple[tuple[str, Callable[[Cluster], tuple[Form, ...]]], ...]:
    """What is told, the most important first. Differences are shared out among all clusters."""
    return (
        ("causes", partial(_causes, anchors)),
        ("steps", _rollout),
        ("versions afterwards", _expected),
        ("findings", lambda cluster: finding_forms(cluster.findings, anchors, "h4")),
        ("differences", lambda _: ()),
        ("timelines", _timeline),
        ("decisions", _decisions),
    )


def _shell(cluster: Cluster) -> Markup:
    """A cluster with nothing but its verdicts, and the words about all that found no room."""
    return _article(cluster, {}, _ORDER, True)


def _article(cluster: Cluster, sections: Mapping[str, Markup], left_out: Sequence[str], opened: bool) -> Markup:
    return part("cluster", cluster, [sections[what] for what in _ORDER if what in sections], left_out, opened)


def _causes(anchors: Anchors, cluster: Cluster) -> tuple[Form, ...]:
    every = cluster.impact.causes if cluster.impact else ()
    telling = [cause for cause in every if cause.verdict != "none"]
    mild = [cause for cause in every if cause.verdict == "none"]
    counts = dict.fromkeys(min(len(telling), most) for most in (_MOST_CAUSES, _FEW))
    return tuple(partial(_told_causes, cluster, telling, mild, most, anchors) for most in counts) if every else ()


def _told_causes(
    cluster: Cluster, telling: Sequence[Cause], mild: Sequence[Cause], most: int, anchors: Anchors
) -> Markup:
    told = Markup("").join(part("cause", cause, cluster, anchors) for cause in telling[:most])
    return part("causes", told, mild, len(telling[most:]))


def _rollout(cluster: Cluster) -> tuple[Form, ...]:
    plan = cluster.rollout
    if plan is None or not (plan.steps or plan.blocked):
        return ()
    return (partial(part, "rollout", plan, _phases(plan)), partial(part, "titles", plan))


def _phases(plan: Rollout) -> list[tuple[str, list[object]]]:
    return [(_PHASES[phase], list(steps)) for phase, steps in groupby(plan.steps, lambda step: step.phase)]


def _expected(cluster: Cluster) -> tuple[Form, ...]:
    rows = cluster.rollout.expected if cluster.rollout else ()
    return (partial(part, "expected", rows),) if rows else ()


def _timeline(cluster: Cluster) -> tuple[Form, ...]:
    line = timeline(cluster.moments)
    return (partial(part, "timeline", line, LANES, cluster.name),) if line else ()


def _decisions(cluster: Cluster) -> tuple[Form, ...]:
    return (partial(part, "decisions", cluster.pools),) if cluster.decisions else ()


def _differences(
    here: Sequence[Cluster],
    sections: Mapping[int, dict[str, Markup]],
    schematics: Schematics,
    anchors: Anchors,
    room: Room,
) -> None:
    files = {cluster.number: _files(cluster) for cluster in here}
    remaining = Counter({number: min(len(found), _MOST_FILES) for number, found in files.items()}).total()
    with room.part(_DIFFERENCES) as share:
        for cluster in here:
            found = files[cluster.number]
            remaining -= min(len(found), _MOST_FILES)
            if found:
                told = file_views(found, schematics, anchors, share, remaining)
                sections[cluster.number]["differences"] = part("differences", told, len(found))


def _files(cluster: Cluster) -> list[FileChange]:
    """What tools act on first, then what people read, then changes of form alone, the ledger last."""
    if cluster.change is None:
        return []
    files = sorted(cluster.change.files, key=lambda file: (not file.has_meaning, file.file.endswith(".md")))
    return [*files, *((cluster.change.ledger_file,) if cluster.change.ledger_file else ())]


def _file_forms(view: FileView, share: int) -> tuple[Form, ...]:
    """The whole difference where it may fit, its beginning, its name."""
    bare = partial(part, "file", view, Markup(""), "Its lines are left out here." if view.lines else "")
    if view.lines is None:
        return (bare,)
    few = max(_FEW_LINES[0], min(_FEW_LINES[1], share // _LINE_BYTES))
    forms: tuple[Form, ...] = (lambda: _file(view, view.short(few), "Unchanged lines are left out here."), bare)
    return (lambda: _file(view, view.long(), ""), *forms) if view.least_bytes <= share else forms


def _file(view: FileView, lines: Markup, cut: str) -> Markup:
    return part("file", view, lines, cut)
