"""The entry point: finds the command, and turns what goes wrong into a sentence and an exit code.

Commands are imported when they are called, so that a no-op synth imports nothing but click.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from talos_gpu.cli import failure

__all__ = ["COMMANDS", "Commands", "main", "run"]

COMMANDS = {
    "synth": ("synth", "Render all profiles into dist/, writing only what changed."),
    "lint": ("lint", "Find every known way to break a GPU on Talos, in profiles and in any files."),
    "diff": ("diff", "Show what changed between two states: clusters, objects, fields."),
    "impact": ("impact", "Tell what a change costs: reboots, upgrades, restarts, losses."),
    "upgrade": ("upgrade", "Plan an upgrade of Talos before anybody makes it: safe, with steps, or not."),
    "comment": ("comment", "Join Markdown reports into one comment that GitHub takes."),
    "rule": ("rule", "Explain a rule: what it checks, why it matters, what to write instead."),
    "explain": ("explain", "Print every decision of a profile's plan, with reason and source."),
    "init": ("init", "Write a first profile: by questions, by flags, or out of existing files."),
    "schematic": ("schematic", "Compute Image Factory schematic ids and addresses, offline."),
    "catalog": ("catalog", "List, show, extend and verify the facts that decide."),
    "schema": ("schema", "Print the JSON Schema of a profile, a review or an upgrade."),
    "completion": ("completion", "Print the shell completion script."),
}
"""Command to its module in this package, and what it does in one line."""


class Commands(click.Group):
    """The commands above, each imported only when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order in which a newcomer meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"talos_gpu.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that `args` begins with; a name that is none is told with those near it."""
        name = args[0]
        if name not in COMMANDS and not ctx.resilient_parsing and name.isalpha():
            from difflib import get_close_matches

            near = get_close_matches(name, COMMANDS)
            rest = f"near it: {', '.join(near)}" if near else f"write one of {', '.join(COMMANDS)}"
            raise click.UsageError(f"there is no command {name}; {rest}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The one-line texts, without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if not asked:
        return
    from importlib import metadata

    try:
        click.echo(f"talos-gpu {metadata.version('talos-gpu')}")
    except metadata.PackageNotFoundError:
        click.echo("talos-gpu, from a clone that is not installed")
    ctx.exit()


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version."
)
@click.pass_context
def _group(ctx: click.Context) -> None:
    """Everything an NVIDIA GPU needs on Talos Linux, from one typed profile per cluster.

    Profiles lie in profiles/; what is rendered goes to dist/, to be committed and reviewed.

    \b
    Exit codes: 0 fine, 1 understood but refused, 2 not understood, 3 out of date,
    4 something outside failed, 70 a bug of ours, 130 interrupted.
    """  # noqa: D301 (click reads the backspace)
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code; what goes wrong is told on stderr."""
    try:
        result = _group.main(
            args=list(arguments) if arguments is not None else None, prog_name="talos-gpu", standalone_mode=False
        )
    except BaseException as error:
        return failure.report(error)
    return result if isinstance(result, int) else 0


def main() -> NoReturn:
    """Runs the process's command line and exits."""
    sys.exit(run())
