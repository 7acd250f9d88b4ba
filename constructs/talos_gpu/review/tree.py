"""A state of a repository as files: what lies below some folders, by path, and an id for the content of each."""

# Plain paths all through: a thousand clusters are thirty thousand files.
# ruff: noqa: PTH115
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from talos_gpu.output.tree import contents, walk

__all__ = ["Entry", "FolderTree", "Kind", "MemoryTree", "Tree", "blob_id"]

Kind = Literal["file", "executable", "link", "other"]
"""other: a submodule of Git, a socket, a device. Only files and executables have content that is read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What lies at a path. `id` is equal where the content is: the id that Git gives it."""

    id: str
    kind: Kind

    @property
    def has_content(self) -> bool:
        """Whether it is a file whose bytes can be read."""
        return self.kind in {"file", "executable"}


class Tree(Protocol):
    """One of the two states that are compared. Paths are posix, relative to the working root."""

    @property
    def name(self) -> str:
        """What people call it: a revision with its short id, a folder, the work tree."""

    def entries(self, folders: Iterable[str]) -> Mapping[str, Entry]:
        """Everything below these folders. A folder that is not there holds nothing."""

    def read(self, entries: Mapping[str, Entry]) -> Mapping[str, bytes]:
        """The content of these files; what has none (a link, a submodule) is left out."""


def blob_id(content: bytes, algorithm: str = "sha1") -> str:
    """The id that Git gives this content, in hexadecimal."""
    digest = hashlib.new(algorithm, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class FolderTree:
    """Files on the disk below `root`; no link is followed, nothing is written. `algorithm`: of the ids.

    `mounted`: the path that `root` itself stands for, where it is an output folder alone and not a whole repository.
    """

    root: str
    name: str
    algorithm: str = "sha1"
    mounted: str = ""

    def entries(self, folders: Iterable[str]) -> Mapping[str, Entry]:
        """Everything below these folders, hashed file by file: no index is trusted."""
        found: dict[str, Entry] = {}
        for folder in folders:
            if self.mounted and folder != self.mounted:
                continue
            top = self._path(folder)
            tree = walk(top)
            found |= {f"{folder}/{name}": self._entry(f"{top}/{name}") for name in tree.files | tree.others}
        return found

    def read(self, entries: Mapping[str, Entry]) -> Mapping[str, bytes]:
        """The content of these files; one that vanished meanwhile is left out."""
        read = ((path, contents(self._path(path))) for path, entry in entries.items() if entry.has_content)
        return {path: found[0] for path, found in read if found is not None}

    def _path(self, path: str) -> str:
        return f"{self.root}{path.removeprefix(self.mounted)}" if self.mounted else f"{self.root}/{path}"

    def _entry(self, path: str) -> Entry:
        found = contents(path)
        if found is not None:
            return Entry(blob_id(found[0], self.algorithm), "executable" if found[1] else "file")
        try:
            return Entry(blob_id(os.fsencode(os.readlink(path)), self.algorithm), "link")
        except OSError:
            return Entry("", "other")


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """Files that are not on any disk, such as what profiles would be rendered to."""

    name: str
    files: Mapping[str, bytes]
    algorithm: str = "sha1"

    def entries(self, folders: Iterable[str]) -> Mapping[str, Entry]:
        """Everything below these folders."""
        tops = tuple(f"{folder}/" for folder in folders)
        return {
            path: Entry(blob_id(content, self.algorithm), "file")
            for path, content in self.files.items()
            if path.startswith(tops)
        }

    def read(self, entries: Mapping[str, Entry]) -> Mapping[str, bytes]:
        """The content of these files."""
        return {path: self.files[path] for path in entries}
