"""Profiles from files: read within limits, positions kept, every problem reported at once."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.finding import Finding, Position
from talos_gpu.profile.message import location, sentence
from talos_gpu.profile.profile import Profile
from talos_gpu.profile.shape import shown
from talos_gpu.yaml_events import MAX_BYTES, Composed, Node, compose, composed, key_path

__all__ = [
    "LoadedProfile",
    "changed_profile",
    "load_profile",
    "parse_profile",
    "read_regular_file",
]


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile, where each of its keys stands, and the bytes that it was made from."""

    profile: Profile
    file: str
    """Posix path, relative to the working root."""
    composed: Composed
    inputs: Mapping[str, bytes]
    """The profile itself and every file it refers to, by path relative to the working root."""

    def position(self, *path: str | int) -> Position:
        """Where the value at this key path stands (or its nearest written ancestor)."""
        return self.composed.position(_written(path, self.composed.value))

    def patch_file(self, name: str) -> str:
        """Path of a patch file that the profile names, relative to the working root."""
        return (Path(self.file).parent / name).as_posix()


def load_profile(file: str, root: Path) -> LoadedProfile:
    """The profile in `file` (posix path below `root`), with the patch files that it names.

    Raises:
        NotUnderstood: with every problem of the file, each at its line and column.
        OutsideError: when a file cannot be read.
    """
    data = read_regular_file(root, file)
    loaded = parse_profile(data, file)
    inputs = {file: data}
    findings: list[Finding] = []
    for path, name in _patch_files(loaded):
        try:
            inputs[name] = read_regular_file(root, name)
        except OutsideError as error:
            findings.append(Finding(loaded.position(*path), key_path(path), f"{name}: {error.why}", error.do))
    if findings:
        raise NotUnderstood(findings)
    return LoadedProfile(loaded.profile, file, loaded.composed, inputs)


def _patch_files(loaded: LoadedProfile) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for pool_name, pool in loaded.profile.pools.items():
        for index, patch in enumerate(pool.patches):
            if patch.file is not None:
                yield ("pools", pool_name, "patches", index), loaded.patch_file(patch.file)


def parse_profile(data: bytes, file: str) -> LoadedProfile:
    """The profile in these bytes.

    Raises:
        NotUnderstood: with every problem, each at its line and column.
    """
    return LoadedProfile(*_validated(compose(data, file), file), {file: data})


def changed_profile(loaded: LoadedProfile, root: Node, inputs: Mapping[str, bytes]) -> LoadedProfile:
    """The profile with other data and other files behind it, as if it had been written so; its places are `root`'s.

    Raises:
        NotUnderstood: as `parse_profile` does.
    """
    return LoadedProfile(*_validated(composed(root), loaded.file), inputs)


def _validated(composed: Composed, file: str) -> tuple[Profile, str, Composed]:
    if not isinstance(composed.value, dict):
        raise NotUnderstood(
            [
                Finding(
                    composed.position(()),
                    "",
                    f"found {shown(composed.value)}, expected a profile",
                    "Write at least cluster, talos and pools.",
                )
            ]
        )
    try:
        profile = Profile.model_validate(_in_order(composed.value))
    except ValidationError as error:
        raise NotUnderstood(_findings(error, composed)) from None
    return profile, file, composed


def _findings(error: ValidationError, composed: Composed) -> list[Finding]:
    findings = []
    for detail in error.errors(include_url=False):
        loc, is_key = location(detail)
        loc = _written(loc, composed.value)
        position = composed.position(loc, key=is_key)
        findings.append(Finding(position, key_path(loc), sentence(detail, Profile)))
    return findings


def _in_order(value: Any) -> Any:
    """The same data with the keys of every map sorted: the order in which somebody wrote them decides nothing."""
    if isinstance(value, dict):
        return {key: _in_order(value[key]) for key in sorted(value)}
    return [_in_order(item) for item in value] if isinstance(value, list) else value


def _written(path: tuple[str | int, ...], value: object) -> tuple[str | int, ...]:
    """The path as far as the user wrote it: below a short form (`layout: topf`) there are no keys."""
    for depth, step in enumerate(path):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return path if value is None else path[:depth]
    return path


def read_regular_file(root: Path, name: str) -> bytes:
    """The bytes of a regular file below `root`, reached without a symbolic link, of at most 1 MiB.

    Raises:
        OutsideError: when it is missing, not a regular file, too large, or outside `root`.
    """
    try:
        real = Path(os.path.realpath(root / name))
        if real != Path(os.path.realpath(root)) / name:
            raise OutsideError(
                f"reading {name}",
                "it is reached through a symbolic link, or lies outside the repository",
                "Name a regular file below the repository.",
            )
        descriptor = os.open(real, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OutsideError(f"reading {name}", "it is not a regular file")
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise OutsideError(f"reading {name}", (error.strerror or str(error)).lower()) from error
    if len(data) > MAX_BYTES:
        raise OutsideError(
            f"reading {name}", "it is larger than 1 MiB", "Split it, or leave out what is no configuration."
        )
    return data
