"""`talos-gpu completion`: the script that a shell sources."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]


@click.command(name="completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the completion script for SHELL.

    For bash: `talos-gpu completion bash > ~/.local/share/bash-completion/completions/talos-gpu`.
    """
    found = get_completion_class(shell)
    assert found is not None
    root = ctx.find_root().command
    click.echo(found(root, {}, "talos-gpu", "_TALOS_GPU_COMPLETE").source())
