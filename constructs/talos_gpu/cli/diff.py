"""`talos-gpu diff`: what changed between two states, told by what things are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from talos_gpu.cli.paging import show
from talos_gpu.cli.reports import REVIEWS, Reports, difference_of, report_options, states, wanted

if TYPE_CHECKING:
    from talos_gpu.review.telling.text import Style

__all__ = ["command"]

_COLOURS: Mapping[str, Mapping[str, Any]] = {
    "added": {"fg": "green"},
    "removed": {"fg": "red"},
    "changed": {"fg": "yellow"},
    "file": {"bold": True},
    "cluster": {"bold": True, "underline": True},
    "faint": {"dim": True},
}


@click.command(name="diff")
@states
@click.option("--full", is_flag=True, help="Show every line of what is no YAML, and every file by its name.")
@report_options
def command(
    base: str | None,
    head: str | None,
    render: bool,
    outdir: str | None,
    full: bool,
    form: str,
    reports: Sequence[str],
    whole: str,
) -> int:
    """Show what changed from BASE to HEAD: clusters, objects, fields; not lines.

    BASE and HEAD are Git revisions or folders. Without HEAD it is the work tree; without BASE, too, it is what the work
    tree changed since it left the default branch. Objects are matched by what they are, lists by their keys; changes of
    form alone (comments, quotes, the order of keys) are folded away. Files that Git ignores are no part of the work tree.
    Nothing is written, fetched or checked out.

    \b
    Examples:
      talos-gpu diff                   what a pull request of this branch changes
      talos-gpu diff v1.2 v1.3         between two tags
      talos-gpu diff --render main     also what a new talos-gpu would change
      talos-gpu diff ../old/dist dist  between two folders
    """  # noqa: D301 (click reads the backspace)
    files = [wanted(text, REVIEWS) for text in reports]
    found = difference_of(base, head, outdir, render=render)
    every = Reports(found, whole, lambda made, coloured: _text(made, full, coloured))
    every.write(files)
    show(every.told(form))
    return 0


def _text(reports: Reports, full: bool, coloured: bool) -> str:
    from talos_gpu.review.telling.text import text

    return text(reports.difference, _paint, full=full) if coloured else text(reports.difference, full=full)


def _paint(words: str, style: Style) -> str:
    return click.style(words, **_COLOURS[style])
