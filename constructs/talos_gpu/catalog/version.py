"""Versions as numbers: part by part, a pre-release before its release."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Version", "minor_of"]

_SHAPE = re.compile(r"v?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z.-]+))?")
_RELEASED = ((2, 0, ""),)


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version that compares part by part as integers: 535.54.03 is older than 535.247.01, rc.1 older than final."""

    parts: tuple[int, ...]
    rank: tuple[tuple[int, int, str], ...]
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Version:
        """Returns the version that `text` writes, with or without a leading `v`; ValueError when it writes none."""
        shape = _SHAPE.fullmatch(text.strip())
        if shape is None:
            message = f"{text!r} is not a version"
            raise ValueError(message)
        numbers, suffix = shape.groups()
        return cls(tuple(int(part) for part in numbers.split(".")), _rank(suffix), text.strip())

    @property
    def prerelease(self) -> bool:
        """Whether this is an alpha, beta or release candidate."""
        return self.rank != _RELEASED

    @property
    def branch(self) -> str:
        """The first part: of a driver version, its branch (`570`)."""
        return str(self.parts[0])

    @property
    def minor(self) -> str:
        """The first two parts with a `v` (`v1.14`), as Talos names a minor."""
        return "v" + ".".join(str(part) for part in self.parts[:2])

    def __str__(self) -> str:
        return self.text


def minor_of(text: str) -> str:
    """Returns the minor (`v1.14`) of a version or minor written in any usual way."""
    return Version.parse(text).minor


def _rank(suffix: str | None) -> tuple[tuple[int, int, str], ...]:
    """Returns a key that sorts numbers before words, and every suffix before none."""
    if suffix is None:
        return _RELEASED
    return tuple((0, int(word), "") if word.isdigit() else (1, 0, word) for word in re.split(r"[.-]", suffix))
