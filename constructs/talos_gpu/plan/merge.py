"""Chart values merged as Helm merges values files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["merge_values", "value_at", "with_value"]


def merge_values(ours: Mapping[str, Any], users: Mapping[str, Any]) -> dict[str, Any]:
    """`users` over `ours`: maps merge deep, lists and scalars replace, null is kept (Helm drops the default then)."""
    result = dict(ours)
    for key, value in users.items():
        mine = result.get(key)
        result[key] = merge_values(mine, value) if isinstance(mine, Mapping) and isinstance(value, Mapping) else value
    return result


def with_value(values: Mapping[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """`values` with `value` at `path`."""
    nested: Any = value
    for key in reversed(path):
        nested = {key: nested}
    return merge_values(values, nested)


def value_at(values: Mapping[str, Any], path: tuple[str, ...], default: Any = None) -> Any:
    """The value at `path`, or `default` where the path ends early."""
    found: Any = values
    for key in path:
        if not isinstance(found, Mapping) or key not in found:
            return default
        found = found[key]
    return found
