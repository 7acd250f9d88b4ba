"""Which files are applied in the end: files that no kustomization, Kustomization or Application reaches are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from talos_gpu.inventory.kubernetes.kustomization import Kustomization, Kustomizations
from talos_gpu.inventory.source_file import Files

__all__ = ["Graph", "dead_files", "included_files", "is_archived"]

Graph = Mapping[str, frozenset[str]]
"""From the path of a file to those that it makes count."""


_ARCHIVES = frozenset(
    {
        "archive",
        "archived",
        "attic",
        "deprecated",
        "disabled",
        "graveyard",
        "inactive",
        "obsolete",
        "old",
        "retired",
        "unused",
    }
)
"""Folders in which people keep what they do not run any more."""


def is_archived(path: str) -> bool:
    """Whether a folder on the way to the file says that nobody runs what lies in it."""
    return any(step.strip("._-").lower() in _ARCHIVES for step in path.split("/")[:-1])


def included_files(top: Kustomization, files: Files) -> Iterator[str]:
    """The files that a kustomization makes count: its own, and the kustomizations of the folders that it names."""
    for reference in top.entries("resources", "bases", "components", "crds"):
        file = files.near(top.file.path, reference)
        if file is not None:
            yield file.path
            continue
        names = ("kustomization.yaml", "kustomization.yml", "Kustomization")
        inner = (files.near(top.file.path, f"{reference}/{name}") for name in names)
        yield from (file.path for file in inner if file is not None)
    yield from (file.path for file in top.used_files(files))


def dead_files(
    paths: Iterable[str], graph: Graph, kustomizations: Kustomizations, left_out: Callable[[str], bool]
) -> frozenset[str]:
    """Of `paths` those that nothing applies.

    A file that is named only by dead ones is dead; one that nobody names is, where its folder or one above has a
    kustomization. A kustomization that nobody names is somebody's starting point, unless it is a component, or
    `left_out` says that who applies the files around it leaves it out.
    """
    tops = {item.file.path: item for item in kustomizations}
    users: dict[str, set[str]] = {path: set() for path in (*paths, *tops)}
    for source, targets in graph.items():
        for target in targets - {source}:
            users.setdefault(target, set()).add(source)
    dead = {path for path in users if not users[path] and _needs_user(path, tops, kustomizations, left_out)}
    waiting = sorted(dead)
    while waiting:
        gone = waiting.pop()
        for target in graph.get(gone, frozenset()) - {gone}:
            users[target].discard(gone)
            if not users[target] and target not in dead:
                dead.add(target)
                waiting.append(target)
    return frozenset(dead)


def _needs_user(
    path: str,
    tops: Mapping[str, Kustomization],
    kustomizations: Kustomizations,
    left_out: Callable[[str], bool],
) -> bool:
    if path in tops:
        return tops[path].is_component or left_out(path)
    return left_out(path) or kustomizations.governing(path.rpartition("/")[0])
