"""The data files beside this module, read when asked for and once only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["FOLDER", "gpu_lines", "head", "known_files", "load", "one_line_entries", "parse"]

FOLDER = Path(__file__).parent / "data"

_ENTRY = re.compile(r"^  ('[^']*'|\"[^\"]*\"|[^\s#'\"-][^:]*): (\{.*\})$", re.MULTILINE)


def parse(text: str) -> Any:
    """Returns the plain data of one YAML document, by the C loader where PyYAML has it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, loader)  # noqa: S506 - both are safe loaders


@cache
def load(name: str) -> Mapping[str, Any]:
    """Returns the content of a data file (`eras.yaml`, `talos/v1.14.yaml`)."""
    content: Mapping[str, Any] = parse(_text(name))
    return content


@cache
def known_files(folder: str) -> tuple[str, ...]:
    """Returns the names, without `.yaml`, of the data files in a folder."""
    return tuple(sorted(path.stem for path in (FOLDER / folder).glob("*.yaml")))


@cache
def head(name: str, key: str) -> Mapping[str, Any]:
    """Returns what stands above the top-level `key` of a data file, without parsing the rest."""
    above: Mapping[str, Any] = parse(_text(name).partition(f"\n{key}:\n")[0])
    return above


@cache
def one_line_entries(name: str) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Returns the head of a file of one-line entries, parsed, and its entries by key, not yet parsed."""
    body = _text(name).partition("\nvalues:\n")[2]
    return head(name, "values"), {key.strip("'\""): entry for key, entry in _ENTRY.findall(body)}


@cache
def gpu_lines() -> tuple[tuple[str, tuple[str, ...], str], ...]:
    """Returns name, PCI ids and unparsed line of every GPU: finding one must not parse them all."""
    return tuple(_gpu_line(line[4:]) for line in _text("gpus.yaml").splitlines() if line.startswith("  - {"))


def _gpu_line(line: str) -> tuple[str, tuple[str, ...], str]:
    name = line[len("{name: ") :].partition(", arch: ")[0].strip('"')
    ids = line.partition("pciIds: [")[2].partition("]")[0]
    return name, tuple(part.strip('" ') for part in ids.split(",") if part), line


def _text(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
