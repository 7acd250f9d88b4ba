"""New files wait here, complete and on the disk, until every one of them can be renamed into place."""

# Plain paths all through: pathlib costs more than the work itself.
# ruff: noqa: PTH102, PTH106, PTH108, PTH120, PTH208
from __future__ import annotations

import ctypes
import os
import shutil
from contextlib import suppress

from talos_gpu.errors import OutsideError
from talos_gpu.output.ledger import Ledger, parse
from talos_gpu.output.tree import contents

__all__ = ["Stage"]

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_MODE = 0o644

_write = os.write


class Stage:
    """The part of the work folder that holds staged files, and the claims on them.

    A claim is the ledger that a cluster is about to get. Renaming it into place is the cluster's last step, so after
    a kill it still lies here and tells the next synth which new files in the cluster's folder are ours.
    """

    def __init__(self, work: str) -> None:
        self._staged = f"{work}/staged"
        self._claims = f"{work}/claims"
        self._new_claims: list[str] = []
        self._files: list[str] = []
        self._folders: list[str] = []
        if os.path.lexists(self._staged):
            shutil.rmtree(self._staged)
        os.mkdir(self._staged)
        with suppress(FileExistsError):
            os.mkdir(self._claims)
        self.earlier = self._earlier_claims()

    def _earlier_claims(self) -> dict[str, list[tuple[str, Ledger]]]:
        """What interrupted runs left: the claims of each cluster with their paths."""
        found: dict[str, list[tuple[str, Ledger]]] = {}
        for name in sorted(os.listdir(self._claims)):
            path = f"{self._claims}/{name}"
            read = contents(path)
            try:
                ledger = parse(read[0] if read else b"", path)
            except OutsideError:
                os.unlink(path)  # torn by a kill while it was staged: nothing was renamed then
                continue
            found.setdefault(ledger.cluster, []).append((path, ledger))
        return found

    def put(self, content: bytes) -> str:
        """Stages one file and answers where."""
        path = f"{self._staged}/{len(self._files)}"
        self._files.append(path)
        _create(path, content)
        return path

    def claim(self, cluster: str, ledger: bytes) -> str:
        """Stages the ledger of `cluster` beside the claims of earlier runs, and answers where."""
        number = len(self.earlier.get(cluster, ()))
        while os.path.lexists(path := f"{self._claims}/{cluster}.{number}"):
            number += 1
        self._new_claims.append(path)
        _create(path, ledger)
        return path

    def make_folder(self, path: str) -> None:
        """`path` is a folder, with its parents; those that had to be made go again with `discard`."""
        try:
            os.mkdir(path)
        except FileExistsError:
            return
        except FileNotFoundError:
            self.make_folder(os.path.dirname(path))
            os.mkdir(path)
        self._folders.append(path)

    def sync(self) -> None:
        """Everything staged is on the disk.

        One syncfs(2) for the whole file system instead of an fsync(2) for each file: for the 35,000 small files of a
        big fleet that is one flush of the journal, not 35,000. Unlike sync(2) it answers with the error, and it leaves
        other file systems in peace. Where the C library lacks it (macOS), each file is synced.
        """
        syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
        for path in [self._staged] if syncfs else self._files + self._new_claims:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                if not syncfs:
                    os.fsync(descriptor)
                elif syncfs(descriptor):
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
            finally:
                os.close(descriptor)

    def settle(self, cluster: str) -> None:
        """The claims that earlier runs left on `cluster` are gone: its own ledger says it all."""
        for path, _ in self.earlier.pop(cluster, ()):
            with suppress(FileNotFoundError):
                os.unlink(path)

    def discard(self) -> None:
        """Nothing of this run is left: its claims, and the folders that it made, are gone."""
        for path in self._new_claims:
            with suppress(OSError):
                os.unlink(path)
        for path in reversed(self._folders):
            with suppress(OSError):
                os.rmdir(path)

    def close(self) -> None:
        """The staged files are gone; claims stay while there are any."""
        shutil.rmtree(self._staged, ignore_errors=True)
        with suppress(OSError):
            os.rmdir(self._claims)


def _create(path: str, content: bytes) -> None:
    descriptor = os.open(path, _FLAGS, _MODE)
    try:
        view = memoryview(content)
        while view:
            view = view[_write(descriptor, view) :]
        os.fchmod(descriptor, _MODE)  # whatever the umask says
    finally:
        os.close(descriptor)
