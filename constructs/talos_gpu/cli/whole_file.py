"""A file that is replaced as a whole, or not at all."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from talos_gpu.errors import OutsideError

__all__ = ["replace"]


def replace(path: Path, data: bytes) -> None:
    """`path` holds `data`, in the mode that it had; behind a symbolic link it is the link's target that does.

    The new text waits under a name that nobody can foresee, for the folder may be a stranger's: a link that lies in
    wait there would carry the text to a file outside.

    Raises:
        OutsideError: when that cannot be done; then the file is as it was.
    """
    staged = ""
    try:
        real = path.resolve()
        mode = real.stat().st_mode & 0o7777 if real.exists() else 0o666 & ~_umask()
        descriptor, staged = tempfile.mkstemp(prefix=f".{real.name}.", suffix=".talos-gpu", dir=real.parent)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(staged).chmod(mode)
        Path(staged).replace(real)
    except OSError as error:
        with suppress(OSError):
            Path(staged).unlink()
        raise OutsideError(f"writing {path}", (error.strerror or str(error)).lower()) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
