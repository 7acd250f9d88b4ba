"""Mermaid, asked for what it reads in a picture."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from judge.npm import NODE, locked

__all__ = ["RELEASES", "blocks", "read"]

RELEASES: Mapping[str, str] = {"mermaid-10": "mermaid v10.9.5", "mermaid-12": "mermaid v12.3.0"}
"""The releases that are asked, and their names in the table: what GitHub, GitLab and Forgejo run lies between them."""

_BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> Iterator[str]:
    """The pictures of a page."""
    yield from _BLOCK.findall(page)


def read(pictures: Sequence[str]) -> list[dict[str, dict[str, Any]]]:
    """For each picture what each release read: boxes with the text that a browser shows, arrows and groups, or error."""
    folder = locked("mermaid")
    done = subprocess.run(
        [NODE, folder / "judge.mjs"],
        input=json.dumps(list(pictures)),
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    answers: list[dict[str, dict[str, Any]]] = json.loads(done.stdout)
    return answers
