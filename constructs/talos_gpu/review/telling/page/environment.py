"""The page's templates: all that they print is made visible and escaped, unless a function here has done so."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import jinja2
from markupsafe import Markup, escape

from talos_gpu.review.impact.verdict import Cause, ScopeImpact
from talos_gpu.review.quotable.line import shown_value
from talos_gpu.review.telling.page.links import prose, source
from talos_gpu.review.telling.page.visible import clipped, visible
from talos_gpu.review.telling.words import WORDS, counted

__all__ = ["asset", "part", "whole"]

_LONGEST = 600


def whole(**values: Any) -> str:
    """The page itself."""
    return _environment().get_template("page.html.j2").render(values)


def part(name: str, *values: object) -> Markup:
    """A piece of it: a macro of the templates."""
    made = getattr(_parts(), name)(*values)
    assert isinstance(made, Markup)
    return made


@cache
def asset(name: str) -> str:
    """A file of the page's own, as it is embedded."""
    return (files("talos_gpu.review.telling.page") / name).read_text(encoding="utf-8")


@cache
def _parts() -> Any:
    return _environment().get_template("parts.html.j2").module


@cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("talos_gpu.review.telling.page"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,  # select_autoescape leaves .html.j2 alone
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(clipped=clipped, counted=counted, prose=prose, source=source, value=_value, causing=_causing)
    made.globals["words"] = WORDS
    return made


def _finalize(value: object) -> object:
    if isinstance(value, (Markup, jinja2.Undefined)):
        return value
    return escape(visible(str(value)))


def _value(text: str, path: str, *beside: str) -> str:
    """A value as it may be shown: no secret, and not without end."""
    return clipped(shown_value(text, path, *beside), _LONGEST)


def _causing(pools: Iterable[ScopeImpact], cause: Cause) -> list[str]:
    """The names of the pools that it concerns."""
    return [pool.name for pool in pools if cause in pool.causes]
