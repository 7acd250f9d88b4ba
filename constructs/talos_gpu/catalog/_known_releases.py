"""Talos releases: those of our data files, and those that the user declares."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any

from talos_gpu.catalog._data import known_files, load
from talos_gpu.catalog._declared import DeclarationProblem, Layer, entries, filled, inherited, overridden
from talos_gpu.catalog._read_talos import read_minor, read_release, release_row
from talos_gpu.catalog._row import Row
from talos_gpu.catalog.fact import NotListed
from talos_gpu.catalog.talos import Extension, Minor, Release
from talos_gpu.catalog.version import Version

__all__ = ["KnownReleases"]


class KnownReleases:
    """Every release, each read when asked for and once only."""

    def __init__(self, layers: tuple[Layer, ...]) -> None:
        self._found: dict[str, Release] = {}
        self._rows: dict[str, tuple[Row, Minor]] = {}
        self._problems: list[DeclarationProblem] = []
        for tag, entry, layer in entries(layers, "talos"):
            self._declare(_tag(tag), entry, layer)

    @property
    def problems(self) -> tuple[DeclarationProblem, ...]:
        """What is wrong with the declared releases."""
        return tuple(self._problems)

    def release(self, text: str) -> Release | NotListed:
        """Returns the release that `text` writes."""
        tag = _tag(text)
        if tag not in self._found:
            known = self._known(tag)
            if known is None:
                return self._not_listed(text, tag)
            self._found[tag] = read_release(tag, *known)
        return self._found[tag]

    def all(self) -> tuple[Release, ...]:
        """Returns every release, oldest first."""
        found = (self.release(tag) for tag in sorted(self._tags(), key=Version.parse))
        return tuple(release for release in found if isinstance(release, Release))

    def _known(self, tag: str) -> tuple[Row, Minor] | None:
        if tag in self._rows:
            return self._rows[tag]
        minor = _minor_name(tag)
        if minor is None or tag not in load(f"talos/{minor}.yaml")["releases"]:
            return None
        return release_row(minor, tag), read_minor(minor)

    def _declare(self, tag: str, entry: Mapping[str, Any], layer: Layer) -> None:
        known = self._known(tag)
        path = ("talos", tag)
        if known is None:
            self._declare_new(tag, entry, layer)
        elif "sameAs" in entry and not known[0].source.declared:
            message = f"{tag} is known: sameAs is for a release that the catalogue lacks"
            self._problems.append(
                DeclarationProblem((*path, "sameAs"), message, "write the missing values", layer.file)
            )
        else:
            row, problems = filled(known[0], entry, layer, path)
            self._problems += problems
            self._rows[tag] = row, _with_extensions(known[1], entry, layer)

    def _declare_new(self, tag: str, entry: Mapping[str, Any], layer: Layer) -> None:
        like = _tag(str(entry["sameAs"])) if "sameAs" in entry else ""
        base = self._known(like) if like else None
        minor = _minor_name(tag)
        if base is None and (like or minor is None):
            message = (
                f"sameAs names {like}, which the catalogue does not know" if like else f"nothing is known of {tag}"
            )
            remedy = f"name a known release: {', '.join(self._nearest(tag))}"
            self._problems.append(DeclarationProblem(("talos", tag, "sameAs"), message, remedy, layer.file))
            return
        row = inherited(base[0], like, layer) if base else Row(_general(str(minor)), layer.source)
        general = read_minor(minor) if minor is not None else base[1] if base else None
        if general is not None:
            self._rows[tag] = overridden(row, entry, layer), _with_extensions(general, entry, layer)

    def _tags(self) -> set[str]:
        known = {tag for minor in known_files("talos") for tag in load(f"talos/{minor}.yaml")["releases"]}
        return known | set(self._rows)

    def _nearest(self, tag: str) -> tuple[str, ...]:
        stable = sorted(
            (known for known in self._tags() if not Version.parse(known).prerelease), key=Version.parse, reverse=True
        )
        wanted = _number(tag)
        if wanted is None:
            return tuple(stable[:3])
        here = [known for known in stable if Version.parse(known).minor == wanted.minor]
        before = [known for known in stable if Version.parse(known) <= wanted]
        return tuple(here[:3] or before[:3] or stable[-3:])

    def _not_listed(self, text: str, tag: str) -> NotListed:
        nearest = self._nearest(tag)
        if _number(tag) is None or len(Version.parse(tag).parts) != 3:
            return NotListed("Talos release", text, nearest)
        return NotListed("Talos release", text, nearest, f"catalogue:\n  talos:\n    {tag}: {{sameAs: {nearest[0]}}}\n")


def _tag(text: str) -> str:
    return "v" + text.strip().removeprefix("v")


def _number(tag: str) -> Version | None:
    try:
        return Version.parse(tag)
    except ValueError:
        return None


def _minor_name(tag: str) -> str | None:
    number = _number(tag)
    return number.minor if number is not None and number.minor in known_files("talos") else None


def _general(minor: str) -> Mapping[str, Any]:
    content = load(f"talos/{minor}.yaml")
    return {key: content[key] for key in ("kubernetesRange", "cdiSpecService") if key in content}


def _with_extensions(minor: Minor, entry: Mapping[str, Any], layer: Layer) -> Minor:
    names: Iterable[str] = entry.get("extensions", ())
    if not names:
        return minor
    added = {name: Extension(name) for name in names if name not in minor.extensions}
    complete = minor.extension_names_complete or bool(entry.get("extensionsComplete"))
    source = layer.source if complete != minor.extension_names_complete else minor.extension_names_source
    return dataclasses.replace(
        minor,
        extensions={**minor.extensions, **added},
        extension_names_complete=complete,
        extension_names_source=source,
    )
