"""Questions on a terminal; without one, refusals that name the flag."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from talos_gpu.catalog import Catalogue, NotListed
from talos_gpu.cli.init.flags import flag_finding, problems, with_v
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding
from talos_gpu.profile.draft import DraftNode
from talos_gpu.profile.text import Address, Name, Text

__all__ = ["Questions", "gpu_name"]


class Questions:
    """Asks on a terminal, else refuses with the flags that answer; answers are checked against the catalogue."""

    def __init__(self, catalogue: Catalogue, interactive: bool) -> None:
        self.catalogue = catalogue
        self.interactive = interactive
        self.asked = False

    def text(self, question: str, flag: str, kind: Any, default: str = "") -> str:
        """An answer that the profile's type allows."""
        self._needs(flag)
        while True:
            answer = str(click.prompt(question, default=default or None, err=True)).strip()
            found = problems(flag, answer, kind)
            if not found:
                return answer
            click.echo(found[0].message, err=True)

    def talos(self) -> str:
        """A release of the catalogue; the newest stable one is proposed."""
        stable = [release.tag for release in self.catalogue.releases() if not release.prerelease]
        while True:
            answer = with_v(self.text("Talos release", "--talos", Text, stable[-1]))
            found = self.catalogue.release(answer)
            if not isinstance(found, NotListed):
                return found.tag
            click.echo(found.message, err=True)

    def gpu(self, pool: str) -> str:
        """A product of the catalogue."""
        while True:
            flag = f"--gpu (or --gpu {pool}=MODEL)"
            answer = self.text(f"GPU of the nodes of pool {pool} (marketing name or PCI id)", flag, Text)
            found = gpu_name(self.catalogue, answer)
            if isinstance(found, str):
                return found
            click.echo(found.message, err=True)

    def pool(self, names: list[str]) -> str:
        """One of several pools of which no file says that its nodes carry GPUs."""
        if not self.interactive:
            message = f"nothing says which of the pools {', '.join(names)} carries GPUs; add --pool NAME"
            raise NotUnderstood([flag_finding("--pool", message)])
        return str(click.prompt("Pool whose nodes carry GPUs", type=click.Choice(names), err=True))

    def count(self) -> int:
        """How many GPUs a node carries."""
        return int(click.prompt("GPUs of one node", default=1, type=click.IntRange(1, 64), err=True))

    def nodes(self) -> Iterator[DraftNode]:
        """Nodes by name and address, until an empty name."""
        while name := str(
            click.prompt("Name of a GPU node (empty: no more)", default="", show_default=False, err=True)
        ):
            if found := problems("--node", name, Name):
                click.echo(found[0].message, err=True)
                continue
            yield DraftNode(name, self.text(f"Address of {name}", "--node", Address))

    def _needs(self, flag: str) -> None:
        if not self.interactive:
            message = "is missing and there is no terminal to ask on"
            raise NotUnderstood(
                [flag_finding(flag, message, "Give the flag, or run this on a terminal without --no-input.")]
            )
        self.asked = True


def gpu_name(catalogue: Catalogue, text: str) -> str | Finding:
    """The catalogue's name of the product that the text means; a finding where it means none, or several."""
    match = catalogue.gpus(text)
    if isinstance(match, NotListed):
        return flag_finding("--gpu", match.message, match.declare)
    if match.only is None:
        names = ", ".join(match.names)
        return flag_finding(
            "--gpu", f"{text} may be any of {len(match.gpus)} products: {names}", "Write one of these names."
        )
    return match.only.name
