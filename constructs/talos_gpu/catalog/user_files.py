"""The data files of facts in a folder that may be somebody else's: `catalogue` is a word that others use, too."""

from __future__ import annotations

import re
from pathlib import Path

from talos_gpu.catalog.verify import verify
from talos_gpu.errors import NotUnderstood, OutsideError

__all__ = ["user_files"]

_OURS = re.compile(rb"^checked:|\bsameAs:", re.MULTILINE)
_FACTS = re.compile(rb"^(?:talos|gpus|charts|images):", re.MULTILINE)


def user_files(folder: Path) -> tuple[Path, ...]:
    """The files in `folder` that declare facts, sorted; none where there is no such folder.

    A file declares facts where it says when they were `checked`, or `sameAs` what they are, in one of the sections that
    hold them; any other is left alone, and so is a link that leads out of the folder.

    Raises:
        NotUnderstood: when such a file is not what it should be.
        OutsideError: when one cannot be read.
    """
    files = tuple(path for path in sorted(folder.glob("*.yaml")) if _stays(path, folder) and _declares(path))
    findings = [finding for path in files for finding in verify(path)]
    if findings:
        raise NotUnderstood(findings)
    return files


def _stays(path: Path, folder: Path) -> bool:
    return path.is_file() and path.resolve().is_relative_to(folder.resolve())


def _declares(path: Path) -> bool:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise OutsideError(f"reading {path}", (error.strerror or str(error)).lower()) from error
    return bool(_OURS.search(data) and _FACTS.search(data))
