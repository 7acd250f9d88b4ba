"""`talos-gpu schema`: what editors complete and check with."""

from __future__ import annotations

import click

__all__ = ["command"]


@click.command(name="schema")
@click.argument("what", type=click.Choice(["profile", "review", "upgrade"]), default="profile")
def command(what: str) -> None:
    """Print the JSON Schema of a profile, or of what `--format json` writes: of `talos-gpu diff` (review) or `talos-gpu upgrade`.

    Save that of a profile beside your profiles as schema.json, and editors with the YAML language server complete and check while
    you type: each profile starts with `# yaml-language-server: $schema=./schema.json`.
    """
    if what == "review":
        from talos_gpu.review.telling.json_document import json_schema_text
    elif what == "upgrade":
        from talos_gpu.review.telling.upgrade_document import json_schema_text
    else:
        from talos_gpu.profile.schema import json_schema_text

    click.echo(json_schema_text(), nl=False)
