"""`talos-gpu rule`: the page of a rule, or the list of all."""

from __future__ import annotations

from difflib import get_close_matches

import click

__all__ = ["command"]


@click.command(name="rule")
@click.argument("rule", required=False, metavar="[RULE-ID]")
@click.option("--markdown", is_flag=True, help="Print all pages as one Markdown page.")
def command(rule: str | None, markdown: bool) -> None:
    """Print what the rule RULE-ID checks, why it matters and what to write instead; without it, list all rules."""
    from talos_gpu.rules import DESCRIBED

    if markdown:
        from talos_gpu.report.rules_page import rules_page

        click.echo(rules_page(), nl=False)
        return
    if rule is None:
        for told in DESCRIBED.values():
            click.echo(f"{told.id}  {told.severity:<8} {told.name}")
        return
    name = rule.upper()
    if name not in DESCRIBED:
        near = get_close_matches(name, DESCRIBED, n=3) or list(DESCRIBED)[:3]
        raise click.UsageError(f"there is no rule {rule}; near it: {', '.join(near)}")
    told = DESCRIBED[name]
    click.echo(f"# {told.id}: {told.name} ({told.severity})\n")
    click.echo(told.page.text.rstrip())
    click.echo(f"\n## Source\n\n{told.source}, since talos-gpu {told.since}")
