"""Rows of the data files: texts that are shown where their condition holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from talos_gpu.runbook.condition import Facts, holds

__all__ = ["Entry", "applying", "entries"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. Its `texts` are Markdown, and templates: what is interpolated is escaped."""

    texts: Mapping[str, str]
    source: str
    when: Mapping[str, Any] = field(default_factory=dict)


@lru_cache
def entries(name: str) -> tuple[Entry, ...]:
    """Returns the rows of `data/<name>.yaml`, in the file's order."""
    text = files(__package__).joinpath("data", f"{name}.yaml").read_text("utf-8")
    return tuple(_entry(row) for row in yaml.load(text, Loader=yaml.CSafeLoader))


def applying(name: str, facts: Facts) -> tuple[Entry, ...]:
    """Returns the rows of `data/<name>.yaml` that hold for a plan with these facts."""
    return tuple(entry for entry in entries(name) if holds(entry.when, facts))


def _entry(row: Mapping[str, Any]) -> Entry:
    texts = {key: value.strip() for key, value in row.items() if key not in {"source", "when", "checked"}}
    return Entry(texts=texts, source=row["source"], when=row.get("when", {}))
