"""Where clusters are at home in a repository, and which of them a file is for, told from folders and names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from posixpath import commonpath

from talos_gpu.inventory.draft import Draft
from talos_gpu.inventory.subject import MachineConfig, Node, TalhelperEntry

__all__ = ["Home", "cluster_folder", "compatible", "defines_cluster", "home_of", "homes", "is_foreign"]

_OTHERS = re.compile(r"(?:aks|eks|gke|k0s|k3s|kubeadm|microk8s|minikube|rke2)(?:[-_.].*)?")
"""Folders that are called after another distribution."""
_SOURCES = frozenset({"profile", "talhelper", "topf", "omni"})


@dataclass(frozen=True, slots=True, eq=False)
class Home:
    """A cluster: the drafts that define it, the first of which has the last word."""

    sources: tuple[Draft, ...]

    @property
    def name(self) -> str:
        """What its files call it, else its folder."""
        named = [draft.name for draft in self.sources if draft.name]
        return named[0] if named else self.sources[0].folder

    @property
    def folders(self) -> frozenset[str]:
        """The folders that it is defined in."""
        return frozenset(draft.folder for draft in self.sources)


def defines_cluster(draft: Draft) -> bool:
    """Whether it is a cluster's own description, and not a part that may be for any."""
    return bool(draft.name) or any(
        isinstance(subject, TalhelperEntry)
        or (isinstance(subject, MachineConfig) and subject.form == "config")
        or getattr(subject, "origin", "") in _SOURCES
        for subject in draft.subjects
    )


def homes(sources: Iterable[Draft]) -> tuple[Home, ...]:
    """The clusters that these drafts define; several descriptions of one cluster are taken together."""
    found: list[Home] = []
    for draft in sources:
        index = next((index for index, home in enumerate(found) if _same(home, draft)), None)
        if index is None:
            found.append(Home((draft,)))
        else:
            found[index] = Home((*found[index].sources, draft))
    return tuple(found)


def _same(home: Home, draft: Draft) -> bool:
    """Whether it is one more description of the cluster: what is generated from the first, or lies beside it."""
    return any(_same_cluster(source, draft) for source in home.sources)


def _same_cluster(one: Draft, other: Draft) -> bool:
    if one.talos and other.talos and not compatible(one.talos.value, other.talos.value):
        return False
    if one.name and other.name and one.name != other.name:
        return False
    if one.folder == other.folder:
        return True
    if one.name and one.name == other.name and _endpoints(one) & _endpoints(other):
        return True
    nested = _is_below(one.folder, other.folder) or _is_below(other.folder, one.folder)
    parts = {*_steps(one.folder), *_steps(other.folder)}
    return bool(one.name) and one.name == other.name and (nested or one.name in parts)


def _endpoints(draft: Draft) -> set[str]:
    """Where the Kubernetes API is reached; two clusters that share a name do not share this."""
    found = set()
    for subject in draft.subjects:
        if isinstance(subject, TalhelperEntry):
            found.add(subject.root.get("endpoint").text)
        if isinstance(subject, Node):
            found.add(subject.config.get("cluster", "controlPlane", "endpoint").text)
    return {address for address in found if address}


def compatible(one: str, other: str) -> bool:
    """Whether both may be said of one cluster: the same release, or its minor."""
    return one == other or one.startswith(f"{other}.") or other.startswith(f"{one}.")


def home_of(draft: Draft, known: Sequence[Home], folders: frozenset[str]) -> Home | None:
    """The cluster that a draft is for; None where that is uncertain. `folders` are those that hold a cluster each."""
    if draft.cluster:
        return next((home for home in known if _is_called(home, draft.cluster)), None)
    own = cluster_folder(draft.folder, folders)
    near = [home for home in known if _may_be(own, home, folders)]
    if draft.is_talos is False or not near:
        return None
    if len(known) == 1:
        return near[0]
    steps = set(_steps(draft.folder))
    named = [home for home in near if home.name in steps]
    marked = [home for home in near if _marks(home, known) & steps]
    return _nearest(draft.folder, named or marked or near)


def _is_called(home: Home, word: str) -> bool:
    """Whether it is the cluster of that name, or behind that address."""
    return home.name == word or any(word in _endpoints(draft) for draft in home.sources)


def is_foreign(folder: str, signs: Iterable[str], known: Sequence[Home]) -> bool:
    """Whether a folder is nearer to another distribution than to any Talos cluster: to `signs` of one, or by its name."""
    theirs = [at for home in known for at in home.folders]
    if theirs and all(_called_foreign(folder, at) for at in theirs):
        return True
    nearest = max((_nearness(folder, at) for at in theirs), default=(0, False))
    return any(_nearness(folder, at) > nearest for at in signs)


def _called_foreign(folder: str, home: str) -> bool:
    """Whether it lies in a folder of such a name that the cluster does not lie in."""
    steps = _steps(folder)
    ways = ("/".join(steps[: depth + 1]) for depth, step in enumerate(steps) if _OTHERS.fullmatch(step))
    return any(not _is_below(home, way) for way in ways)


def cluster_folder(folder: str, folders: frozenset[str]) -> str:
    """The outermost of `folders` that it lies in, else the part that ends in `clusters/<name>`; empty without either."""
    around = [other for other in folders if other and _is_below(folder, other)]
    if around:
        return min(around, key=len)
    steps = _steps(folder)
    for index, step in enumerate(steps[:-1]):
        if step == "clusters":
            return "/".join(steps[: index + 2])
    return ""


def _may_be(own: str, home: Home, folders: frozenset[str]) -> bool:
    """Whether nobody says that they are different clusters: clusters/one and clusters/other are."""
    theirs = {cluster_folder(folder, folders) for folder in home.folders} - {""}
    name = own.rpartition("/")[2]
    return not own or not theirs or own in theirs or name in {path.rpartition("/")[2] for path in theirs}


def _marks(home: Home, known: Sequence[Home]) -> set[str]:
    """The names of folders that only this one has on its way."""
    others = {step for other in known if other is not home for folder in other.folders for step in _steps(folder)}
    return {step for folder in home.folders for step in _steps(folder)} - others


def _nearest(folder: str, candidates: Sequence[Home]) -> Home | None:
    """The one whose folder shares the longest way with `folder`; None where several do, or none does at all."""
    scored = [(max(_nearness(folder, at) for at in home.folders), home) for home in candidates]
    best = max(score for score, _ in scored)
    found = [home for score, home in scored if score == best]
    return found[0] if len(found) == 1 and (len(candidates) == 1 or best > (0, False)) else None


def _nearness(folder: str, at: str) -> tuple[int, bool]:
    return len(_steps(commonpath([f"/{folder}", f"/{at}"]))), _is_below(folder, at)


def _is_below(folder: str, at: str) -> bool:
    return not at or folder == at or folder.startswith(f"{at}/")


def _steps(folder: str) -> tuple[str, ...]:
    return tuple(step for step in folder.split("/") if step)
