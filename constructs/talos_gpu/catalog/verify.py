"""What is wrong with a data file of the catalogue, ours or the user's, each with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talos_gpu.catalog import _checks as allow
from talos_gpu.catalog._checks import Check
from talos_gpu.catalog._declared import DeclarationProblem, Layer
from talos_gpu.catalog._read_driver import read_architectures
from talos_gpu.catalog._read_era import read_eras
from talos_gpu.catalog.catalogue import Catalogue
from talos_gpu.catalog.fact import Source
from talos_gpu.catalog.version import Version
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding
from talos_gpu.yaml_events import Composed, compose

__all__ = ["verify"]

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Wrong:
    """What is wrong at `path`; `at_key` when the key itself is."""

    path: KeyPath
    message: str
    at_key: bool = False


_RELEASE: Mapping[str, Check] = {
    "prerelease": allow.flag,
    "date": allow.day,
    "kernel": allow.version,
    "containerd": allow.version,
    "defaultKubernetes": allow.version,
    "kubernetesRange": allow.list_of(allow.version),
    "drivers": allow.map_of(allow.version),
    "containerToolkit": allow.version,
    "gdrcopy": allow.version,
    "cdiSpecService": allow.flag,
    "extensionsKernel": allow.version,
}
_OWN_RELEASE: Mapping[str, Check] = {
    **_RELEASE,
    "derived": allow.map_of(allow.text),
    "missing": allow.map_of(allow.text),
    "notes": allow.map_of(allow.text),
    "lastKnown": allow.map_of(allow.version),
    "sources": allow.list_of(allow.text),
    "problems": lambda value: "" if isinstance(value, list) else "a list of problems",
}
_DECLARED_RELEASE: Mapping[str, Check] = {
    **_RELEASE,
    "sameAs": allow.version,
    "extensions": allow.exact_map,
    "extensionsComplete": allow.flag,
}
_GPU: Mapping[str, Check] = {
    "sameAs": allow.text,
    "arch": lambda value: allow.one_of(*read_architectures())(value),
    "class": allow.one_of("datacenter", "workstation", "geforce"),
    "cpuArchs": allow.list_of(allow.one_of("amd64", "arm64")),
    "chip": allow.text,
    "computeCapability": allow.text,
    "pciIds": allow.list_of(allow.text),
    "memoryGib": allow.number,
    "openModules": allow.flag,
    "openModulesRequired": allow.flag,
    "minDriver": allow.version,
    "lastDriverBranch": allow.version,
    "mig": allow.flag,
    "migProfiles": allow.list_of(allow.text),
    "fabricManager": allow.flag,
}
_OWN_GPU: Mapping[str, Check] = {
    **_GPU,
    "name": allow.text,
    "alsoKnownAs": allow.list_of(allow.text),
    "openListedFromBranch": allow.version,
    "openListedSince": allow.map_of(allow.version),
    "openNotListedBranches": allow.list_of(allow.version),
    "migMaxInstances": allow.number,
    "migMinDriver": allow.version,
    "notes": allow.list_of(allow.text),
    "conflict": allow.text,
    "source": allow.list_of(allow.text),
}
_OWN_SECTIONS = {
    "architectures",
    "branches",
    "conflicts",
    "eras",
    "kinds",
    "layouts",
    "modules",
    "podSecurity",
    "renamed",
    "talconfig",
    "toolkits",
    "values",
    "versions",
}
"""Sections of our own data files that no file of the user's has."""
_TOP: Mapping[str, Check] = {
    "source": allow.text,
    "checked": allow.day,
    "talos": allow.map_of(lambda value: ""),
    "gpus": allow.map_of(lambda value: ""),
    "charts": allow.map_of(allow.map_of(lambda value: "")),
    "images": allow.map_of(allow.map_of(lambda value: "")),
}


def verify(path: Path, name: str = "") -> list[Finding]:
    """Returns what is wrong with the data file at `path`, sorted by place; findings call the file `name`."""
    try:
        composed = compose(path.read_bytes(), name or str(path))
    except NotUnderstood as error:
        return list(error.findings)
    return sorted(_finding(composed, wrong) for wrong in _wrongs(composed.value))


def _wrongs(content: Any) -> Iterator[_Wrong]:
    if not isinstance(content, Mapping):
        yield _Wrong((), "expected a map of facts")
    elif "minor" in content:
        yield from _own_minor(content)
    elif isinstance(content.get("gpus"), list):
        yield from _own_gpus(content)
    elif content.keys() & _OWN_SECTIONS:
        yield from _head(content)
    else:
        yield from _user_file(content)


