"""Schematic ids explained: what the image behind one has that the image behind the other has not."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import TYPE_CHECKING

from talos_gpu.errors import InputError

if TYPE_CHECKING:
    from talos_gpu.schematic import MetaValue, Schematic

__all__ = ["SCHEMATICS", "IdChange", "Schematics"]

SCHEMATICS = "talos/schematics"
"""In a cluster's folder: one file a pool."""

_ID = re.compile(r"(?<![0-9a-f:])[0-9a-f]{64}(?![0-9a-f])")
"""Digests of images stand behind a colon."""
_NAMED = re.compile(r"schematic|installer", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class IdChange:
    """An id that stands where another one stood; either is empty where none does.

    `parts` say by what the images differ: `+ siderolabs/iscsi-tools`. Where `unknown` names ids, no schematic of both
    states has them, so nobody can tell.
    """

    before: str
    after: str
    parts: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    def __str__(self) -> str:
        ids = " -> ".join(f"{name[:8]}..." for name in (self.before, self.after) if name)
        if self.unknown:
            return f"schematic {ids}: {' and '.join(f'{name[:8]}...' for name in self.unknown)} is in neither state"
        return f"schematic {ids}: {', '.join(self.parts) or 'a plain image'}"


@dataclass(frozen=True)
class Schematics:
    """The schematic files of two states, by path."""

    before: Mapping[str, bytes] = field(default_factory=dict)
    after: Mapping[str, bytes] = field(default_factory=dict)

    def told(self, before: str, after: str) -> tuple[IdChange, ...]:
        """What became of the schematic ids in a text: one stands for each that came or went, or was replaced."""
        old, new = (dict.fromkeys(_ID.findall(text)) for text in (before, after))
        gone, came = [name for name in old if name not in new], [name for name in new if name not in old]
        if not gone and not came:
            return ()
        known = self._ids
        if not any(name in known for name in (*gone, *came)) and not _NAMED.search(before + after):
            return ()
        return tuple(self._change(*pair) for pair in self._pairs(gone, came))

    def _pairs(self, gone: list[str], came: list[str]) -> Iterator[tuple[str, str]]:
        """Those of one pool together; the rest in order."""
        left, right = list(gone), list(came)
        for old, new in self._moves:
            if old in left and new in right:
                left.remove(old)
                right.remove(new)
                yield old, new
        yield from zip_longest(left, right, fillvalue="")

    def _change(self, before: str, after: str) -> IdChange:
        unknown = tuple(name for name in (before, after) if name and name not in self._ids)
        if unknown:
            return IdChange(before, after, (), unknown)
        return IdChange(before, after, tuple(_parts(self._ids.get(before), self._ids.get(after))))

    @cached_property
    def _ids(self) -> Mapping[str, Schematic]:
        from talos_gpu.schematic import schematic_id

        return {schematic_id(found): found for found in (*self._old.values(), *self._new.values())}

    @cached_property
    def _moves(self) -> tuple[tuple[str, str], ...]:
        from talos_gpu.schematic import schematic_id

        both = ((self._old[path], self._new[path]) for path in self._old if path in self._new)
        return tuple(dict.fromkeys((schematic_id(old), schematic_id(new)) for old, new in both if old != new))

    @cached_property
    def _old(self) -> Mapping[str, Schematic]:
        return dict(_parsed(self.before))

    @cached_property
    def _new(self) -> Mapping[str, Schematic]:
        return dict(_parsed(self.after))


def _parsed(files: Mapping[str, bytes]) -> Iterator[tuple[str, Schematic]]:
    from talos_gpu.schematic import parse

    for path, content in files.items():
        try:
            yield path, parse(content, path)
        except InputError:
            continue


def _parts(before: Schematic | None, after: Schematic | None) -> Iterator[str]:
    from talos_gpu.schematic import Schematic

    old, new = before or Schematic(), after or Schematic()
    yield from _listed("", old.extensions, new.extensions, "extensions")
    yield from _listed("kernel argument ", old.kernel_args, new.kernel_args, "kernel arguments")
    yield from _listed("META ", map(_meta, old.meta), map(_meta, new.meta), "META values")
    for name, one, other in (
        ("overlay", _overlay(old), _overlay(new)),
        ("boot loader", old.bootloader, new.bootloader),
        ("enrolment of Secure Boot keys", old.enroll_keys, new.enroll_keys),
        ("well-known certificates of Secure Boot", old.well_known_certificates, new.well_known_certificates),
        ("sector size", old.sector_size, new.sector_size),
        ("owner", old.owner, new.owner),
    ):
        if one != other:
            yield f"{name} {_word(one)} -> {_word(other)}"
    if old.overlay.frozen_options != new.overlay.frozen_options:
        yield "options of the overlay"
    if old.embedded_config != new.embedded_config:
        yield "embedded machine config"


def _listed(what: str, before: Iterable[str], after: Iterable[str], plural: str) -> Iterator[str]:
    old, new = list(before), list(after)
    came, went = [item for item in new if item not in old], [item for item in old if item not in new]
    yield from (f"+ {what}{item}" for item in came)
    yield from (f"- {what}{item}" for item in went)
    if not came and not went and old != new:
        yield f"order of the {plural}"


def _meta(value: MetaValue) -> str:
    return f"{value.key}={value.value}"


def _overlay(schematic: Schematic) -> str:
    return " ".join(filter(None, (schematic.overlay.name, schematic.overlay.image)))


def _word(value: object) -> str:
    return str(value) if value not in ("", 0) or isinstance(value, bool) else "none"
