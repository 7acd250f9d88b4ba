"""What commands that make reports share: their formats, files to write them to, and the review that they are made of."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from talos_gpu.cli.whole_file import replace

if TYPE_CHECKING:
    from talos_gpu.review.impact.verdict import ClusterImpact
    from talos_gpu.review.review import Review
    from talos_gpu.review.rollout import Rollout
    from talos_gpu.review.states import Difference

__all__ = ["REVIEWS", "Reports", "difference_of", "report_options", "states", "wanted"]

REVIEWS = ("text", "markdown", "json", "html", "github")
"""Formats of a review; text is each command's own."""

_Command = TypeVar("_Command", bound=Callable[..., Any])


def states(command: _Command) -> _Command:
    """The arguments and options that say which two states a command is about."""
    options = (
        click.argument("base", required=False),
        click.argument("head", required=False),
        click.option(
            "--render", is_flag=True, help="Compare what today's talos-gpu makes of the profiles of both states."
        ),
        click.option(
            "--outdir", type=click.Path(file_okay=False), help="The output folder. Default: $CDK8S_OUTDIR, else dist."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def difference_of(base: str | None, head: str | None, outdir: str | None, *, render: bool) -> Difference:
    """What is different between the two states that `states` asked for."""
    from talos_gpu.review.revisions import compared
    from talos_gpu.review.states import difference

    target = outdir or os.environ.get("CDK8S_OUTDIR") or "dist"
    return difference(*compared(base, head, target, rendered=render))


def report_options(command: _Command) -> _Command:
    """The options of a command that tells a review."""
    options = (
        click.option("--format", "form", type=click.Choice(REVIEWS), default="text", show_default=True),
        click.option("--report", "reports", multiple=True, metavar="FORMAT=FILE", help="Also write a report to FILE."),
        click.option("--whole", default="", metavar="TEXT", help="Where all is, for a comment that had to be cut."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@dataclass(frozen=True)
class Reports:
    """The reports of one difference: the review is made once, and only if a format asks for it.

    `text` makes the command's own format, with colours or without.
    """

    difference: Difference
    whole: str
    text: Callable[[Reports, bool], str]

    @cached_property
    def review(self) -> Review:
        """What the difference costs."""
        from talos_gpu.review.reviewing import reviewed

        return reviewed(self.difference, datetime.now(UTC).date())

    @cached_property
    def costs(self) -> tuple[tuple[ClusterImpact, ...], tuple[Rollout, ...]]:
        """What it costs and the steps: those of the review where there is one, which takes longer to make."""
        if "review" in self.__dict__:
            return self.review.impacts, self.review.rollouts
        from talos_gpu.review.reviewing import costs

        return costs(self.difference)

    def told(self, form: str, *, coloured: bool = True) -> str:
        """The report in a format."""
        if form == "text":
            return self.text(self, coloured)
        from talos_gpu.review.telling.formats import FORMATS

        return FORMATS[form](self.review, self.whole)

    def write(self, files: Sequence[tuple[str, str]]) -> None:
        """Writes a report for each pair of format and file."""
        for form, file in files:
            replace(Path(file), self.told(form, coloured=False).encode())


def wanted(text: str, formats: Sequence[str]) -> tuple[str, str]:
    """The format and the file of `FORMAT=FILE`; anything else is wrong usage."""
    name, _, file = text.partition("=")
    if name not in formats or not file:
        message = f"found {text}; expected FORMAT=FILE, with a FORMAT of {', '.join(formats)}"
        raise click.BadParameter(message, param_hint="--report")
    return name, file
