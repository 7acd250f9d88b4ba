"""kustomize v5: what a folder becomes when it is built."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from judge.build import program
from judge.tool import run, write_files

__all__ = ["Kustomize", "KustomizeRefused"]


class KustomizeRefused(Exception):
    """kustomize does not build the folder."""


class Kustomize:
    """Builds folders below `scratch`, those of equal content once."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._built: dict[str, str] = {}

    def build(self, files: Mapping[str, bytes], folder: str = ".") -> list[dict[str, Any]]:
        """The objects of `folder` among `files`, in the order in which they would be applied.

        Raises:
            KustomizeRefused: with what kustomize says.
        """
        digest = hashlib.sha256(repr((folder, sorted(files.items()))).encode()).hexdigest()[:16]
        if digest not in self._built:
            place = write_files(files, self._scratch / digest)
            done = run(program("kustomize"), "build", folder, folder=place)
            if done.status != 0:
                raise KustomizeRefused(done.said)
            self._built[digest] = done.out
        return [item for item in yaml.load_all(self._built[digest], Loader=yaml.CSafeLoader) if item is not None]
