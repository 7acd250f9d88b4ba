"""What `talos-gpu schematic id FILE...` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding
from talos_gpu.schematic.canonical import schematic_id, uncertain
from talos_gpu.schematic.decoder import parse

__all__ = ["Listing", "list_ids"]


@dataclass(frozen=True, slots=True)
class Listing:
    """`text` is for standard output, as sha256sum writes it; `doubts` are for standard error."""

    text: str
    doubts: tuple[str, ...]


def list_ids(files: Iterable[tuple[str, bytes]]) -> Listing:
    """Return the ids of schematics given as (name, content), in the order given.

    Raises:
        NotUnderstood: with the findings of all files together.

    """
    lines: list[str] = []
    doubts: list[str] = []
    findings: list[Finding] = []
    for name, content in files:
        try:
            schematic = parse(content, name)
        except NotUnderstood as error:
            findings.extend(error.findings)
            continue
        lines.append(f"{schematic_id(schematic)}  {name}\n")
        doubts.extend(f"{name}: {doubt}" for doubt in uncertain(schematic))
    if findings:
        raise NotUnderstood(findings)
    return Listing("".join(lines), tuple(doubts))
