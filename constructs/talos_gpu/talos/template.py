"""A topic becomes text by its template; the text must say exactly what was planned."""

from __future__ import annotations

import json
import re
import textwrap
from functools import cache, lru_cache
from typing import Any

import jinja2
import yaml

from talos_gpu.errors import InternalError
from talos_gpu.talos.topic import Topic

__all__ = ["write"]

_PLAIN = re.compile(r"[A-Za-z0-9_/.](?:[A-Za-z0-9_/.@:+='-]| (?=[A-Za-z0-9_/.='-]))*")
_YAML_1_1 = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
"""Words that some YAML reader takes for something else than text."""
_WIDTH = 80
"""Columns of a comment, which is what the files that other rooms write have too."""
_KEPT = 4096
"""How many texts are kept as they were written: most reasons and names come again with every cluster."""


def write(dialect: str, topic: Topic, why: str = "") -> str:
    """The text of `topic`'s patch, with `why` above it.

    Raises InternalError when the text does not parse to the planned data.
    """
    template = _environment().get_template(f"{dialect}/{topic.name}.yaml.j2")
    text = template.render(why=why, **topic.context)
    parsed = tuple(yaml.load_all(text, Loader=yaml.CSafeLoader))
    if parsed != topic.objects:
        raise InternalError(f"the template {dialect}/{topic.name} wrote {parsed!r}, planned was {topic.objects!r}")
    return text


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(  # noqa: S701 - YAML, not HTML: the filters below quote
        loader=jinja2.PackageLoader("talos_gpu.talos"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters.update(comment=_comment, scalar=_scalar)
    return environment


@lru_cache(maxsize=_KEPT)
def _comment(text: str) -> str:
    """`text` as comment lines, each with its newline; nothing where there is nothing to say."""
    words = " ".join(text.split())
    lines = textwrap.wrap(words, _WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)


@lru_cache(maxsize=_KEPT)
def _scalar(text: str) -> str:
    """`text` as YAML reads it back, plain where every reader agrees."""
    if _PLAIN.fullmatch(text) and text.lower() not in _YAML_1_1 and _is_text(text):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _is_text(text: str) -> bool:
    """Whether a reader may not take `text` for a number, a date or a map."""
    if re.match(r"[-+.]?\d", text):
        return False
    value: Any = yaml.load(text, Loader=yaml.CSafeLoader)
    return isinstance(value, str)
