"""`talos-gpu impact`: what a change costs, per cluster and pool."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from talos_gpu.cli.failure import REFUSED
from talos_gpu.cli.paging import show
from talos_gpu.cli.reports import REVIEWS, Reports, difference_of, report_options, states, wanted
from talos_gpu.cli.review_colours import COLOURS
from talos_gpu.review.impact.verdict import VERDICTS

if TYPE_CHECKING:
    from talos_gpu.review.impact.verdict import Verdict
    from talos_gpu.review.telling.costs import Style
    from talos_gpu.review.telling.steps import Style as StepStyle

__all__ = ["command"]


@click.command(name="impact")
@states
@click.option("--fail-on", type=click.Choice(VERDICTS[1:]), help="Exit with 1 where a verdict is as bad, or worse.")
@click.option("--rules", "listing", is_flag=True, help="Print the facts that decide, each with its source, and stop.")
@report_options
def command(
    base: str | None,
    head: str | None,
    render: bool,
    outdir: str | None,
    fail_on: Any,
    listing: bool,
    form: str,
    reports: Sequence[str],
    whole: str,
) -> int:
    """Tell what the change from BASE to HEAD costs: which pools reboot, which pods restart, what could be lost.

    BASE and HEAD are what they are for `talos-gpu diff`. Each pool, and the Kubernetes side, gets the worst verdict of
    its causes; a cause names the place, the fact that decides, why, its source, and what to do. The release that runs
    counts: that of BASE. What no fact tells is unknown, and unknown is the worst. The steps that bring the change to
    the nodes follow: what goes first, node after node, what comes after, and the way back.

    \b
    Verdicts, the mildest first: none, live, restart-pods, restart-kubelet-or-cri, reboot,
    node-upgrade, drain, recreate, data-loss, source-changed, unknown.
    Exit codes: 0 nothing at or above --fail-on, 1 something is, 2 not understood,
    4 something outside failed.
    """  # noqa: D301 (click reads the backspace)
    if listing:
        _list()
        return 0
    from talos_gpu.review.impact.verdict import at_least

    files = [wanted(text, REVIEWS) for text in reports]
    found = Reports(difference_of(base, head, outdir, render=render), whole, _text)
    found.write(files)
    show(found.told(form))
    return REFUSED if fail_on and at_least(_verdict(found), fail_on) else 0


def _verdict(reports: Reports) -> Verdict:
    """The worst of all: what was not rendered is unknown."""
    from talos_gpu.review.impact.verdict import worst
    from talos_gpu.review.telling.words import unrendered

    return "unknown" if unrendered(reports.difference) else worst(impact.verdict for impact in reports.costs[0])


def _text(reports: Reports, coloured: bool) -> str:
    from talos_gpu.review.telling.costs import text
    from talos_gpu.review.telling.steps import steps_text
    from talos_gpu.review.telling.words import unrendered

    paint = _paint if coloured else _plain
    impacts, rollouts = reports.costs
    steps = {rollout.cluster: steps_text(rollout, paint) for rollout in rollouts}
    return text(impacts, paint, steps, unrendered(reports.difference))


def _list() -> None:
    from talos_gpu.review.impact.rule import rules
    from talos_gpu.review.telling.costs import rules_table

    click.echo(rules_table(rules()), nl=False)


def _paint(words: str, style: Style | StepStyle) -> str:
    return click.style(words, **COLOURS[style])


def _plain(words: str, _: Style | StepStyle) -> str:
    return words
