"""`talos-gpu upgrade`: what an upgrade of Talos comes to that nobody has made yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talos_gpu.cli.failure import REFUSED
from talos_gpu.cli.paging import show
from talos_gpu.cli.profiles import find_profiles
from talos_gpu.cli.review_colours import COLOURS

if TYPE_CHECKING:
    from talos_gpu.review.telling.upgrade_text import Style
    from talos_gpu.review.upgrade import Upgrade

__all__ = ["command"]


def _text(upgrade: Upgrade) -> str:
    from talos_gpu.review.telling.upgrade_text import text

    return text(upgrade, _paint)


def _json(upgrade: Upgrade) -> str:
    from talos_gpu.review.telling.upgrade_document import json_document

    return json_document(upgrade)


FORMATS: Mapping[str, Callable[[Upgrade], str]] = {"text": _text, "json": _json}
"""Every format by its name."""


@click.command(name="upgrade")
@click.argument("profile", type=click.Path())
@click.option("--to", "target", required=True, metavar="VERSION", help="The Talos release, v1.x.y; or `latest`.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
def command(profile: str, target: str, form: str) -> int:
    """Plan the upgrade of PROFILE's cluster to another Talos release; nothing is written.

    Hop after hop, one minor at a time: the lines of the profile to write, what is rendered then, which findings appear,
    which GPUs and CUDA images stop working, what it costs, the steps with their commands, and the way back. A change of
    the profile that a hop needs is proposed where there is exactly one. What no fact tells is unknown.

    \b
    Verdicts, the mildest first: safe, safe with steps, unknown, blocked.
    Exit codes: 0 safe, with steps or without; 1 unknown or blocked; 2 not understood,
    or no later release; 4 something outside failed.
    """  # noqa: D301 (click reads the backspace)
    from talos_gpu.review.upgrade import plan_upgrade

    (file,) = find_profiles([profile]).files
    upgrade = plan_upgrade(file, Path(), target, datetime.now(UTC).date())
    show(FORMATS[form](upgrade))
    return 0 if upgrade.verdict in {"safe", "safe with steps"} else REFUSED


def _paint(words: str, style: Style) -> str:
    return click.style(words, **COLOURS[style])
