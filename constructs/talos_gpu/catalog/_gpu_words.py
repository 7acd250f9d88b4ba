"""How a GPU is written: as people, nvidia-smi, lspci and node labels write it, taken apart into words."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Written", "bare", "model_words", "pci_device", "squeezed", "taken_apart", "without_lines"]

_PCI = re.compile(r"(?:(?:0x)?10de[:\s.-](?:0x)?|0x)([0-9a-f]{4})(?:10de)?", re.IGNORECASE)
_PCI_IN_LINE = re.compile(r"\[10de:([0-9a-f]{4})\]", re.IGNORECASE)
_CHIP_AND_NAME = re.compile(r"\b([a-z]{2}\d{2}[0-9a-z][a-z]*)\s*\[([^\]]+)\]")
"""As lspci prints it: `GA102 [GeForce RTX 3090]`."""
_REWRITTEN = (
    (re.compile(r"^\s*gpu \d+:|\(uuid:[^)]*\)|\(rev [0-9a-f]+\)|\[10de:[0-9a-f]{4}\]"), " "),
    (re.compile(r"[-\s]mig[-\s]\d+g\.\d+gb.*$"), " "),
    (re.compile(r"\blite hash rate\b|\bfounders edition\b"), " "),
    (re.compile(r"\bpci[-\s]?e(?:xpress)?\b"), " pcie "),
    (re.compile(r"(?<![a-z0-9.])(\d+)[-\s]*(?:gib|gb|g)\b"), r" \1gb "),
)
_GLUED = (
    re.compile(r"(geforce|quadro|tesla|rtx|gtx|gt|pro)(?=rtx|gtx|gt|pro|titan|[a-z]?\d)(.+)"),
    re.compile(r"(titan)(.+)"),
    re.compile(r"(\d{2}[1-9]\d|[4-9]\d0)(ti)?(super|s)?(d)?"),
    re.compile(r"(\d{4})(sff|ada)"),
    re.compile(r"(ti)(super)"),
    re.compile(r"([a-z]{1,2}\d{1,4}[a-z]?)(sxm\d?|pcie|nvl)"),
)
_NOISE = frozenset(
    {"nvidia", "corporation", "corp", "tm", "r", "gpu", "graphics", "card", "tensor", "core", "lhr", "shared"}
    | {"fe", "superchip", "grace", "lovelace", "accelerator"}
)
_BRANDS = frozenset({"geforce", "tesla", "quadro", "generation", "edition"})
_LINES = frozenset({"rtx", "gtx", "gt"})
_NO_MODEL = re.compile(r"\d+gb|sxm\d?|hbm\d.*|gddr\d.*|ddr\d|v\d|\de|nvl\d*")


@dataclass(frozen=True, slots=True)
class Written:
    """The words of a name, and the chip that lspci prints before it (empty where none is told)."""

    words: tuple[str, ...]
    chip: str = ""


def pci_device(text: str) -> str | None:
    """Returns the device id (`2c05`) that `text` writes as a PCI id or holds as lspci -nn prints it, else None.

    A bare `4090` is a name: an id needs its vendor (`10de:2c05`) or `0x` before it.
    """
    shape = _PCI.fullmatch(text.strip()) or _PCI_IN_LINE.search(text)
    return shape.group(1).lower() if shape else None


def taken_apart(text: str) -> Written:
    """Returns the words of `text`, whatever stands around the name cut off: `RTX3080Ti` has three."""
    line = text.casefold()
    named = _CHIP_AND_NAME.search(line)
    chip, line = named.groups() if named else ("", line)
    for pattern, instead in _REWRITTEN:
        line = pattern.sub(instead, line)
    words = (part for word in re.split(r"[^a-z0-9]+", line) if word for part in _parts(word))
    return Written(tuple(word for word in words if word not in _NOISE), chip)


def bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words without the maker's brands, which people leave out."""
    return tuple(word for word in words if word not in _BRANDS)


def without_lines(words: tuple[str, ...]) -> tuple[str, ...]:
    """Returns the words without the product line: `5090` is short for RTX 5090."""
    return tuple(word for word in words if word not in _LINES)


def squeezed(words: tuple[str, ...]) -> str:
    """Returns the words written together, for comparison."""
    return "".join(words)


def model_words(words: tuple[str, ...]) -> frozenset[str]:
    """Returns the words that tell the model (`h100`, `5090`), so neither memory nor form factor."""
    return frozenset(
        word
        for word in words
        if word in ("titan", "spark") or (any(map(str.isdigit, word)) and not _NO_MODEL.fullmatch(word))
    )


def _parts(word: str) -> tuple[str, ...]:
    for pattern in _GLUED:
        shape = pattern.fullmatch(word)
        parts = tuple(filter(None, shape.groups())) if shape else (word,)
        if len(parts) > 1:
            first = tuple("super" if part == "s" else part for part in parts)
            return tuple(small for part in first for small in _parts(part))
    return (word,)
