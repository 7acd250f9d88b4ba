"""A state of a repository as files: what lies at and below some paths, and an id for the content of each."""

# Plain paths all through: a thousand clusters are thirty thousand files.
# ruff: noqa: PTH112, PTH114, PTH115
from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from talos_gpu.output.tree import contents, walk

__all__ = ["MAX_BYTES", "Entry", "FolderTree", "Kind", "MemoryTree", "Tree", "blob_id"]

MAX_BYTES = 4 << 20
"""Larger files are told apart by their ids alone; their content is not read into memory."""

_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)

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
    """One of the two states that are compared. Paths are posix, relative to the working root.

    A path that is no UTF-8 keeps its bytes as lone surrogates.
    """

    @property
    def name(self) -> str:
        """What people call it: a revision with its short id, a folder, the work tree."""

    def entries(self, paths: Iterable[str]) -> Mapping[str, Entry]:
        """Everything at and below these paths. Where nothing is, nothing is found."""

    def read(self, entries: Mapping[str, Entry]) -> Mapping[str, bytes]:
        """The content of these files; left out is what has none (a link, a submodule) or more than MAX_BYTES."""

    def targets(self, entries: Mapping[str, Entry]) -> Mapping[str, str]:
        """Where the links among these lead, as they say it."""


def blob_id(content: bytes, algorithm: str = "sha1") -> str:
    """The id that Git gives this content, in hexadecimal."""
    digest = hashlib.new(algorithm, b"blob %d\0" % len(content), usedforsecurity=False)
    digest.update(content)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class FolderTree:
    """Files on the disk below `root`; no link is followed, nothing is written. `algorithm`: of the ids.

    `mounted`: the path that `root` itself stands for, where it is an output folder alone and not a whole repository.
    `submodules`: paths below which another repository begins, each with the id of its commit. `ignored`: files, and
    folders with a slash behind them, that no commit will hold; `.git` is none of the files of any state.
    """

    root: str
    name: str
    algorithm: str = "sha1"
    mounted: str = ""
    submodules: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    def entries(self, paths: Iterable[str]) -> Mapping[str, Entry]:
        """Everything at and below these paths, hashed file by file: no index is trusted."""
        found: dict[str, Entry] = {}
        wanted = tuple(paths)
        for path in wanted:
            if (not self.mounted or path == self.mounted) and self._reached(path):
                found |= self._below(path) if os.path.isdir(self._path(path)) else self._at(path)
        for path, commit in self.submodules.items():
            found = {name: entry for name, entry in found.items() if not name.startswith(f"{path}/")}
            if any(f"{path}/".startswith(f"{top}/") for top in wanted):
                found[path] = Entry(commit, "other")
        return found

    def read(self, entries: Mapping[str, Entry]) -> Mapping[str, bytes]:
        """The content of these files; one that vanished meanwhile is left out."""
        read = ((path, contents(self._path(path), MAX_BYTES)) for path, entry in entries.items() if entry.has_content)
        return {path: found[0] for path, found in read if found is not None}

    def targets(self, entries: Mapping[str, Entry]) -> Mapping[str, str]:
        """Where the links among these lead, as they say it."""
        links = (path for path, entry in entries.items() if entry.kind == "link")
        return {path: target for path in links if (target := _target(self._path(path))) is not None}

    def _path(self, path: str) -> str:
        return f"{self.root}{path.removeprefix(self.mounted)}" if self.mounted else f"{self.root}/{path}"

    def _reached(self, path: str) -> bool:
        """Whether no link is on the way to it, itself included unless it leads nowhere further."""
        steps = path.split("/") if not self.mounted else []
        return not any(os.path.islink(self._path("/".join(steps[:length]))) for length in range(1, len(steps)))

    def _below(self, path: str) -> dict[str, Entry]:
        top = self._path(path)
        if not self.mounted and os.path.islink(top):
            return self._at(path)
        # The folder of an output alone may be a link: whoever names it means what it leads to.
        tree = walk(os.path.realpath(top) if self.mounted else top)
        names = (name for name in tree.files | tree.others if not self._is_left_out(f"{path}/{name}"))
        found = ((f"{path}/{name}", _entry(f"{top}/{name}", self.algorithm)) for name in names)
        return {name: entry for name, entry in found if entry is not None}

    def _is_left_out(self, path: str) -> bool:
        if ".git" in path and ".git" in path.split("/"):
            return True
        if not self.ignored:
            return False
        steps = path.split("/")
        folders = ("/".join(steps[:length]) + "/" for length in range(1, len(steps)))
        return path in self.ignored or any(folder in self.ignored for folder in folders)

    def _at(self, path: str) -> dict[str, Entry]:
        entry = _entry(self._path(path), self.algorithm)
        return {} if entry is None else {path: entry}


@dataclass(frozen=True, slots=True)
class MemoryTree:
    """Files that are not on any disk, such as what profiles would be rendered to."""

    name: str
    files: Mapping[str, bytes]
    algorithm: str = "sha1"

    def entries(self, paths: Iterable[str]) -> Mapping[str, Entry]:
        """Everything at and below these paths."""
        wanted = tuple(paths)
        tops = tuple(f"{path}/" for path in wanted)
        return {
            path: Entry(blob_id(content, self.algorithm), "file")
            for path, content in self.files.items()
            if path in wanted or path.startswith(tops)
        }

    def read(self, entries: Mapping[str, Entry]) -> Mapping[str, bytes]:
        """The content of these files."""
        known = (path for path in entries if path in self.files)
        return {path: self.files[path] for path in known if len(self.files[path]) <= MAX_BYTES}

    def targets(self, entries: Mapping[str, Entry]) -> Mapping[str, str]:
        """Nothing: there are no links here."""
        return {}


def _entry(path: str, algorithm: str) -> Entry | None:
    """What lies at a path of the disk; None where nothing does any more."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        return None
    except OSError:
        target = _target(path)
        if target is not None:
            return Entry(blob_id(os.fsencode(target), algorithm), "link")
        if stat.S_ISSOCK(os.lstat(path).st_mode):
            return Entry("", "other")
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return Entry("", "other")
        digest = hashlib.new(algorithm, b"blob %d\0" % status.st_size, usedforsecurity=False)
        for chunk in _chunks(descriptor):
            digest.update(chunk)
    finally:
        os.close(descriptor)
    return Entry(digest.hexdigest(), "executable" if status.st_mode & stat.S_IXUSR else "file")


def _chunks(descriptor: int) -> Iterator[bytes]:
    while chunk := os.read(descriptor, _CHUNK):
        yield chunk


def _target(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError:
        return None
