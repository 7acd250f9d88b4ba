"""The new file: there whole, or not at all; an existing one is touched only when that was asked for."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from talos_gpu.errors import OutsideError, Refused
from talos_gpu.finding import Finding, Position

__all__ = ["refuse_existing", "write_profile"]


def refuse_existing(target: str) -> None:
    """Nothing lies at `target`.

    Raises:
        Refused: something does.
    """
    if os.path.lexists(target):
        message = "exists already; add --force to replace it, or --output FILE to write another one"
        raise Refused([Finding(Position(target), "", message)])


def write_profile(path: Path, text: str, force: bool) -> None:
    """The file holds `text`.

    Raises:
        Refused: it exists, and `force` is not set.
        OutsideError: it cannot be written; what was there is unchanged.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if force:
            _replace(path, text)
        else:
            _create(path, text)
    except FileExistsError:
        refuse_existing(str(path))
        raise OutsideError(f"writing {path}", "a folder on its path is a file") from None
    except OSError as error:
        raise OutsideError(f"writing {path}", (error.strerror or str(error)).lower()) from error


def _create(path: Path, text: str) -> None:
    with path.open("x", encoding="utf-8", newline="\n") as file:
        try:
            file.write(text)
            file.flush()
        except OSError:
            path.unlink()
            raise


def _replace(path: Path, text: str) -> None:
    descriptor, name = tempfile.mkstemp(prefix=".talos-gpu-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
