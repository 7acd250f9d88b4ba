"""Which drafts describe the same cluster, and what is known of it when they are put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from talos_gpu.finding import Position
from talos_gpu.inventory.chart_version import with_versions
from talos_gpu.inventory.cluster import Cluster, Said
from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.home import Home, cluster_folder, compatible, defines_cluster, home_of, homes, is_foreign
from talos_gpu.inventory.subject import Chart, ImageReference, MachineConfig, Node, Pod, Subject

__all__ = ["join"]


def join(
    drafts: Sequence[Draft], talos: Said | None, kubernetes: Said | None, gpus: tuple[Said, ...]
) -> tuple[Cluster, ...]:
    """The clusters that the drafts describe.

    What defines a cluster (a talconfig, a topf.yaml, a profile, a template, a machine config) makes one of it; the
    rest joins the cluster that its folder speaks for. What may be for any of several is a cluster of its own, of
    which holds what all of them agree on. The options hold where no file says anything, or only the minor of what they say.
    """
    given = Cluster("", (), talos=talos, kubernetes=kubernetes, gpus=gpus)
    known = homes(_sources(drafts))
    defining = {id(draft) for home in known for draft in home.sources}
    members: dict[Home, list[Draft]] = {home: [] for home in known}
    strays: dict[tuple[str, bool, str], list[Draft]] = {}
    folders = frozenset(draft.folder for draft in drafts if draft.together)
    several = len(known) > 1 or any("clusters/" in path for draft in drafts for path in draft.files)
    for draft in drafts:
        for part in _settled(draft, several, known) if id(draft) not in defining else ():
            home = home_of(part, known, folders)
            if home is not None:
                members[home].append(part)
            else:
                folder = cluster_folder(part.folder, folders)
                strays.setdefault((folder, part.is_talos is False, part.cluster), []).append(part)
    joined = [_cluster(home.name, home.sources, others, given) for home, others in members.items()]
    shared = _agreed_by(joined, given)
    alone = [
        _cluster(cluster or folder, (), group, given if folder or foreign or cluster else shared)
        for (folder, foreign, cluster), group in strays.items()
    ]
    return (*joined, *alone)


def _sources(drafts: Sequence[Draft]) -> list[Draft]:
    """The drafts that define clusters; where none does, those that contradict one another about Talos."""
    defining = [draft for draft in drafts if defines_cluster(draft)]
    stating = [draft for draft in drafts if draft.talos]
    return defining or (stating if _agreed(draft.talos for draft in stating) is None else [])


def _settled(draft: Draft, several: bool, known: Sequence[Home]) -> Iterator[Draft]:
    """Its parts; beside a Talos cluster each is for another distribution only as far as its folder is."""
    folders = {_place(subject).file.rpartition("/")[0] for subject in draft.subjects}
    if draft.together or not known or not (draft.foreign or any(is_foreign(at, (), known) for at in folders)):
        yield from _parts(draft, several)
        return
    for part in _parts(draft, several=True):
        at = part.folder if len(folders) > 1 else "".join(folders)
        foreign = is_foreign(at, draft.foreign, known)
        yield replace(part, is_talos=False if foreign else None if draft.is_talos is False else draft.is_talos)


def _parts(draft: Draft, several: bool) -> Iterator[Draft]:
    """The draft, by folders where it may be shared by several clusters."""
    subjects: dict[str, list[Subject]] = {}
    for subject in draft.subjects:
        subjects.setdefault(_place(subject).file.rpartition("/")[0], []).append(subject)
    if draft.together or not several or len(subjects) < 2:
        yield draft
        return
    for folder, own in subjects.items():
        yield replace(
            draft,
            folder=folder,
            subjects=tuple(own),
            files=frozenset(path for path in draft.files if path.rpartition("/")[0] == folder),
            talos=_said_in(folder, draft.talos),
            contract=_said_in(folder, draft.contract),
            kubernetes=_said_in(folder, draft.kubernetes),
        )


def _said_in(folder: str, said: Said | None) -> Said | None:
    """A fact, for the part of a draft that it stands in."""
    return said if said and said.by and said.by.file.rpartition("/")[0] == folder else None


def _place(subject: Subject) -> Position:
    if isinstance(subject, Chart | MachineConfig | Node):
        return subject.place.place
    if isinstance(subject, ImageReference):
        return subject.value.place
    return (subject.spec if isinstance(subject, Pod) else subject.root).place


def _cluster(name: str, sources: Sequence[Draft], others: Sequence[Draft], given: Cluster) -> Cluster:
    """The first source has the last word; the others count where they do not contradict one another."""
    drafts = (*sources, *others)
    return Cluster(
        name=name,
        subjects=with_versions([subject for draft in drafts for subject in draft.subjects]),
        talos=_or_given(_said([draft.talos for draft in sources], [draft.talos for draft in others]), given.talos),
        contract=_said([draft.contract for draft in sources], [draft.contract for draft in others]) or given.contract,
        kubernetes=_or_given(
            _said([draft.kubernetes for draft in sources], [draft.kubernetes for draft in others]), given.kubernetes
        ),
        gpus=_gpus(sources) or _gpus(others) or given.gpus,
        is_talos=_is_talos(drafts, given),
        admission_removed=any(draft.admission_removed for draft in drafts) or given.admission_removed,
        files=frozenset().union(*(draft.files for draft in drafts)),
        declared=next((draft.declared for draft in drafts if draft.declared), {}),
    )


def _said(sources: Sequence[Said | None], others: Sequence[Said | None]) -> Said | None:
    first = next((said for said in sources if said), None)
    if first is None:
        return _agreed(others)
    # A minor is the same word, only shorter, than a release of it.
    finer = [said for said in (*sources, *others) if said and said.value.startswith(f"{first.value}.")]
    return _agreed(finer) or first


def _or_given(said: Said | None, given: Said | None) -> Said | None:
    """What files say; the option where they say nothing, or only the minor of it."""
    return given if said is None or (given and given.value.startswith(f"{said.value}.")) else said


def _agreed(said: Iterable[Said | None]) -> Said | None:
    """What all who say anything agree on, as exactly as one of them says it."""
    words = sorted((word for word in said if word), key=lambda word: len(word.value), reverse=True)
    return words[0] if words and all(compatible(words[0].value, word.value) for word in words) else None


def _gpus(drafts: Iterable[Draft]) -> tuple[Said, ...]:
    found: dict[str, Said] = {}
    for draft in drafts:
        for gpu in draft.gpus:
            found.setdefault(gpu.value, gpu)
    return tuple(found.values())


def _is_talos(drafts: Sequence[Draft], given: Cluster) -> bool | None:
    """Whether it is Talos: one word for it outweighs those against it, and any word a mere hint."""
    words = {draft.is_talos for draft in drafts if draft.is_talos is not None}
    if words or given.is_talos is not None or given.talos:
        return True in words if words else given.is_talos
    return False if any(draft.hardly_talos for draft in drafts) else None


def _agreed_by(clusters: Sequence[Cluster], given: Cluster) -> Cluster:
    """What holds of something that any of these clusters may use."""
    if not clusters:
        return given
    return replace(
        given,
        talos=_agreed(cluster.talos for cluster in clusters) if all(cluster.talos for cluster in clusters) else None,
        kubernetes=_agreed(cluster.kubernetes for cluster in clusters)
        if all(cluster.kubernetes for cluster in clusters)
        else None,
        is_talos=True if all(cluster.is_talos for cluster in clusters) else None,
        admission_removed=all(cluster.admission_removed for cluster in clusters),
    )
