"""Cluster by cluster, folded: causes, rollout, versions afterwards, and the difference file by file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from talos_gpu.review.difference.files import FileChange
from talos_gpu.review.impact.verdict import VERDICTS, ClusterImpact, Verdict, at_least
from talos_gpu.review.review import Review
from talos_gpu.review.rollout.plan import Rollout
from talos_gpu.review.states import ClusterChange
from talos_gpu.review.telling.comment import causes, changes, steps
from talos_gpu.review.telling.comment.fitting import Group, Part
from talos_gpu.review.telling.comment.quoting import listed, span, summary
from talos_gpu.review.telling.words import WORDS, counted

__all__ = ["Wrappers", "beside_parts", "cluster_parts"]

Wrappers = dict[Group, tuple[str, str]]
"""What begins and ends each group of parts."""

_CAUSES, _COSTLY_STEPS, _EXPECTED, _MILD_STEPS, _FILES, _WHOLE_FILES = range(1, 7)
"""What is left out last comes first."""
_MOST_LINES, _FEW_LINES = 400, 25


@dataclass(frozen=True, slots=True)
class _Cluster:
    name: str
    change: ClusterChange | None
    impact: ClusterImpact | None
    rollout: Rollout | None

    @property
    def verdict(self) -> Verdict:
        return self.impact.verdict if self.impact else "unknown"

    @property
    def is_quiet(self) -> bool:
        """Whether there is nothing to tell but that its ledger changed."""
        if self.change is None or self.impact is None or self.verdict != "none":
            return False
        return not (self.change.files or self.change.notes or self.impact.notes)


def cluster_parts(review: Review, wrappers: Wrappers) -> Iterator[Part]:
    """The parts of all clusters, the worst first; `wrappers` gets what each cluster is folded into."""
    ordered = sorted(_clusters(review), key=lambda cluster: (-VERDICTS.index(cluster.verdict), cluster.name))
    quiet = [cluster for cluster in ordered if cluster.is_quiet]
    if quiet:
        yield Part((2, 1 << 30), (_CAUSES, 1 << 30), "notes", "clusters without effect", (partial(_quiet, quiet),))
    for number, cluster in enumerate(ordered):
        if cluster.is_quiet:
            continue
        group, inner = f"cluster {cluster.name}", f"files of {cluster.name}"
        wrappers[group] = (f"<details><summary>{_summary(cluster)}</summary>\n\n", "</details>\n\n")
        files = [*cluster.change.files] if cluster.change else []
        wrappers[inner] = (f"<details><summary>{counted(len(files), 'file')} changed</summary>\n\n", "</details>\n\n")
        yield from _told(cluster, number, group)
        yield from _files(review, cluster.name, files, (2, number, 4), number, (group, inner))


def beside_parts(review: Review, wrappers: Wrappers) -> Iterator[Part]:
    """The profiles and catalogue files that changed, and what lies beside the clusters."""
    told = review.difference
    for place, (title, files) in enumerate((("Profiles and catalogue", told.inputs), ("Beside the clusters", told.others))):  # fmt: skip
        group = f"beside {title}"
        wrappers[group] = (f"<details><summary>{title}: {counted(len(files), 'file')} changed</summary>\n\n", "</details>\n\n")  # fmt: skip
        yield from _files(review, title, files, (1 + 2 * place, 0, 0), -1 if not place else 1 << 30, (group,))


def _clusters(review: Review) -> Iterator[_Cluster]:
    rows = {cluster.name: cluster for cluster in review.difference.clusters}
    impacts = {impact.name: impact for impact in review.impacts}
    rollouts = {rollout.cluster: rollout for rollout in review.rollouts}
    for name in dict.fromkeys((*rows, *impacts)):
        yield _Cluster(name, rows.get(name), impacts.get(name), rollouts.get(name))


def _summary(cluster: _Cluster) -> str:
    told = WORDS[cluster.verdict]
    status = cluster.impact.status if cluster.impact else cluster.change.status if cluster.change else "changed"
    reboots = cluster.rollout.reboots if cluster.rollout else None
    more = f", {counted(reboots, 'reboot')}" if reboots else ""
    return f"{told.mark} {summary(cluster.name)} {status}: <b>{told.name}</b>{more}"


def _told(cluster: _Cluster, number: int, group: Group) -> Iterator[Part]:
    def part(place: int, stage: int, what: str, *forms: partial[str]) -> Part:
        return Part((2, number, place), (stage, number, place), what, cluster.name, forms, (group,))

    impact, rollout = cluster.impact, cluster.rollout
    if impact is not None and impact.causes + impact.notes:
        yield part(0, _CAUSES, "causes", partial(causes.causes, impact), partial(causes.by_verdict, impact))
    if cluster.change is not None and not cluster.change.files:
        yield part(1, _CAUSES, "notes", partial(_ledger_alone, cluster.change))
    if rollout is not None and rollout.steps:
        stage = _COSTLY_STEPS if at_least(cluster.verdict, "reboot") else _MILD_STEPS
        yield part(2, stage, "steps", partial(steps.steps, rollout), partial(steps.titles, rollout))
    if rollout is not None and rollout.expected:
        yield part(3, _EXPECTED, "versions afterwards", partial(steps.expected, rollout.expected))


def _quiet(clusters: Sequence[_Cluster]) -> str:
    """Clusters of which the ledger alone changed, without effect."""
    names = listed((span(cluster.name) for cluster in clusters), 600)
    return f"Only the ledger changed, made by another talos-gpu, another catalogue/ or another file: {names}.\n\n"


def _ledger_alone(change: ClusterChange) -> str:
    if change.code_changed:
        return "Another talos-gpu, or another catalogue/, made the same files.\n\n"
    return "Of its files only the ledger changed, which nothing acts on.\n\n"


def _files(
    review: Review,
    whose: str,
    files: Sequence[FileChange],
    place: tuple[int, int, int],
    number: int,
    groups: tuple[Group, ...],
) -> Iterator[Part]:
    """Each file for itself; those of which only the form changed in one line."""
    schematics = review.difference.schematics
    for nth, change in enumerate(sorted((file for file in files if file.has_meaning), key=_prose_last)):
        lines, few = (partial(changes.file_changes, change, schematics, most) for most in (_MOST_LINES, _FEW_LINES))
        whole = change.status != "changed"
        forms = (few, partial(_line, change)) if whole else (lines, few, partial(_line, change))
        stage = _WHOLE_FILES if whole or change.path.endswith(".md") else _FILES
        yield Part((*place, nth), (stage, number, nth), "differences", whose, forms, groups)
    formal = [file for file in files if not file.has_meaning]
    if formal:
        yield Part((*place, 1 << 30), (_WHOLE_FILES, number, 1 << 30), "changes of form", whose, (partial(_form_only, formal),), groups)  # fmt: skip


def _prose_last(change: FileChange) -> tuple[int, str]:
    """What a machine reads comes first, then scripts, then pages that say the same to people."""
    return 2 if change.path.endswith(".md") else int(not change.items), change.path


def _line(change: FileChange) -> str:
    return f"{changes.name_of(change)}\n"


def _form_only(files: Sequence[FileChange]) -> str:
    told = [f"{span(file.path, 300)} ({', '.join(file.form)})" for file in files]
    return f"Form only: {listed(told, 2000, word='more files')}\n\n"
