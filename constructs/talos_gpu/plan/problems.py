"""What the planner cannot accept, collected so that five faults are reported as five."""

from __future__ import annotations

from talos_gpu.errors import NotUnderstood, Refused
from talos_gpu.finding import Finding
from talos_gpu.profile import LoadedProfile
from talos_gpu.yaml_events import key_path

__all__ = ["Problems"]

Path = tuple[str | int, ...]


class Problems:
    """Findings about one profile, each placed at the line of the profile that it is about."""

    def __init__(self, loaded: LoadedProfile) -> None:
        self._loaded = loaded
        self._not_understood: list[Finding] = []
        self._refused: list[Finding] = []

    def not_understood(self, path: Path, message: str, remedy: str = "", source: str = "") -> None:
        """Notes something that the catalogue does not know."""
        self._not_understood.append(self._finding(path, message, remedy, source))

    def refuse(self, path: Path, message: str, remedy: str = "", source: str = "") -> None:
        """Notes something that is understood and cannot work, or that needs a fact which nobody states."""
        self._refused.append(self._finding(path, message, remedy, source))

    def refuse_in(self, finding: Finding) -> None:
        """Notes a refusal that is about another file than the profile."""
        self._refused.append(finding)

    def raise_if_any(self) -> None:
        """Raises NotUnderstood (with the refusals too), else Refused, when anything was noted."""
        if self._not_understood:
            raise NotUnderstood(self._not_understood + self._refused)
        if self._refused:
            raise Refused(self._refused)

    def _finding(self, path: Path, message: str, remedy: str, source: str) -> Finding:
        return Finding(self._loaded.position(*path), key_path(path), message, remedy, source)
