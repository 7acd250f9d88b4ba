"""Tools that are run once per question."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Ran", "run", "write_files"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a tool ended, and what it said."""

    status: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """Both streams, for messages."""
        return (self.out + self.err).strip()


def run(*command: str | Path, folder: Path, environment: Mapping[str, str] | None = None, seconds: float = 120) -> Ran:
    """Runs `command` in `folder`, at most so long; nothing of the caller's home or proxies reaches it."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), **(environment or {})}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env=clean,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
        stdin=subprocess.DEVNULL,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def write_files(files: Mapping[str, bytes], folder: Path) -> Path:
    """Writes `files` below `folder`, which is returned."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return folder
