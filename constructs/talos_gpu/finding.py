"""One thing that is wrong with the input, at one place of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["SEVERITIES", "Edit", "Finding", "Position", "Severity"]

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""error: does not work, or loses data; warning: works until something, or is ignored in silence; info: cannot tell, or
redundant. The worst first."""


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
class Edit:
    """A change of a text: at `position` stands `old`, to the letter, and `new` takes its place."""

    position: Position
    old: str
    new: str


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What was found at `position`, and what to write instead.

    `path` is the key path inside the file (`pools.gpu.driver.track`), empty for the file itself.
    `message` says what was found and what is allowed; `remedy` is a sentence, or lines to write.
    `rule` is the id of the violated rule; what loading and planning refuse has none. `fix` is the change that puts it
    right where that is certain.
    """

    position: Position
    path: str
    message: str
    remedy: str = field(default="", compare=False)
    source: str = field(default="", compare=False)
    rule: str = ""
    severity: Severity = field(default="error", compare=False)
    fix: tuple[Edit, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        where = f"{self.position}: {self.path}: " if self.path else f"{self.position}: "
        return where + self.message
