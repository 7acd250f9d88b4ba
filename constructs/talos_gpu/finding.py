"""One thing that is wrong with the input, at one place of it."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Finding", "Position"]


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file. Lines and columns count from 1; `line` 0 means the file as a whole."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What was found at `position`, and what to write instead.

    `path` is the key path inside the file (`pools.gpu.driver.track`), empty for the file itself.
    `message` says what was found and what is allowed; `remedy` is a sentence, or lines to write.
    """

    position: Position
    path: str
    message: str
    remedy: str = field(default="", compare=False)
    source: str = field(default="", compare=False)

    def __str__(self) -> str:
        where = f"{self.position}: {self.path}: " if self.path else f"{self.position}: "
        return where + self.message
