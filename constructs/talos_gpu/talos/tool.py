"""Facts about the tools behind the layouts, out of data/layouts.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["Tool", "tool"]


@dataclass(frozen=True, slots=True)
class Tool:
    """What a layout's tool knows of Talos. Versions are as published; an empty one is not known or has no limit."""

    tool: str
    documents: bool
    """Whether it takes the kinds that machine configs of Talos 1.14 hold."""
    source: str
    checked: str
    last_version: str = ""
    machinery: str = ""
    safe_contract: str = ""
    newest_contract: str = ""
    archived: str = ""
    successor: str = ""


def tool(layout: str) -> Tool:
    """The facts about the tool behind `layout`."""
    return _tools()[layout]


@cache
def _tools() -> dict[str, Tool]:
    text = (files("talos_gpu.talos") / "data" / "layouts.yaml").read_text(encoding="utf-8")
    rows: dict[str, dict[str, Any]] = yaml.load(text, Loader=yaml.CSafeLoader)
    return {name: Tool(**{key: _text(value) for key, value in row.items()}) for name, row in rows.items()}


def _text(value: Any) -> Any:
    return value if isinstance(value, bool) else str(value)
