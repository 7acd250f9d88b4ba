"""One synth at a time writes into an outdir."""

# Plain paths all through: pathlib costs more than the work itself.
# ruff: noqa: PTH102, PTH106, PTH108, PTH114, PTH123, PTH208
from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from talos_gpu.errors import OutsideError
from talos_gpu.output.names import WORK_FOLDER
from talos_gpu.output.tree import contents

__all__ = ["locked"]

_PAUSE_SECONDS = 0.05


@contextmanager
def locked(outdir: str, waiting: Callable[[str], None] | None, patience_seconds: float) -> Iterator[str]:
    """Yields the path of the work folder, which is this process's alone until the block is left.

    `waiting` is told once who is waited for. The folder goes when the block is left and nothing lies in it.
    Raises OutsideError naming the holder when `patience_seconds` are over. The kernel drops the lock of a process
    that dies, so nobody ever has to delete a lock by hand.
    """
    work = f"{outdir}/{WORK_FOLDER}"
    descriptor = _acquire(work, waiting, patience_seconds)
    try:
        with open(f"{work}/.gitignore", "w", encoding="ascii") as ignore:
            ignore.write("*\n")
        yield work
    finally:
        with suppress(OSError):
            if set(os.listdir(work)) <= {".gitignore", "lock"}:
                os.unlink(f"{work}/.gitignore")
                os.unlink(f"{work}/lock")
                os.rmdir(work)
        os.close(descriptor)


def _acquire(work: str, waiting: Callable[[str], None] | None, patience_seconds: float) -> int:
    deadline = time.monotonic() + patience_seconds
    while True:
        descriptor = _open(work)
        while not _try(descriptor):
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise OutsideError(
                    f"locking {work}",
                    f"process {_holder(work)} still writes there after {patience_seconds:g} seconds",
                    "Wait for it, or end it, and run again",
                )
            if waiting:
                waiting(_holder(work))
                waiting = None
            time.sleep(_PAUSE_SECONDS)
        if _is_current(descriptor, f"{work}/lock"):
            os.ftruncate(descriptor, 0)
            os.write(descriptor, f"{os.getpid()}\n".encode())
            return descriptor
        os.close(descriptor)  # its holder removed the file on leaving: the name belongs to a newer lock, or to none


def _open(work: str) -> int:
    while True:
        with suppress(FileExistsError):
            os.mkdir(work)
        if os.path.islink(work):
            raise OutsideError(f"locking {work}", "it is a symbolic link", "Delete it")
        with suppress(FileNotFoundError):
            return os.open(f"{work}/lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_current(descriptor: int, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _holder(work: str) -> str:
    read = contents(f"{work}/lock", 32)
    text = read[0].decode("ascii", "replace").strip() if read else ""
    return text if text.isdigit() else "of unknown number"