def _head(content: Mapping[str, Any]) -> Iterator[_Wrong]:
    if "checked" not in content:
        yield _Wrong((), "expected `checked` with the day on which the sources were read")
    else:
        yield from _keys({"checked": content["checked"]}, {"checked": allow.day}, ())


def _own_minor(content: Mapping[str, Any]) -> Iterator[_Wrong]:
    yield from _head(content)
    if content.get("era") not in read_eras():
        yield _Wrong(("era",), f"found {content.get('era')!r}; allowed: {', '.join(read_eras())}")
    for tag, release in content.get("releases", {}).items():
        path: KeyPath = ("releases", tag)
        yield from _release_tag(tag, str(content["minor"]), path)
        yield from _keys(release, _OWN_RELEASE, path)
        yield from _drivers(release.get("drivers"), content.get("tracks", {}), path)


def _release_tag(tag: str, minor: str, path: KeyPath) -> Iterator[_Wrong]:
    if allow.version(tag) or len(Version.parse(tag).parts) != 3 or not tag.startswith("v"):
        yield _Wrong(path, f"found release {tag!r}; allowed: v and three numbers with dots between them", at_key=True)
    elif minor and Version.parse(tag).minor != minor:
        yield _Wrong(path, f"found release {tag} in the file of {minor}", at_key=True)


def _drivers(drivers: Any, tracks: Mapping[str, Any], path: KeyPath) -> Iterator[_Wrong]:
    if not isinstance(drivers, Mapping):
        return
    for track, driver in drivers.items():
        here = (*path, "drivers", track)
        if track not in tracks:
            yield _Wrong(here, f"found track {track!r}; allowed: {', '.join(tracks)}", at_key=True)
        elif not allow.version(driver) and Version.parse(driver).branch != str(tracks[track]["branch"]):
            yield _Wrong(here, f"found driver {driver}; track {track} is branch {tracks[track]['branch']} here")


def _own_gpus(content: Mapping[str, Any]) -> Iterator[_Wrong]:
    yield from _head(content)
    seen: set[str] = set()
    for index, gpu in enumerate(content["gpus"]):
        yield from _keys(gpu, _OWN_GPU, ("gpus", index))
        yield from _pci_ids(gpu, ("gpus", index))
        if gpu.get("name") in seen:
            yield _Wrong(("gpus", index, "name"), f"found {gpu['name']!r} twice")
        seen.add(gpu.get("name", ""))


def _pci_ids(gpu: Mapping[str, Any], path: KeyPath) -> Iterator[_Wrong]:
    ids = gpu.get("pciIds")
    for number, device in enumerate(ids if isinstance(ids, list) else ()):
        if not isinstance(device, str) or len(device) != 4 or set(device) - set("0123456789abcdef"):
            yield _Wrong((*path, "pciIds", number), f"found {device!r}; allowed: four hexadecimal digits in quotes")


def _user_file(content: Mapping[str, Any]) -> Iterator[_Wrong]:
    wrongs = [*_head(content), *_keys(content, _TOP, ())]
    for tag, release in _entries(content, "talos"):
        wrongs += [*_release_tag(tag, "", ("talos", tag)), *_keys(release, _DECLARED_RELEASE, ("talos", tag))]
    for name, gpu in _entries(content, "gpus"):
        wrongs += [*_keys(gpu, _GPU, ("gpus", name)), *_pci_ids(gpu, ("gpus", name))]
    yield from wrongs
    if not wrongs:
        yield from (_contradiction(problem) for problem in Catalogue((Layer(content, Source("this file")),)).problems)


def _contradiction(problem: DeclarationProblem) -> _Wrong:
    return _Wrong(problem.path, "; ".join(filter(None, (problem.message, problem.remedy))))


def _entries(content: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    section = content.get(key)
    for name, entry in (section if isinstance(section, Mapping) else {}).items():
        yield name, entry if isinstance(entry, Mapping) else {}


def _keys(entry: Any, checks: Mapping[str, Check], path: KeyPath) -> Iterator[_Wrong]:
    if not isinstance(entry, Mapping):
        yield _Wrong(path, "expected a map")
        return
    for key, value in entry.items():
        if key not in checks:
            near = difflib.get_close_matches(key, checks, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield _Wrong((*path, key), f"unknown key {key!r}{hint}", at_key=True)
        elif message := checks[key](value):
            yield _Wrong((*path, key), f"found {value!r}; allowed: {message}")


def _finding(composed: Composed, wrong: _Wrong) -> Finding:
    place = composed.position(wrong.path, key=wrong.at_key)
    return Finding(place, ".".join(map(str, wrong.path)), wrong.message)
