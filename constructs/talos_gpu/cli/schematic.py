"""`talos-gpu schematic`: Image Factory ids and addresses, offline."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from talos_gpu.errors import OutsideError

__all__ = ["command"]

_STDIN = "-"


@click.group(name="schematic")
def command() -> None:
    """Ids and addresses of Image Factory schematics, computed offline.

    An id works only after its schematic was posted to the factory once:
    `curl -X POST --data-binary @schematic.yaml https://factory.talos.dev/schematics`.
    """


@command.command(name="id")
@click.argument("files", nargs=-1, required=True, type=click.Path())
def _id(files: Sequence[str]) -> None:
    """Print the id of each of FILES (- reads standard input): id, two blanks, file."""
    from talos_gpu.schematic import list_ids

    listing = list_ids([(file, _read(file)) for file in files])
    click.echo(listing.text, nl=False)
    for doubt in listing.doubts:
        click.echo(doubt, err=True)


@command.command(name="url")
@click.argument("file", type=click.Path())
@click.option("--talos", required=True, help="Talos release with its v (v1.x.y).")
@click.option("--platform", default="metal", show_default=True, help="metal, nocloud, aws, ...")
@click.option("--arch", default="amd64", show_default=True, type=click.Choice(["amd64", "arm64"]))
@click.option("--secure-boot", is_flag=True, help="Signed images.")
def _url(file: str, talos: str, platform: str, arch: str, secure_boot: bool) -> None:
    """Print installer, ISO, disk image and PXE addresses of the schematic in FILE."""
    from talos_gpu.catalog import NotListed, load_catalogue
    from talos_gpu.schematic import addresses, parse, schematic_id, uncertain

    schematic = parse(_read(file), file)
    release = load_catalogue().release(talos)
    if isinstance(release, NotListed):
        raise click.BadParameter(release.message, param_hint="--talos")
    found = addresses(
        schematic_id(schematic),
        release.tag,
        platform=platform,
        arch=arch,
        secure_boot=secure_boot,
        installer_name=release.minor.installer_name(platform),
        disk_suffix=release.minor.disk_image_suffix,
    )
    for name, address in (
        ("installer", found.installer),
        ("iso", found.iso),
        ("disk image", found.disk_image),
        ("pxe", found.pxe),
    ):
        click.echo(f"{name + ':':12}{address}")
    for doubt in uncertain(schematic):
        click.echo(f"{file}: {doubt}", err=True)


def _read(file: str) -> bytes:
    if file == _STDIN:
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise OutsideError(f"reading {file}", (error.strerror or str(error)).lower()) from error
