"""The bytes of regular files, and of nothing else that a path may lead to."""

from __future__ import annotations

import os
import stat

from talos_gpu.yaml_events import MAX_BYTES

__all__ = ["read_start"]


def read_start(path: str) -> bytes | None:
    """The file's bytes, at most one more than may be read; None where it is a device, a pipe or a symbolic link.

    Raises:
        OSError: as the system does; also for a link that took the file's place meanwhile.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return file.read(MAX_BYTES + 1)
