"""Which profiles a command is about."""

# Plain paths: the no-op synth must not pay for pathlib.
# ruff: noqa: PTH109, PTH110, PTH112, PTH117, PTH123, PTH208
from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import click

from talos_gpu.errors import OutsideError
from talos_gpu.output import digest
from talos_gpu.output.names import FACTS

__all__ = ["FOLDER", "Chosen", "code", "find_profiles"]

FOLDER = "profiles"


@dataclass(frozen=True, slots=True)
class Chosen:
    """`files` were asked for, `everything` exists; posix paths relative to the working folder. `complete`: both are one."""

    files: tuple[str, ...]
    everything: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether the command is about all profiles."""
        return set(self.everything) <= set(self.files)


def code() -> str:
    """One digest over everything that decides beside the profiles: talos-gpu itself, and the user's data files."""
    own = digest.code_digest()
    contents = []
    for name in _yaml_files(FACTS):
        with open(name, "rb") as file:
            contents.append(f"{name} {digest.of(file.read())}")
    return digest.of("\n".join([own, *contents]).encode()) if contents else own


def find_profiles(arguments: Sequence[str]) -> Chosen:
    """The profiles named on the command line, or all of profiles/."""
    everything = _yaml_files(FOLDER)
    if not arguments:
        if not everything:
            raise click.UsageError(
                f"there is no profile in {FOLDER}/ below {os.getcwd()}; `talos-gpu init` writes a first one."
            )
        return Chosen(everything, everything)
    files = tuple(dict.fromkeys(_relative(argument) for argument in arguments))
    return Chosen(files, tuple(dict.fromkeys((*everything, *files))))


def _yaml_files(folder: str) -> tuple[str, ...]:
    try:
        names = os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return ()
    chosen = (name for name in names if name.endswith((".yaml", ".yml")) and not name.startswith("."))
    return tuple(f"{folder}/{name}" for name in sorted(chosen))


def _relative(argument: str) -> str:
    path = os.path.relpath(argument).replace(os.sep, "/")
    if path.startswith("../") or os.path.isabs(path):
        raise click.UsageError(f"{argument} lies outside the working folder; run talos-gpu from the repository's root.")
    if not os.path.exists(path):
        raise OutsideError(f"reading {argument}", "no such file or directory")
    if os.path.isdir(path):
        raise click.UsageError(f"{argument} is a folder; name the profiles in it.")
    return path
