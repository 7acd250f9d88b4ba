"""What can go wrong, by whose hand: the input, something outside, or us.

Each error carries fields and writes its own sentence. Only `cli` prints it and turns it into an exit code.
"""

from __future__ import annotations

from collections.abc import Iterable

from talos_gpu.finding import Finding

__all__ = ["InputError", "InternalError", "NotUnderstood", "OutsideError", "Refused", "TalosGpuError"]


class TalosGpuError(Exception):
    """The root of everything that talos-gpu raises on purpose."""


class InputError(TalosGpuError):
    """The input is wrong. Carries every finding, sorted by place; there is at least one."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(str(finding) for finding in self.findings))


class NotUnderstood(InputError):
    """Syntax, type, unknown key, unknown release or GPU: what was meant cannot be told."""


class Refused(InputError):
    """Understood, but it cannot work, or a fact that it needs is unknown."""


class OutsideError(TalosGpuError):
    """Something outside failed: a disk, Git, a tool. `what` was tried, `why` it failed, what to `do`."""

    def __init__(self, what: str, why: str, do: str = "") -> None:
        self.what, self.why, self.do = what, why, do
        super().__init__(f"{what}: {why}" + (f". {do}" if do else ""))


class InternalError(TalosGpuError):
    """An invariant of ours does not hold: a bug, to be reported."""
