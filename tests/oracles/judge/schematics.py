"""Schematics of every shape, right and wrong, as the texts that a person or a tool may post."""

from __future__ import annotations

import json
from typing import Any

import yaml
from hypothesis import strategies as st

__all__ = ["texts"]

WORDS = st.sampled_from(
    (
        "siderolabs/nvidia-container-toolkit-lts", "console=ttyS0,115200", "", " ", "yes", "off", "null", "~", "1:30",
        "0x1F", "0o17", "1e3", ".inf", "2001-01-01", "2001-01-01T00:00:00Z", "<<", "=", "- a", "a: b", "a #b", "#a",
        "'a'", '"a"', "a\nb\n", "a\n\nb", "\n", "a\tb", "a\\b", "%{", "${x}", "é", "日本", "🚀", "\u00a0", "\u0085",
        "\u2028", "\ufeffx", "\x7f", "\x00", "x" * 200, "!tag", "&a", "*a", "|", ">", "@x", "`x`", "---", "...", "a,b", "[a]",
    )
)  # fmt: skip
LETTERS = st.characters(exclude_categories=["Cs", "Cn"])
TEXTS = WORDS | st.text(LETTERS, max_size=30)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS
OPTIONS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def _map(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=keys)


RIGHT = _map(
    overlay=_map(image=TEXTS, name=TEXTS, options=st.dictionaries(TEXTS, OPTIONS, max_size=3)),
    customization=_map(
        embeddedMachineConfiguration=TEXTS,
        extraKernelArgs=st.lists(TEXTS, max_size=3),
        meta=st.lists(st.fixed_dictionaries({"key": st.integers(0, 255), "value": TEXTS}), max_size=2),
        systemExtensions=_map(officialExtensions=st.lists(TEXTS, max_size=4)),
        bootloader=st.sampled_from(["none", "dual-boot", "sd-boot", "grub"]),
        secureboot=_map(enrollKeys=TEXTS, includeWellKnownCertificates=st.booleans()),
        diskImage=_map(sectorSize=st.integers(0, 2**64 - 1)),
    ),
)
ANY = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2), max_leaves=4
)
ODD = _map(
    overlay=_map(image=ANY, name=ANY, options=ANY, nmae=TEXTS) | ANY,
    customization=_map(
        embeddedMachineConfiguration=ANY,
        extraKernelArgs=ANY | st.lists(SCALARS, max_size=3),
        meta=st.lists(_map(key=st.integers(-2, 300) | SCALARS, value=SCALARS, kye=TEXTS) | SCALARS, max_size=2) | ANY,
        systemExtensions=_map(officialExtensions=ANY, officalExtensions=ANY) | ANY,
        bootloader=st.sampled_from(["", "grub", "lilo", "GRUB"]) | ANY,
        secureboot=_map(enrollKeys=ANY, includeWellKnownCertificates=ANY) | ANY,
        diskImage=_map(sectorSize=ANY) | ANY,
        extensions=ANY,
    )
    | ANY,
    owner=TEXTS | ANY,
    customisation=ANY,
)


def _quoted(text: str) -> str:
    """`text` in double quotes, with every character that YAML does not print escaped."""
    escaped = "".join(
        character
        if " " <= character <= "~" or (character >= "\u00a1" and character.isprintable())
        else f"\\U{ord(character):08x}"
        for character in text.replace("\\", "\\\\").replace('"', '\\"')
    )
    return f'"{escaped}"'


def _flow(value: Any) -> str:
    """`value` on one line, as JSON but for its escapes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quoted(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return _quoted(value) if isinstance(value, str) else json.dumps(value)


def _block(value: Any, style: str | None, width: int) -> str:
    text: str = yaml.safe_dump(value, allow_unicode=True, default_style=style, width=width, sort_keys=False)
    return text


def _styled(value: st.SearchStrategy[Any]) -> st.SearchStrategy[str]:
    return value.map(_flow) | st.builds(
        _block, value, st.sampled_from([None, "'", '"', "|"]), st.sampled_from([40, 4096])
    )


def _damaged(text: str, at: int, by: str, length: int) -> str:
    position = at % (len(text) + 1)
    return text[:position] + by + text[position + length :]


def texts() -> st.SearchStrategy[str]:
    """Right ones in every style, ones with wrong keys and types, and ones that a slip of the hand broke."""
    damaged = st.builds(
        _damaged,
        _styled(RIGHT),
        st.integers(0, 10_000),
        st.sampled_from([*" \n\t:-#'\"[]{},&*!|>%@", "a", "", "é"]),
        st.integers(0, 3),
    )
    return st.one_of(_styled(RIGHT), _styled(RIGHT), _styled(ODD), damaged)
