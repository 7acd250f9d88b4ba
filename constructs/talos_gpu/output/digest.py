"""Digests of contents, and of the code that made them."""

# Plain paths all through: pathlib costs more than the work itself.
# ruff: noqa: PTH100, PTH120, PTH123
from __future__ import annotations

import hashlib
import os

__all__ = ["code_digest", "of"]

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_BY_PRODUCTS = (".pyc", ".pyo", "~", ".orig", ".rej", ".swp")


def of(content: bytes) -> str:
    """The SHA-256 of `content`, in lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def code_digest(package: str = _PACKAGE) -> str:
    """One digest over the sources and data of talos-gpu: it is equal wherever the same files are installed.

    The versions of the libraries are left out: they differ between two machines that render the same bytes, and a
    ledger that flips with them would be noise in every pull request. `synth --check --full` sees what they change.
    """
    total = hashlib.sha256()
    for name, path in sorted(_sources(package, "")):
        with open(path, "rb") as source:
            total.update(f"{name}\0{of(source.read())}\n".encode())
    return total.hexdigest()


def _sources(folder: str, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith((".", "__pycache__")) or entry.name.endswith(_BY_PRODUCTS):
                continue
            if entry.is_dir():
                found += _sources(entry.path, f"{prefix}{entry.name}/")
            else:
                found.append((prefix + entry.name, entry.path))
    return found
