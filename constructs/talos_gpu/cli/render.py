"""Profiles rendered in memory, with progress on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from talos_gpu.output.render import render
from talos_gpu.output.rendered import RenderedCluster

__all__ = ["render_profiles"]

_WORTH_SHOWING = 20
"""Fewer profiles are done before anybody could read a progress bar."""


def render_profiles(files: Sequence[str], quiet: bool, *, cached: bool = True) -> list[RenderedCluster]:
    """The clusters of these profiles. Nothing is written."""
    with _progress(len(files), quiet) as advance:
        return render(files, Path(), advance, cached=cached)


@contextmanager
def _progress(total: int, quiet: bool) -> Iterator[Callable[[], None]]:
    if quiet or total < _WORTH_SHOWING or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("rendering", total=total)
        yield lambda: progress.advance(task)
