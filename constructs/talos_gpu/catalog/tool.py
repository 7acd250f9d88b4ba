"""Facts about the tools behind the layouts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from talos_gpu.catalog._data import load

__all__ = ["Tool", "tool"]


@dataclass(frozen=True, slots=True)
class Tool:
    """What a layout's tool knows of Talos. Versions are as published; an empty one is not known or has no limit.

    `newest_release` is the newest Talos release in its own table, and `installer` is how it names the installer image,
    with `{platform}`: empty where the name of the release counts.
    """

    tool: str
    source: str
    last_version: str
    machinery: str
    newest_release: str
    safe_contract: str
    newest_contract: str
    successor: str
    installer: str


@cache
def tool(layout: str) -> Tool:
    """Returns the facts about the tool behind `layout`."""
    row = load("layouts.yaml")["layouts"][layout]
    return Tool(
        tool=row["tool"],
        source=row["source"],
        last_version=row.get("lastVersion", ""),
        machinery=row.get("machinery", ""),
        newest_release=row.get("newestRelease", ""),
        safe_contract=row.get("safeContract", ""),
        newest_contract=row.get("newestContract", ""),
        successor=row.get("successor", ""),
        installer=row.get("installer", ""),
    )
