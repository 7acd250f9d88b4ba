"""Chart values of the user's: refused where the chart drops or ignores them, or where they undo what the era needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from talos_gpu.catalog import RequiredValue, StackSupport, Trap, ValueTable
from talos_gpu.plan.fact import cited
from talos_gpu.plan.merge import value_at
from talos_gpu.plan.problems import Problems

__all__ = ["check_required", "check_user_values"]

Path = tuple[str, ...]


def check_user_values(
    values: Mapping[str, Any],
    support: StackSupport,
    version: str,
    table: ValueTable,
    problems: Problems,
    above: Path = (),
) -> None:
    """Refuses, at the outermost key, what chart `version` drops, ignores or fails on."""
    for key, value in values.items():
        path = (*above, key)
        dotted = ".".join(path)
        if "." in key and dotted in table.paths:
            message = (
                f"found the key {key}, which {support.chart} does not read: only helm --set splits a key at its dots"
            )
            remedy = f"Write {_nested(dotted)}."
            problems.refuse(("stack", "values", *path), message, remedy, cited(table.source))
            continue
        ignored = next((trap for trap in table.traps.get(dotted, ()) if trap.effect == "ignored"), None)
        if isinstance(value, Mapping) and value and ignored is None and table.value(dotted) is not None:
            check_user_values(value, support, version, table, problems, path)
            continue
        effect = "ignored" if ignored else table.effect(dotted, value)
        if effect == "read":
            continue
        chart = f"{support.chart} {version}"
        message, remedy = (
            _ignored(chart, dotted, ignored) if effect == "ignored" else _typed(chart, dotted, value, table)
        )
        problems.refuse(("stack", "values", *path), message, remedy, cited(table.source))


def _nested(dotted: str) -> str:
    """The path as maps in each other, on one line."""
    steps = dotted.split(".")
    return "".join(f"{step}: {{" for step in steps[:-1]) + f"{steps[-1]}: ..." + "}" * (len(steps) - 1)


def _ignored(chart: str, dotted: str, trap: Trap | None) -> tuple[str, str]:
    if trap is None:
        text = f"{chart} does not read {dotted}: no template uses it, so Helm drops it without a word"
        return text, "Remove it, or correct the path."
    instead = f"Write instead: {trap.instead}." if trap.instead else "Remove it."
    return f"{chart} does not read {dotted}, which {trap.text}", instead


def _typed(chart: str, dotted: str, value: object, table: ValueTable) -> tuple[str, str]:
    fact = table.value(dotted)
    wanted = " or ".join((fact.emitted_only_if or fact.fails_unless) if fact else ())
    happens = "drops" if table.effect(dotted, value) == "dropped" else "fails on"
    return (
        f"found {_quoted(value)}; {chart} wants a {wanted} here, and {happens} anything else",
        f"Write it as a {wanted}.",
    )


def check_required(data: Mapping[str, Any], table: ValueTable, required: RequiredValue, problems: Problems) -> None:
    """Refuses merged values that lack what the era needs."""
    dotted = ".".join(required.path)
    fact = table.value(dotted)
    default = fact.default if fact and fact.has_default else None
    merged = value_at(data, required.path, default)
    if _holds(merged, required.value):
        return
    problems.refuse(
        ("stack", "values", *required.path),
        f"found {_told(merged)}, but this Talos release needs {_told(required.value)}: {required.why}",
        f"Remove {dotted} from stack.values." + _driver_hint(required),
        cited(required.source),
    )


def _driver_hint(required: RequiredValue) -> str:
    if required.path != ("driver", "enabled"):
        return ""
    return " Where the operator must keep its driver switched on, write stack: {driver: pre-installed}."


def _holds(merged: Any, required: object) -> bool:
    """An environment list holds what is required when each name has its value there, and no other."""
    if not isinstance(required, list | tuple):
        return bool(merged == required)
    entries = [item for item in merged if isinstance(item, Mapping)] if isinstance(merged, list) else []
    return all(
        [item.get("value") for item in entries if item.get("name") == wanted["name"]] == [wanted["value"]]
        for wanted in required
    )


def _quoted(value: object) -> str:
    """The value, in quotes where it would be of another type without them."""
    return f'"{value}"' if value in ("true", "false") else _told(value)


def _told(value: object) -> str:
    """The value in YAML's words; an environment list as its assignments."""
    if value is None:
        return "null"
    if isinstance(value, list | tuple):
        items = [f"{item.get('name')}={item.get('value')}" for item in value if isinstance(item, Mapping)]
        return ", ".join(items) or f"[{', '.join(map(_told, value))}]"
    if isinstance(value, Mapping):
        return "a map"
    return str(value).lower() if isinstance(value, bool) else str(value)
