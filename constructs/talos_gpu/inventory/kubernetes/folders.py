"""Which folder of a repository is a cluster's."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["cluster_folders", "folder_of"]

_PARTS = frozenset(
    {
        "apps",
        "argocd",
        "bootstrap",
        "components",
        "flux",
        "flux-system",
        "infrastructure",
        "kubernetes",
        "system",
        "talos",
        "terraform",
    }
)
"""Folders by which people divide what belongs to one cluster."""


def cluster_folders(paths: Iterable[str]) -> frozenset[str]:
    """The folders that hold a cluster each: those below `clusters`, and several side by side that are divided alike."""
    inner: dict[str, set[str]] = {}
    for path in paths:
        words = path.split("/")[:-1]
        for depth in range(len(words)):
            inner.setdefault("/".join(words[:depth]), set()).add(words[depth])
    named = {f"{folder}/{name}" for folder, names in inner.items() if _last(folder) == "clusters" for name in names}
    alike = {
        folder for folder, names in inner.items() if len(names & _PARTS) > 1 and folder and _last(folder) not in _PARTS
    }
    beside = {folder for folder in alike if any(_above(other) == _above(folder) for other in alike - {folder})}
    return frozenset(named | beside)


def folder_of(path: str, folders: frozenset[str]) -> str:
    """The outermost of `folders` that the file lies in; empty where it lies in none."""
    words = path.split("/")[:-1]
    ways = ("/".join(words[: depth + 1]) for depth in range(len(words)))
    return next((way for way in ways if way in folders), "")


def _last(folder: str) -> str:
    return folder.rpartition("/")[2]


def _above(folder: str) -> str:
    return folder.rpartition("/")[0]
