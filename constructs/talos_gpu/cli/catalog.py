"""`talos-gpu catalog`: the facts that decide, and how to add what is missing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from talos_gpu.cli.failure import NOT_UNDERSTOOD
from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.output.names import FACTS
from talos_gpu.report.untrusted import printable

__all__ = ["command"]

_TOPICS = ("releases", "eras", "gpus", "branches", "toolkits", "images", "charts", "modules")
_FORMAT = click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)


@click.group(name="catalog")
def command() -> None:
    """The facts that decide: Talos releases, eras, GPUs, driver branches, CUDA, images, charts, kernel modules.

    Each fact carries its source. Facts that are missing here can be declared in a profile (`catalogue:`) or in data
    files in catalogue/ beside profiles/, which count for all profiles.
    """


@command.command(name="list")
@click.argument("topic", type=click.Choice(_TOPICS))
@_FORMAT
def _list(topic: str, form: str) -> None:
    """Print what is known of TOPIC as a table."""
    from talos_gpu.catalog import load_catalogue
    from talos_gpu.catalog.listing import listed

    table = listed(load_catalogue(extra_dirs=_files()), topic)
    if form == "json":
        rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    widths = [max(map(len, column)) for column in zip(table.columns, *table.rows, strict=True)]
    for row in (tuple(column.upper() for column in table.columns), *table.rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(printable(line.rstrip()))


@command.command(name="page")
def _page() -> None:
    """Print one Markdown page: every Talos release with its drivers, CUDA and the cards that they drive."""
    from talos_gpu.catalog import load_catalogue
    from talos_gpu.report.compatibility import compatibility

    click.echo(compatibility(load_catalogue(extra_dirs=_files())), nl=False)


@command.command(name="show")
@click.argument("topic", type=click.Choice(_TOPICS))
@click.argument("name")
@_FORMAT
def _show(topic: str, name: str, form: str) -> int:
    """Print everything that is known of one thing, such as `show gpus "RTX 5090"` or `show charts gpu-operator@v26.3.3`."""
    import yaml

    from talos_gpu.catalog import NotListed, load_catalogue
    from talos_gpu.catalog.listing import shown

    found = shown(load_catalogue(extra_dirs=_files()), topic, name)
    if isinstance(found, NotListed):
        click.echo(printable(found.message), err=True)
        for line in found.declare.splitlines():
            click.echo(f"    {line}", err=True)
        return NOT_UNDERSTOOD
    if form == "json":
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        text = yaml.safe_dump(json.loads(json.dumps(found)), sort_keys=False, allow_unicode=True, width=120)
        click.echo(printable(text), nl=False)
    return 0


@command.command(name="add")
@click.argument("release")
@click.option("--from", "file", required=True, type=click.Path(), help="JSON of the factory's extension list.")
@click.option("--checked", default=None, help="Day on which the list was got (ISO date). Default: today.")
@click.option("--output", default=None, type=click.Path(), help=f"Default: {FACTS}/<release>.yaml; - prints.")
@click.option("--force", is_flag=True, help="Replace an existing file.")
def _add(release: str, file: str, checked: str | None, output: str | None, force: bool) -> None:
    """Declare a Talos RELEASE in a data file of your own, out of the Image Factory's extension list.

    Get the list once: `curl -o list.json https://factory.talos.dev/version/<release>/extensions/official`.
    """
    from talos_gpu.catalog import load_catalogue
    from talos_gpu.catalog.addition import release_file

    day = checked or datetime.now(UTC).date().isoformat()
    try:
        listing = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise OutsideError(f"reading {file}", (error.strerror or str(error)).lower()) from error
    except UnicodeDecodeError as error:
        raise OutsideError(f"reading {file}", f"found a file that is no text: {error}") from error
    text = release_file(load_catalogue(), release, listing, file, day)
    if output == "-":
        click.echo(text, nl=False)
        return
    target = Path(output or f"{FACTS}/{'v' + release.removeprefix('v')}.yaml")
    if target.exists() and not force:
        raise click.UsageError(f"{target} exists; --force replaces it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    click.echo(f"{target}")


@command.command(name="verify")
@click.argument("files", nargs=-1, required=True, type=click.Path())
def _verify(files: Sequence[str]) -> None:
    """Check data FILES of the catalogue: every key, type and version, at its line."""
    from talos_gpu.catalog.verify import verify

    findings = [finding for file in files for finding in verify(Path(file))]
    if findings:
        raise NotUnderstood(findings)
    for file in files:
        click.echo(f"{file}: fine")


def _files() -> tuple[Path, ...]:
    from talos_gpu.catalog.user_files import user_files

    return user_files(Path(FACTS))
