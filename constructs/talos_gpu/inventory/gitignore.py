"""What .gitignore files say, as far as they lie in the repository of the folder that is looked at."""

# Plain paths: a walk asks for thousands.
# ruff: noqa: PTH110, PTH113, PTH114, PTH118, PTH120
from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from pathspec import GitIgnoreSpec

from talos_gpu.inventory.regular_file import read_start

__all__ = ["Ignored"]


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rules that hold in a folder: those of its own .gitignore first, then those of the folders above."""

    rules: tuple[tuple[str, GitIgnoreSpec], ...] = ()

    @classmethod
    def above(cls, folder: str) -> Ignored:
        """What holds in `folder` before its own rules; nothing where it is ignored itself: somebody named it."""
        ignored = cls()
        for parent, child in _steps_down(folder):
            ignored = ignored.with_rules_of(parent)
            if ignored.matches(child, folder=True):
                return cls()
        return ignored

    def with_rules_of(self, folder: str) -> Ignored:
        """These rules below the folder's own."""
        path = os.path.join(folder, ".gitignore")
        data = None if os.path.islink(path) or not os.path.isfile(path) else read_start(path)
        lines = (data or b"").decode(errors="replace").splitlines()
        spec = _spec(lines)
        return Ignored(((folder, spec), *self.rules)) if spec else self

    def matches(self, path: str, *, folder: bool = False) -> bool:
        """Whether Git leaves the path out: the nearest file that has a word on it decides."""
        for base, spec in self.rules:
            relative = path[len(base.rstrip(os.sep)) + 1 :].replace(os.sep, "/")
            said = spec.check_file(f"{relative}/" if folder else relative).include
            if said is not None:
                return said
        return False


def _steps_down(folder: str) -> list[tuple[str, str]]:
    """From the top of the repository to `folder`: each folder on the way, and the next one."""
    steps: list[tuple[str, str]] = []
    while not os.path.exists(os.path.join(folder, ".git")):
        parent = os.path.dirname(folder)
        if parent == folder:
            return []
        steps.append((parent, folder))
        folder = parent
    return steps[::-1]


def _spec(lines: Sequence[str]) -> GitIgnoreSpec | None:
    """The rules of these lines without those that Git could not understand either."""
    try:
        return GitIgnoreSpec.from_lines(lines) if lines else None
    except ValueError:
        return GitIgnoreSpec.from_lines(line for line in lines if _is_rule(line))


def _is_rule(line: str) -> bool:
    try:
        GitIgnoreSpec.from_lines([line])
    except ValueError:
        return False
    return True
