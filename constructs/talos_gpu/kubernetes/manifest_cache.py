"""Manifests that were made before, kept in one file of the user's cache folder.

A line holds a key, the digest of key and content, and the content as JSON. What does not agree with its digest does
not exist: a torn or edited file costs time, never correctness. A file that others may write is not read at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["ManifestCache", "Manifests"]

Manifests = tuple[Mapping[str, Any], ...]
"""The API objects that one construct makes, in order. Shared between clusters: not to be changed."""

_FILE = "kubernetes-objects.txt"
_LIMIT_BYTES = 32 * 1024 * 1024
_VARIABLE = "TALOS_GPU_CACHE"


class ManifestCache:
    """Manifests by key. Without a folder nothing is found and nothing is kept."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lines: dict[bytes, bytes] | None = None
        self._used: dict[bytes, bytes] = {}

    @classmethod
    def of_user(cls) -> ManifestCache:
        """The cache in the user's cache folder, or where TALOS_GPU_CACHE says; set to nothing, it switches off."""
        chosen = os.environ.get(_VARIABLE)
        if chosen is None:
            from platformdirs import user_cache_path

            return cls(user_cache_path("talos-gpu"))
        return cls(Path(chosen)) if chosen else cls(None)

    def get(self, key: str) -> Manifests | None:
        """What was kept under `key`, if it is whole."""
        name = key.encode()
        line = self._stored().get(name)
        if line is None:
            return None
        digest, _, content = line.partition(b" ")
        if digest != _digest(name, content):
            return None
        self._used[name] = line
        return tuple(json.loads(content))

    def keep(self, made: Mapping[str, Manifests]) -> None:
        """The manifests are kept beside those already there; what is too much goes. Says nothing if it cannot write."""
        if self._folder is None or not made:
            return
        for key, manifests in made.items():
            name = key.encode()
            content = json.dumps(manifests, ensure_ascii=False, separators=(",", ":")).encode()
            self._used[name] = _digest(name, content) + b" " + content
        # A read-only home or a full disk: the next run is as slow as this one, and nothing is wrong.
        with contextlib.suppress(OSError):
            _write(self._folder, self._within_limit())

    def _stored(self) -> Mapping[bytes, bytes]:
        """The lines of the file, read once."""
        if self._lines is None:
            self._lines = _read(self._folder)
        return self._lines

    def _within_limit(self) -> Mapping[bytes, bytes]:
        every = {**self._stored(), **self._used}
        size = sum(len(name) + len(line) for name, line in every.items())
        return every if size <= _LIMIT_BYTES else self._used


def _digest(name: bytes, content: bytes) -> bytes:
    return hashlib.sha256(name + b" " + content).hexdigest().encode()


def _read(folder: Path | None) -> dict[bytes, bytes]:
    if folder is None:
        return {}
    try:
        with (folder / _FILE).open("rb") as file:
            status = os.fstat(file.fileno())
            if not _private(status) or status.st_size > 2 * _LIMIT_BYTES:
                return {}
            content = file.read()
    except OSError:
        return {}
    parts = (line.partition(b" ") for line in content.split(b"\n"))
    return {name: line for name, _, line in parts if line}


def _private(status: os.stat_result) -> bool:
    """A regular file of ours that nobody else may write."""
    return stat.S_ISREG(status.st_mode) and status.st_uid == os.getuid() and not status.st_mode & 0o022


def _write(folder: Path, lines: Mapping[bytes, bytes]) -> None:
    """The file is replaced as a whole, so that a reader sees the old or the new one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=_FILE, dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(name + b" " + line + b"\n" for name, line in lines.items())
        Path(temporary).replace(folder / _FILE)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
