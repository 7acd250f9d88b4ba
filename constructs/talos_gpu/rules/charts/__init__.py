"""What the rules about every chart share: eras, effective values, value tables and certain edits."""

from __future__ import annotations

__all__: list[str] = []
