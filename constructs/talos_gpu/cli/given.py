"""What the command line says of clusters, refused where it says nothing that can be meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from talos_gpu.catalog import Catalogue, NotListed
    from talos_gpu.inventory import Given

__all__ = ["given"]

_RELEASE = re.compile(r"v?(?P<number>\d+\.\d+(?:\.\d+(?:-[0-9A-Za-z.-]+)?)?)")
_LEAVE_OUT = "Leave the option out where you do not know: what depends on it is then not judged, and that is said."


def given(talos: str, target: str, kubernetes: str, gpus: Sequence[str], facts: Iterable[Path]) -> Given:
    """The options as facts, versions with their v.

    A patch release that the catalogue does not know yet may be given: most rules ask for the minor alone.

    Raises:
        UsageError: for a word that is no version, a minor or GPU that the catalogue does not know.
    """
    from talos_gpu.catalog import load_catalogue
    from talos_gpu.inventory import Given

    files = tuple(facts)
    catalogue = load_catalogue(extra_dirs=files)
    return Given(
        talos=_talos(talos, "--talos", catalogue),
        target=_talos(target, "--to", catalogue),
        kubernetes=_version(kubernetes, "--kubernetes", "a Kubernetes version, v1.x.y or v1.x"),
        gpus=tuple(_gpu(name, catalogue) for name in gpus if name),
        facts=files,
    )


def _version(text: str, option: str, what: str) -> str:
    found = _RELEASE.fullmatch(text.strip())
    if text and found is None:
        raise click.BadParameter(f"found {text!r}; expected {what}. {_LEAVE_OUT}", param_hint=option)
    return f"v{found['number']}" if found else ""


def _talos(text: str, option: str, catalogue: Catalogue) -> str:
    from talos_gpu.catalog import Minor
    from talos_gpu.catalog.version import minor_of

    stable = [release.tag for release in catalogue.releases() if not release.prerelease]
    version = _version(text, option, f"a Talos release such as {stable[-1]}, or a minor such as {minor_of(stable[-1])}")
    if version and not isinstance(minor := catalogue.minor(version), Minor):
        raise _not_listed(minor, option)
    return version


def _gpu(name: str, catalogue: Catalogue) -> str:
    from talos_gpu.catalog import GpuMatch

    match = catalogue.gpus(name)
    if isinstance(match, GpuMatch):
        return name
    raise _not_listed(match, "--gpu")


def _not_listed(found: NotListed, option: str) -> click.BadParameter:
    declare = " A file in catalogue/ can declare it." if found.declare else ""
    return click.BadParameter(f"{found.message}.{declare} {_LEAVE_OUT}", param_hint=option)
