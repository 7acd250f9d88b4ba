"""The canonical text of a schematic and the id that is its digest.

The Image Factory decodes what it is sent, writes it again in the order of its struct and hashes that: comments, quotes
and key order of the input are lost, list order is not. Source: image-factory pkg/schematic/schematic.go, v1.5.0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from talos_gpu.schematic.emitter import emit
from talos_gpu.schematic.options import OptionMap, OptionValue, Plain
from talos_gpu.schematic.scalar import reads_as_yaml_1_1
from talos_gpu.schematic.schematic import Overlay, Schematic

__all__ = ["canonical", "schematic_id", "uncertain"]


_ORDER_OF_CHANCE = (
    "the Image Factory compares the keys of `overlay.options` in a circle and writes them in an order of chance, "
    "so each run may give another id"
)
_YOUNG_CHARACTERS = (
    "the keys of `overlay.options` are sorted by what Unicode calls a letter or a digit, and not every factory's Unicode "
    "knows {characters}: the order may be another one"
)


def canonical(schematic: Schematic) -> str:
    """Return the text that the Image Factory v1.1.0 to v1.4.0 makes of `schematic`."""
    return emit(_document(schematic))


def schematic_id(schematic: Schematic) -> str:
    """Return the id: the SHA-256 of the canonical text, 64 lower-case hex characters."""
    return hashlib.sha256(canonical(schematic).encode()).hexdigest()


def uncertain(schematic: Schematic) -> tuple[str, ...]:
    """Return the reasons why factories may give `schematic` another id; there are none for nearly every schematic.

    Measured on image-factory v1.4.0 compiled against yaml/v4 rc.4, rc.5 and rc.6 (2026-11).
    """
    document = _document(schematic)
    quoting = (
        f"`{text}` is written in double quotes by Image Factory v1.1.0 to v1.4.0 and in single quotes by v1.5.0, "
        "so the id depends on the factory's version"
        for text in dict.fromkeys(_strings(document))
        if reads_as_yaml_1_1(text)
    )
    options = schematic.overlay.frozen_options
    order = () if _has_one_order(options) else (_ORDER_OF_CHANCE,)
    young = sorted(set(_young(options)))
    names = ", ".join(f"U+{ord(character):04X}" for character in young)
    return (*quoting, *order, *((_YOUNG_CHARACTERS.format(characters=names),) if young else ()))


def _document(schematic: Schematic) -> OptionMap:
    optional = _written(("owner", schematic.owner), ("overlay", _overlay(schematic.overlay)))
    return OptionMap((*optional.entries, ("customization", _customization(schematic))))


def _overlay(overlay: Overlay) -> OptionMap:
    if overlay == Overlay():
        return OptionMap()
    options = _written(("options", overlay.frozen_options))
    return OptionMap((("image", overlay.image), ("name", overlay.name), *options.entries))


def _customization(schematic: Schematic) -> OptionMap:
    return _written(
        ("embeddedMachineConfiguration", schematic.embedded_config),
        ("extraKernelArgs", schematic.kernel_args),
        ("meta", tuple(OptionMap((("key", Plain(str(m.key))), ("value", m.value))) for m in schematic.meta)),
        ("systemExtensions", _written(("officialExtensions", schematic.extensions))),
        ("bootloader", "" if schematic.bootloader == "none" else schematic.bootloader),
        ("secureboot", _secure_boot(schematic)),
        ("diskImage", _written(("sectorSize", Plain(str(schematic.sector_size)) if schematic.sector_size else ""))),
    )


def _secure_boot(schematic: Schematic) -> OptionMap:
    return _written(
        ("enrollKeys", schematic.enroll_keys),
        ("includeWellKnownCertificates", Plain("true") if schematic.well_known_certificates else ""),
    )


def _written(*fields: tuple[str, OptionValue]) -> OptionMap:
    """Return those fields that are not empty: Go's omitempty."""
    return OptionMap(tuple(field for field in fields if field[1]))


def _strings(value: OptionValue) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, OptionMap):
        for key, inner in value.entries:
            yield from _strings(key)
            yield from _strings(inner)
    elif isinstance(value, tuple):
        for item in value:
            yield from _strings(item)


def _has_one_order(value: OptionValue) -> bool:
    if isinstance(value, OptionMap):
        return value.has_one_order() and all(_has_one_order(inner) for _, inner in value.entries)
    return not isinstance(value, tuple) or all(_has_one_order(item) for item in value)


def _young(value: OptionValue) -> Iterator[str]:
    if isinstance(value, OptionMap):
        yield from value.young_characters()
        value = tuple(inner for _, inner in value.entries)
    if isinstance(value, tuple):
        for inner in value:
            yield from _young(inner)
