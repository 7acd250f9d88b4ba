"""A rollout as a numbered list: what to type, what to expect, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from talos_gpu.review.rollout.plan import Expected, Phase, Rollout, RolloutStep
from talos_gpu.review.telling.comment.quoting import block, in_cell, listed, origin, sentence, span, words

__all__ = ["expected", "steps", "titles"]

_PHASES: dict[Phase, str] = {
    "before": "Before, while the old state still runs",
    "node": "Node after node",
    "after": "After, when all nodes are well",
}
_MOST_TITLES = 40
_LONGEST_COMMAND = 4000
_TOO_LONG = "The command is too long for a comment: take it from the whole report."


def steps(rollout: Rollout) -> str:
    """Every step with its command; empty where there is none."""
    if not rollout.steps:
        return ""
    number = 0
    lines = [f"**How to roll it out**{_passage(rollout)}\n\n"]
    for phase, group in groupby(rollout.steps, lambda step: step.phase):
        lines.append(f"*{_PHASES[phase]}:*\n\n")
        for step in group:
            number += 1
            lines.append("".join(_step(number, step)))
        lines.append("\n")
    return "".join(lines)


def titles(rollout: Rollout) -> str:
    """The steps by their titles alone."""
    if not rollout.steps:
        return ""
    told = [f"{number}. {words(step.title, 120)}\n" for number, step in enumerate(rollout.steps[:_MOST_TITLES], 1)]
    left = len(rollout.steps) - len(told)
    more = f"\nAnd {left:,} more steps.\n" if left > 0 else ""
    return f"**How to roll it out**{_passage(rollout)}, without the commands\n\n{''.join(told)}{more}\n"


def _passage(rollout: Rollout) -> str:
    """The releases on the way, where there is more than one step from the first to the last."""
    if len(rollout.releases) < 3:
        return ""
    return f" (Talos {' → '.join(span(release) for release in rollout.releases)})"


def _step(number: int, step: RolloutStep) -> Iterator[str]:
    head = f"{number}. "
    indent = len(head)
    note = f" {sentence(step.note, 800)}" if step.note else ""
    yield f"{head}**{words(step.title, 200)}.**{note}{_said(step)}\n"
    if len(step.command) > _LONGEST_COMMAND:
        yield f"\n{' ' * indent}{_TOO_LONG}\n"
    elif step.command:
        yield f"\n{block([step.command], 'sh', indent, _LONGEST_COMMAND * 10)}\n"
    if step.back:
        yield f"\n{' ' * indent}The way back: {_back(step.back)}\n"
    yield "\n"


def _said(step: RolloutStep) -> str:
    return f" (source: {origin(step.source)})" if step.source else ""


def _back(text: str) -> str:
    """A sentence as it is; a command as code, whole or not at all."""
    if text.endswith("."):
        return sentence(text, 800)
    return span(text, _LONGEST_COMMAND * 10) if len(text) <= _LONGEST_COMMAND else _TOO_LONG


def expected(rows: Sequence[Expected]) -> str:
    """What the pools show afterwards; empty where nothing is expected."""
    if not rows:
        return ""
    lines = [
        "**What to expect afterwards**\n\n| pool | kernel | driver | CUDA | toolkit |\n| --- | --- | --- | --- | --- |\n"
    ]
    for row in rows:
        versions = (row.kernel, row.driver, row.cuda, row.toolkit)
        cells = [in_cell(row.pool), *(in_cell(text) if text else "-" for text in versions)]
        lines.append(f"| {' | '.join(cells)} |\n")
    unknown = [f"\nNot known of {span(row.pool)}: {sentence(row.unknown)}.\n" for row in rows if row.unknown]
    return f"{''.join(lines)}{listed(unknown, 3000, '', 'pools with facts that nobody knows')}\n"
