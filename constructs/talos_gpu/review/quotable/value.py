"""Whether a value may be quoted: by what it is, by its name, and by the object that it is of."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Value
from talos_gpu.inventory.secret_line import may_hold_secret, names_secret
from talos_gpu.review.difference.change import Path, Selector
from talos_gpu.review.quotable.line import holds_secret

__all__ = ["is_secret_value"]

_SECRET_FIELDS = ("data", "stringData")


def is_secret_value(value: Value, path: Path, root: Value | None, *, several: bool = False) -> bool:
    """Whether all of a value at `path` of `root` is to be hidden; with `several` lines it is by its name alone."""
    if not value.exists:
        return False
    names = [str(step) for step in path[-1:] if isinstance(step, str)]
    names += [text for step in path[-2:] if isinstance(step, Selector) for _, text in step.keys]
    if root is not None and _is_of_secret(path, root):
        return True
    if several:
        return any(map(names_secret, names))
    return any(map(_keeps_secret, value.walk())) or any(
        holds_secret(text, (*names, *more)) for more, text in _scalars(value)
    )


def _is_of_secret(path: Path, root: Value) -> bool:
    """Whether it is what a Secret of Kubernetes keeps, be it one in a list of objects."""
    at = next((number for number, step in enumerate(path) if step in _SECRET_FIELDS), None)
    if at is None or at == 0:
        return at == 0 and root.get("kind").raw == "Secret"
    return any(found.get("kind").raw == "Secret" for found in root.walk() if found.is_map)


def _keeps_secret(value: Value) -> bool:
    """Whether it is a Secret that keeps anything, or a variable whose name says what its value is."""
    if not value.is_map:
        return False
    if value.get("kind").raw == "Secret" and any(value.get(field).exists for field in _SECRET_FIELDS):
        return True
    name, text = value.get("name").raw, value.get("value").raw
    return names_secret(name) and may_hold_secret(f"{name}: {' '.join(text.split())}")


def _scalars(value: Value) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every scalar at and below the value, with the key that it stands behind."""
    for found in value.walk():
        if found.is_scalar:
            key = found.path[-1] if found.path else 0
            yield (key,) if isinstance(key, str) else (), found.raw
