"""Errors as sentences on stderr, and their exit codes."""

from __future__ import annotations

import os
import sys

import click

from talos_gpu.errors import InputError, NotUnderstood, OutsideError, Refused, TalosGpuError
from talos_gpu.finding import Finding
from talos_gpu.report.untrusted import log_line

__all__ = ["BUG", "INTERRUPTED", "NOT_UNDERSTOOD", "OUTSIDE", "OUT_OF_DATE", "REFUSED", "report"]

REFUSED, NOT_UNDERSTOOD, OUT_OF_DATE, OUTSIDE, BUG, INTERRUPTED = 1, 2, 3, 4, 70, 130

_ISSUES = "https://github.com/talos-gpu/talos-gpu/issues"


def report(error: BaseException) -> int:
    """Tells on stderr what went wrong, and returns the exit code that says so."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        _say("interrupted; nothing is half-written")
        return INTERRUPTED
    if isinstance(error, BrokenPipeError | SystemExit):
        # click turns the former into the latter: whoever read our output has seen enough.
        _silence_stdout()
        return 0
    if isinstance(error, click.ClickException):
        error.show()
        return NOT_UNDERSTOOD
    if isinstance(error, InputError):
        for finding in error.findings:
            _say_finding(finding)
        return _code(error)
    if isinstance(error, OutsideError | OSError):
        _say(_outside(error))
        return OUTSIDE
    return _bug(error)


def _code(error: InputError) -> int:
    return {NotUnderstood: NOT_UNDERSTOOD, Refused: REFUSED}.get(type(error), REFUSED)


def _outside(error: OutsideError | OSError) -> str:
    if isinstance(error, OutsideError):
        return str(error)
    return f"{error.filename or 'the system'}: {(error.strerror or str(error)).lower()}"


def _bug(error: BaseException) -> int:
    kind = "an invariant does not hold" if isinstance(error, TalosGpuError) else type(error).__name__
    frame = _last_frame(error)
    _say(f"this is a bug of talos-gpu: {kind}: {error} ({frame})")
    _say(f"please report it at {_ISSUES} with the profile that causes it; nothing was written")
    if os.environ.get("TALOS_GPU_DEBUG"):
        raise error
    _say("TALOS_GPU_DEBUG=1 shows where it happened in full")
    return BUG


def _last_frame(error: BaseException) -> str:
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    if trace is None:
        return "unknown place"
    module = trace.tb_frame.f_globals.get("__name__", "?")
    return f"{module}:{trace.tb_lineno}"


def _say_finding(finding: Finding) -> None:
    _say(str(finding))
    for line in finding.remedy.splitlines():
        _say(line, "    ")
    if finding.source:
        _say(f"source: {finding.source}", "    ")


def _say(text: str, indent: str = "") -> None:
    click.echo(indent + log_line(text), err=True)


def _silence_stdout() -> None:
    """The reader of our output went away: nothing more may be flushed to it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
