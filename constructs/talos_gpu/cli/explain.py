"""`talos-gpu explain`: why each thing is as it is, and who says so."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from talos_gpu.cli.profiles import find_profiles
from talos_gpu.markdown import plain
from talos_gpu.report.untrusted import printable

__all__ = ["command"]


@click.command(name="explain")
@click.argument("profile", type=click.Path())
@click.argument("path", required=False, default="")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
def command(profile: str, path: str, form: str) -> None:
    """Print every decision that follows from PROFILE, with its reason, its source and who decided.

    PATH narrows it down: `talos-gpu explain profiles/a.yaml pools.gpu.gpu` prints what is below that path.
    """
    from talos_gpu.output.render import plan_profile
    from talos_gpu.plan.explain import decisions

    (file,) = find_profiles([profile]).files
    _, plan = plan_profile(file, Path())
    entries = list(decisions(plan))
    chosen = [entry for entry in entries if not path or entry.path == path or entry.path.startswith(f"{path}.")]
    if not chosen:
        known = [entry.path for entry in entries]
        near = get_close_matches(path, known, n=3) or known[:3]
        raise click.UsageError(f"the plan has no decision at {path}; near it: {', '.join(near)}")
    notices = [] if path else list(plan.notices)
    {"text": _text, "json": _json, "markdown": _markdown}[form](chosen, notices)


def _text(entries: Sequence[Any], notices: Sequence[Any]) -> None:
    for entry in entries:
        decision = entry.decision
        click.echo(click.style(printable(f"{entry.path}: "), bold=True) + printable(_value(decision)))
        for line in _reasons(decision):
            click.echo(textwrap.indent(printable(line), "    "))
    for notice in notices:
        click.echo(click.style(f"notice ({notice.topic}): ", fg="yellow") + printable(notice.text))
        if notice.source:
            click.echo(printable(f"    source: {notice.source}"))


def _reasons(decision: Any) -> Iterable[str]:
    if not hasattr(decision, "value"):
        yield f"why: {decision.why}"
        if decision.declare:
            yield "declare:\n" + textwrap.indent(decision.declare, "    ")
        return
    yield f"because: {decision.reason} (by: {decision.by})"
    if decision.source:
        yield f"source: {decision.source}"


def _value(decision: Any) -> str:
    from talos_gpu.plan.explain import as_data

    if not hasattr(decision, "value"):
        return "unknown"
    value = as_data(decision.value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _json(entries: Sequence[Any], notices: Sequence[Any]) -> None:
    from talos_gpu.plan.explain import as_data

    rows: list[dict[str, Any]] = []
    for entry in entries:
        decision = entry.decision
        if hasattr(decision, "value"):
            facts = {"known": True, "value": as_data(decision.value), "reason": decision.reason}
            facts |= {"source": decision.source, "by": decision.by}
        else:
            facts = {"known": False, "why": decision.why, "declare": decision.declare}
        rows.append({"path": entry.path, **facts})
    told = [{"topic": item.topic, "text": item.text, "source": item.source} for item in notices]
    click.echo(json.dumps({"decisions": rows, "notices": told}, indent=2, ensure_ascii=False))


def _markdown(entries: Sequence[Any], notices: Sequence[Any]) -> None:
    click.echo("| what | value | why | source | by |\n| --- | --- | --- | --- | --- |")
    for entry in entries:
        decision = entry.decision
        known = hasattr(decision, "value")
        why = decision.reason if known else decision.why
        cells = [
            entry.path,
            _value(decision),
            why,
            decision.source if known else "",
            decision.by if known else "nobody",
        ]
        click.echo("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    for notice in notices:
        click.echo(f"\n> **{_cell(notice.topic)}**: {_cell(notice.text)}")


def _cell(text: str) -> str:
    return plain(text)
