"""`talos-gpu schema`: what editors complete and check with."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(name="schema")
def command() -> None:
    """Print the JSON Schema of a profile.

    Save it beside your profiles as schema.json, and editors with the YAML language server complete and check while
    you type: each profile starts with `# yaml-language-server: $schema=./schema.json`.
    """
    from talos_gpu.profile.schema import json_schema_text

    click.echo(json_schema_text(), nl=False)
