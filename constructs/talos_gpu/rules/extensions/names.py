"""EXT: names of system extensions as they are written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from talos_gpu.catalog import Minor, Version
from talos_gpu.finding import Edit, Position
from talos_gpu.inventory import Schematic, Value
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.nvidia_image import FLAVOURS, PREFIX, REGISTRY, bare, driver_of, part_of
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_TAGGED = re.compile(r"(?P<name>[^:@]+)[:@](?P<tag>.+)")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_DRIVER = re.compile(r"[0-9]+\.[0-9]+")
_NVIDIA = "nvidia"
_FACTORY = "siderolabs/image-factory:internal/profile/profile.go@v1.5.0"
_IDENTITY = "siderolabs/image-factory:pkg/schematic/schematic.go@v1.5.0"
_EXTENSIONS = "siderolabs/extensions:Makefile@v1.5.0 to @v1.14.0-rc.1"


def _tagged(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for entry in schematic.extensions:
        if found := _TAGGED.fullmatch(entry.text or ""):
            name = _whole_name(found["name"]) or found["name"]
            message = f"found {excerpt(entry.raw)}; an extension's name has no tag and no digest: {excerpt(name)}"
            message += _other_driver(entry, found["tag"], facts)
            yield Offence(entry, message, fix=replacing(entry, name))


def _other_driver(entry: Value, tag: str, facts: Facts) -> str:
    """What the release has instead, where a tag names another driver than that of the track."""
    part = part_of(entry)
    try:
        driver = driver_of(part, facts) if part else ""
    except Lacking:
        return ""
    if not part or not _DRIVER.match(tag) or tag.startswith(driver):
        return ""
    return f"; track {part.track} has driver {driver} in Talos {facts.release.tag}"


def _unknown(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    rest: list[Value] = []
    for entry in _official(schematic):
        whereabouts = facts.catalogue.extension_whereabouts(bare(entry.raw))
        if whereabouts:
            message = (
                f"found {excerpt(entry.raw)}; expected the name of an extension because no release of Talos has it"
            )
            yield Offence(entry, message, f"There is no such extension: {whereabouts}.")
        else:
            rest.append(entry)
    uncertain = False
    for entry in rest:
        known = _exists(bare(entry.raw), facts)
        uncertain |= known is None
        if known is False:
            yield _missing(entry, facts)
    if uncertain:
        raise Lacking(f"the complete list of the extensions of Talos {facts.minor.name}")


def _official(schematic: Schematic) -> Iterator[Value]:
    """The entries that name, or mean to name, an extension of Sidero's; the plan judges those of a profile."""
    for entry in schematic.extensions if schematic.origin != "profile" else ():
        if entry.text and (entry.text.removeprefix(REGISTRY).startswith(PREFIX) or "/" not in entry.text):
            yield entry


def _exists(name: str, facts: Facts) -> bool | None:
    """Whether a name, or one that it was renamed to, is an extension of the release; None where nobody lists them all."""
    minor = facts.minor
    extension = minor.extensions.get(name)
    if extension is None:
        if facts.catalogue.factory_alias(name) in minor.extensions:
            return True
        complete = minor.extension_names_complete or _NVIDIA in name
        return False if complete else None
    talos = facts.cluster.talos
    early = extension.since and talos and talos.value.count(".") >= 2
    return not (early and facts.release.version < Version.parse(extension.since))


def _missing(entry: Value, facts: Facts) -> Offence:
    minor, name = facts.minor, bare(entry.raw)
    extension = minor.extensions.get(name)
    if extension is not None:
        message = (
            f"found {excerpt(entry.raw)}; expected Talos {extension.since} or newer because it was not published before"
        )
        return Offence(entry, message)
    near = _other_flavour(entry, minor) or _nearest(name, minor)
    message = f"found {excerpt(entry.raw)}; expected an official extension of Talos {minor.name} because the factory knows no other"
    return Offence(entry, message, f"Write {' or '.join(near)}." if near else "")


def _other_flavour(entry: Value, minor: Minor) -> list[str]:
    """The kernel modules of the same track, where it has one kind of them and this is the other."""
    part = part_of(entry)
    names = [minor.nvidia_extensions.get(flavour, {}).get(part.track) for flavour in FLAVOURS] if part else []
    return [PREFIX + name for name in names if name] if part and part.flavour else []


