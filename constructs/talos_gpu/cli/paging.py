"""Long texts at a terminal."""

from __future__ import annotations

import shutil
import sys

import click

__all__ = ["show"]


def show(told: str) -> None:
    """Paged where a person reads it who would not see its beginning otherwise."""
    if sys.stdout.isatty() and told.count("\n") >= shutil.get_terminal_size().lines:
        click.echo_via_pager(told)
    else:
        click.echo(told, nl=False)
