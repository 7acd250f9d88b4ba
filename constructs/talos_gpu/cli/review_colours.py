"""How the parts of a review look at a terminal: the same in impact and in upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["COLOURS"]

COLOURS: Mapping[str, Mapping[str, Any]] = {
    "cluster": {"bold": True, "underline": True},
    "danger": {"fg": "red", "bold": True},
    "cost": {"fg": "yellow", "bold": True},
    "mild": {"fg": "green"},
    "faint": {"dim": True},
    "heading": {"bold": True},
    "command": {"fg": "cyan"},
}
