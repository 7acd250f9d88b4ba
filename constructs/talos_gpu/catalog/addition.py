"""A Talos release out of the Image Factory's list of extensions, as a data file of the user's."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from talos_gpu.catalog.catalogue import Catalogue
from talos_gpu.catalog.fact import NotListed
from talos_gpu.catalog.version import Version
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding, Position

__all__ = ["release_file"]

_REFERENCE = re.compile(r"(?:[^/]+/)?siderolabs/([a-z0-9.-]+):([0-9A-Za-z_.-]+)")
_KERNEL_DRIVER = re.compile(r"(\d+\.\d+(?:\.\d+)?)-(v\d.*)")


def release_file(catalogue: Catalogue, tag: str, listing: str, file: str, checked: str) -> str:
    """Returns the text of a data file that declares release `tag` with what `listing` tells of it.

    `listing` is the JSON of GET /version/<tag>/extensions/official, read from `file`; `checked` the day it was got.
    What the list does not tell (kernel, Kubernetes) stays unknown.

    Raises:
        NotUnderstood: the listing is not one, belongs to another release, or nothing is known of the minor.
    """
    tag = "v" + tag.removeprefix("v")
    tags = _tags(listing, file)
    minor = catalogue.minor(tag)
    if isinstance(minor, NotListed):
        raise _problem(file, f"nothing is known of the minor of {tag}: declare it by hand with sameAs")
    drivers: dict[str, str] = {}
    for role in ("open", "proprietary"):
        for track, name in minor.nvidia_extensions.get(role, {}).items():
            shape = _KERNEL_DRIVER.fullmatch(tags.get(name, ""))
            if shape is not None:
                _same_release(shape.group(2), tag, name, file)
                drivers[track] = shape.group(1)
    if not drivers:
        raise _problem(file, f"the list names no NVIDIA kernel module of {minor.name}")
    return _written(tag, tags, drivers, _toolkit(tags, drivers, minor.nvidia_extensions), checked)


def _tags(listing: str, file: str) -> Mapping[str, str]:
    try:
        content: Any = json.loads(listing)
    except ValueError as error:
        raise _problem(file, f"not JSON: {error}") from error
    if not isinstance(content, Sequence) or isinstance(content, str):
        raise _problem(file, "expected a list of extensions, each with name and ref")
    tags: dict[str, str] = {}
    for number, item in enumerate(content):
        reference = item.get("ref", "") if isinstance(item, Mapping) else ""
        shape = _REFERENCE.fullmatch(str(reference))
        if shape is None:
            raise _problem(file, f"entry {number + 1}: expected a ref such as ghcr.io/siderolabs/name:tag")
        tags[shape.group(1)] = shape.group(2)
    return tags


def _same_release(found: str, tag: str, name: str, file: str) -> None:
    if Version.parse(found) != Version.parse(tag):
        raise _problem(file, f"{name} is built for {found}: this is not the list of {tag}")


def _toolkit(tags: Mapping[str, str], drivers: Mapping[str, str], names: Mapping[str, Mapping[str, str]]) -> str:
    for track, name in names.get("container-toolkit", {}).items():
        rest = tags.get(name, "").removeprefix(drivers.get(track, "") + "-")
        if rest.startswith("v"):
            return rest
    return ""


def _written(tag: str, tags: Mapping[str, str], drivers: Mapping[str, str], toolkit: str, checked: str) -> str:
    lines = [
        f"# Talos {tag}, out of the Image Factory's list of official extensions. Add what you know: kernel,",
        "# containerd, defaultKubernetes, kubernetesRange.",
        f'source: "Image Factory: /version/{tag}/extensions/official"',
        f'checked: "{checked}"',
        "talos:",
        f"  {tag}:",
        f"    drivers: {{{', '.join(f'{track}: {driver}' for track, driver in drivers.items())}}}",
    ]
    lines += [f"    containerToolkit: {toolkit}"] if toolkit else []
    lines += ["    extensionsComplete: true", "    extensions:"]
    lines += [f'      {name}: "{text}"' for name, text in sorted(tags.items())]
    return "\n".join(lines) + "\n"


def _problem(file: str, message: str) -> NotUnderstood:
    return NotUnderstood([Finding(Position(file), "", message)])