def _nearest(name: str, minor: Minor) -> list[str]:
    known = [known for known, extension in minor.extensions.items() if not extension.replaced_by]
    return [PREFIX + near for near in difflib.get_close_matches(name, known, n=2, cutoff=0.6)]


def _renamed(schematic: Schematic, facts: Facts) -> Iterator[Offence]:
    for entry in _official(schematic):
        name = bare(entry.raw)
        successor = _successor(name, facts)
        if successor:
            served = facts.catalogue.factory_alias(name) == successor
            why = (
                "the factory still builds it by way of an alias, which nobody promises to keep"
                if served
                else "the factory has no extension of the old name"
            )
            message = f"found {excerpt(entry.raw)}; expected {PREFIX}{successor} because {why}"
            new = entry.raw.replace(name, successor, 1)
            remedy = f"Write {PREFIX}{successor}. The schematic then has another id."
            yield Offence(entry, message, remedy, replacing(entry, new), "warning" if served else None)


def _successor(name: str, facts: Facts) -> str:
    """The name that took the place of `name`; empty where it is a name of the release, or never was one."""
    catalogue = facts.catalogue
    alias = catalogue.factory_alias(name)
    if not alias and not catalogue.extension_renamed(name):
        return ""
    minor = facts.minor
    extension = minor.extensions.get(name)
    if extension is None:
        return alias if alias in minor.extensions else ""
    return extension.replaced_by


def _duplicate(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    seen: set[str] = set()
    for entry in schematic.extensions if schematic.text_known else ():
        if entry.text is None:
            continue
        if entry.text in seen:
            message = f"found {excerpt(entry.text)} a second time; expected it once because the id is another one"
            alone = all(other is entry or other.place.line != entry.place.line for other in schematic.extensions)
            yield Offence(entry, message, fix=(_without_line(entry),) if alone else ())
        seen.add(entry.text)


def _without_line(entry: Value) -> Edit:
    """Takes the entry's line away, where it has the usual form."""
    place = entry.place
    return Edit(Position(place.file, place.line, 1), f"{' ' * (place.column - 3)}- {entry.raw}\n", "")


def _bare(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    for entry in schematic.extensions:
        full = _whole_name(entry.text or "")
        if full:
            message = f"found {excerpt(entry.raw)}; expected {excerpt(full)} because the factory compares whole names"
            fix = replacing(entry, full) if _NAME.fullmatch(full.removeprefix(PREFIX)) else ()
            yield Offence(entry, message, f"Write {excerpt(full)}.", fix)


def _whole_name(text: str) -> str:
    """The name as the factory knows it, where the prefix is missing or the registry stands before it; else empty."""
    written = text.partition("@")[0]
    if not written or ("/" in written and not written.startswith(REGISTRY + PREFIX)):
        return ""
    return PREFIX + bare(text)


RULES: tuple[Rule[Schematic], ...] = (
    Rule(
        id="EXT001",
        name="tagged extension name",
        severity="error",
        since="0.1.0",
        looks_at=Schematic,
        check=_tagged,
        remedy="Write the name alone: the Talos release decides the version.",
        source=_FACTORY,
    ),
    Rule(
        id="EXT002",
        name="unknown extension",
        severity="error",
        since="0.1.0",
        looks_at=Schematic,
        check=_unknown,
        remedy="Write a name from the list of official extensions of this Talos release.",
        source=f"{_EXTENSIONS}; {_FACTORY}",
    ),
    Rule(
        id="EXT003",
        name="renamed extension",
        severity="error",
        since="0.1.0",
        looks_at=Schematic,
        check=_renamed,
        remedy="Write the name that this Talos release has.",
        source=_FACTORY,
        waivable=True,
    ),
    Rule(
        id="EXT008",
        name="duplicate extension",
        severity="warning",
        since="0.1.0",
        looks_at=Schematic,
        check=_duplicate,
        remedy="Remove the second entry.",
        source=_IDENTITY,
    ),
    Rule(
        id="EXT009",
        name="extension without its prefix",
        severity="error",
        since="0.1.0",
        looks_at=Schematic,
        check=_bare,
        remedy="Write `siderolabs/` before the name.",
        source=_FACTORY,
    ),
)
