"""The two lines above a generated file: what wrote it, and from which profile."""

from __future__ import annotations

import re

__all__ = ["MARK", "for_path", "is_ours", "is_written_by_us"]

MARK = "Written by talos-gpu from "

_HINT = "Change the profile and run synth again: what is edited here is replaced."
_HASH_SUFFIXES = (".yaml", ".yml", ".tf", ".tftpl", ".hcl", ".toml", ".sh", ".part")
_SCHEMATIC = re.compile(r"(^|/)(schematics/[^/]+\.yaml|schematic\.yaml\.tftpl)$")
"""The files without a header: one would change the id."""
_SCHEMATIC_STARTS = (b"customization:", b"overlay:", b"%{ if needs_nvidia_extensions")
_UNSAFE = re.compile("[^A-Za-z0-9 !#&'()*+,./:;=?@^_~-]")
"""What a file name may hold and a comment may not: control and bidi characters, `-->`, `${`, `%{`, `{{`, backquotes."""


def for_path(path: str, profile: str) -> str:
    """The header for a file named `path`, with its newline, or nothing where the format has no comments.

    `profile` is the profile's path relative to the working root, or a word such as `profiles/`.
    """
    origin = _UNSAFE.sub(_percent, profile)
    if path.endswith(".md"):
        return f"<!-- {MARK}{origin}.\n     {_HINT} -->\n"
    if path.endswith(_HASH_SUFFIXES):
        return f"# {MARK}{origin}.\n# {_HINT}\n"
    return ""


def is_ours(content: bytes) -> bool:
    """`content` begins with a header of ours."""
    return content.startswith((f"<!-- {MARK}".encode(), f"# {MARK}".encode()))


def is_written_by_us(path: str, content: bytes) -> bool:
    """`content` shows that we wrote it: by its header, or as the schematic that `path` promises.

    A ledger says so too, but whoever may write a file into the output folder may write a ledger as well: what shows no
    trace of ours is never removed.
    """
    return is_ours(content) or (_SCHEMATIC.search(path) is not None and content.startswith(_SCHEMATIC_STARTS))


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "surrogateescape"))
