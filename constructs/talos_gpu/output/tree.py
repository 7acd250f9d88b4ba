"""What lies on the disk below one folder, seen without following a single symbolic link.

Standard library only, and no pathlib: `synth` with nothing to do runs through here for every file of the fleet.
"""

# Plain paths all through: pathlib costs more than the work itself.
# ruff: noqa: PTH114
from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field

__all__ = ["Tree", "contents", "walk"]

_FOLLOWING = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_FLAGS = _FOLLOWING | os.O_NOFOLLOW


@dataclass(slots=True)
class Tree:
    """Names below `root`, posix and relative to it. `others` are links, sockets, pipes and devices."""

    root: str
    files: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)


def walk(root: str) -> Tree:
    """Everything below `root`; an empty tree if `root` is no folder of its own (missing, a file, a link).

    What disappears meanwhile is left out. A name that is no UTF-8 keeps its bytes as lone surrogates.
    """
    tree = Tree(root)
    try:
        if stat.S_ISDIR(os.lstat(root).st_mode):
            _enter(root, tree)
    except FileNotFoundError:
        pass
    return tree


def _enter(root: str, tree: Tree) -> None:
    """One folder after the other: a stranger's may lie deeper than Python recurses."""
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        try:
            with os.scandir(f"{root}/{prefix}") as entries:
                for entry in entries:
                    name = prefix + entry.name
                    if entry.is_dir(follow_symlinks=False):
                        tree.folders.add(name)
                        waiting.append(f"{name}/")
                    elif entry.is_file(follow_symlinks=False):
                        tree.files.add(name)
                    else:
                        tree.others.add(name)
        except FileNotFoundError:
            tree.folders.discard(prefix[:-1])


def contents(path: str, limit: int | None = None, *, follow: bool = False) -> tuple[bytes, bool] | None:
    """The bytes of the regular file at `path` and whether anybody may execute it.

    None if there is no such file, it is a link (unless `follow`), or it is longer than `limit` bytes.
    """
    try:
        descriptor = os.open(path, _FOLLOWING if follow else _FLAGS)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        if os.path.islink(path):  # O_NOFOLLOW answers ELOOP, on some systems EMLINK
            return None
        raise
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or (limit is not None and status.st_size > limit):
            return None
        content = os.read(descriptor, status.st_size + 1)
        while len(content) < status.st_size and (more := os.read(descriptor, status.st_size - len(content))):
            content += more
    finally:
        os.close(descriptor)
    return content, bool(status.st_mode & 0o111)
