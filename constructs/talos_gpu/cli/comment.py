"""`talos-gpu comment`: several reports as one comment on a pull request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from talos_gpu.errors import OutsideError

__all__ = ["command"]


@click.command(name="comment")
@click.argument("files", nargs=-1, required=True, type=click.Path(), metavar="FILE...")
@click.option("--whole", default="", metavar="TEXT", help="Where all is, for what did not fit.")
def command(files: Sequence[str], whole: str) -> int:
    """Join Markdown reports into one comment that GitHub takes, and print it.

    FILE is a report that `diff`, `impact`, `synth --check` or `lint` wrote with `--report markdown=FILE`, the most
    important first. GitHub takes 65,536 characters: what does not fit is cut where nothing is open, the first report
    last, and the comment says so. A report that is not there has a line that says so: what should have made it failed.
    """
    from talos_gpu.report.joined_comment import joined_comment

    click.echo(joined_comment([_read(file) for file in files], whole), nl=False)
    return 0


def _read(file: str) -> str:
    try:
        return Path(file).read_bytes().decode(errors="replace")
    except FileNotFoundError:
        from talos_gpu.report.joined_comment import missing

        return missing(file)
    except OSError as error:
        raise OutsideError(f"reading {file}", (error.strerror or str(error)).lower()) from error
