"""A rollout for a person at a terminal: what to do, in which order, what to expect, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Literal

from talos_gpu.report.untrusted import log_line
from talos_gpu.review.rollout import Expected, Rollout, RolloutStep
from talos_gpu.review.telling.wrapping import wrapped

__all__ = ["Paint", "Style", "steps_text"]

Style = Literal["heading", "danger", "faint", "command"]
Paint = Callable[[str, Style], str]
"""Gives a text its colour; the identity where there is none."""

_PHASES = {"before": "before", "node": "nodes", "after": "after"}


def steps_text(rollout: Rollout, paint: Paint = lambda words, _: words) -> str:
    """The steps of one cluster, indented as the rest of its report; empty where nothing is to be done."""
    return "\n".join(_lines(rollout, paint))


def _lines(rollout: Rollout, paint: Paint) -> Iterator[str]:
    for why in rollout.blocked:
        yield from _painted(wrapped(f"blocked: {why}", "  "), paint, "danger")
    if not rollout.steps:
        return
    yield paint(f"  rollout{_reboots(rollout)}", "heading")
    number = 0
    for phase, steps in groupby(rollout.steps, lambda step: step.phase):
        yield f"    {_PHASES[phase]}"
        for step in steps:
            number += 1
            yield from _step(number, step, paint)
    expected = [line for pool in rollout.expected for line in _expected(pool)]
    if expected:
        yield "    expected afterwards"
        yield from expected


def _reboots(rollout: Rollout) -> str:
    if rollout.reboots is None:
        if not any(step.command for step in rollout.steps):
            return ""  # a cluster that comes or goes whole: its runbook tells
        return ": how often nodes reboot is not known, for not every pool lists its nodes"
    return f": {rollout.reboots} reboot{'s' * (rollout.reboots != 1)} in all"


def _step(number: int, step: RolloutStep, paint: Paint) -> Iterator[str]:
    yield from wrapped(f"{number:>2}. {step.title}", "      ", "          ")
    if step.command:
        yield paint(f"          $ {log_line(step.command)}", "command")
    for words in (step.note, step.back and f"back: {step.back}"):
        yield from _painted(wrapped(words, "          "), paint, "faint") if words else ()
    if step.source:
        yield paint(f"          source: {log_line(step.source)}", "faint")


def _expected(pool: Expected) -> Iterator[str]:
    named = {"kernel": pool.kernel, "driver": pool.driver, "CUDA": pool.cuda, "toolkit": pool.toolkit}
    told = ", ".join(f"{what} {version}" for what, version in named.items() if version)
    yield f"      pool {log_line(pool.pool)}: {log_line(told or 'nothing known')}"
    if pool.unknown:
        yield f"        unknown: {log_line(pool.unknown)}"


def _painted(lines: Iterable[str], paint: Paint, style: Style) -> Iterator[str]:
    return (paint(line, style) for line in lines)
