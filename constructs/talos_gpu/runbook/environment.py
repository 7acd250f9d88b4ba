"""The templates of the runbook: whatever they interpolate is escaped, unless a filter has finished it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jinja2

from talos_gpu import markdown
from talos_gpu.plan.decision import Decision, Known
from talos_gpu.runbook import node, shell

__all__ = ["render", "render_text"]


def render(name: str, context: Mapping[str, Any]) -> str:
    """Returns the template file `name`, rendered."""
    return environment().get_template(name).render(context)


def render_text(text: str, context: Mapping[str, Any]) -> str:
    """Returns a text of the data files, rendered."""
    return _text(text).render(context) if "{{" in text else text


@lru_cache
def environment() -> jinja2.Environment:
    """Returns the one environment; a name that a template asks for and nobody gave is an error."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("talos_gpu.runbook"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 (HTML's escaping; `finalize` escapes for Markdown)
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    made.filters.update({**_MARKDOWN, **_DECISIONS, **node.FILTERS})
    return made


@lru_cache(maxsize=1024)
def _text(text: str) -> jinja2.Template:
    return environment().from_string(text)


def _finalize(value: object) -> object:
    if isinstance(value, (markdown.Finished, jinja2.Undefined)):
        return value
    return markdown.plain(value)


def _codes(items: Any) -> markdown.Finished:
    """Returns code spans separated by commas, or `none` for no items."""
    return markdown.Finished(", ".join(markdown.code(item) for item in items) or "none")


def _indented(text: str, width: int) -> markdown.Finished:
    return markdown.Finished(" " * width + text)


def _known(decision: Decision[Any]) -> str:
    return str(decision.value) if isinstance(decision, Known) else "unknown"


def _known_value(decision: Decision[Any]) -> Any:
    return decision.value if isinstance(decision, Known) else None


def _known_or_why(decision: Decision[Any]) -> markdown.Finished:
    if isinstance(decision, Known):
        return markdown.code(decision.value)
    return markdown.Finished("unknown, see [Unknown](#unknown)")


def _pairs(mapping: Mapping[str, object]) -> tuple[str, ...]:
    return tuple(f"{key}={value}" for key, value in mapping.items())


_MARKDOWN = {
    "cell": markdown.cell,
    "code": markdown.code,
    "codes": _codes,
    "fence": markdown.fence,
    "finished": markdown.Finished,
    "indented": _indented,
    "origin": markdown.origin,
    "plain_text": markdown.plain_text,
    "prose": markdown.prose,
    "sh": lambda word: markdown.Finished(shell.quote(word)),
}
_DECISIONS = {"known": _known, "known_or_why": _known_or_why, "known_value": _known_value, "pairs": _pairs}
