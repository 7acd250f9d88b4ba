"""EXT: addresses of installer images, and schematics beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from posixpath import dirname
from typing import Any

from talos_gpu.errors import InputError
from talos_gpu.finding import Edit
from talos_gpu.inventory import ImageReference, Node, Schematic, Value
from talos_gpu.inventory.schematic_lookup import extensions_of
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.nvidia_image import is_public, kernel_parts, lacks_modules, minor_of_image
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.schematic import read_schematic, uncertain
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_TALHELPER = "budimanjojo/talhelper:pkg/config/validate.go, pkg/generate/config.go@v3.1.16"
_FACTORY = "siderolabs/image-factory:internal/frontend/http/registry.go@v1.5.0"
_IDENTITY = "siderolabs/image-factory:pkg/schematic/schematic.go@v1.5.0"
_WRITTEN_TAG = re.compile(r"v?[0-9].*|latest|\$\{?\w.*|\{\{.*")
_PLATFORM = re.compile(r"(?P<platform>[a-z][a-z-]*)-installer(?P<secure>-secureboot)?")
_PLAIN = re.compile(r"installer(?:-secureboot)?")


def _tagged(image: ImageReference, _: Facts) -> Iterator[Offence]:
    if image.key != "talosImageURL":
        return
    ending = f"@{image.digest}" if image.digest else ""
    if image.tag and _WRITTEN_TAG.fullmatch(image.tag):
        ending = f":{image.tag}{ending}"
    if ending and image.value.raw.endswith(ending):
        message = f"found {excerpt(ending)} behind the image; expected the name alone because talhelper adds the tag"
        yield Offence(image.value, message, fix=replacing(image.value, image.value.raw.removesuffix(ending)))


def _ineffective(node: Node, facts: Facts) -> Iterator[Offence]:
    image, schematic = node.image, node.schematic
    if node.origin != "talhelper" or image is None or schematic is None or image.key != "talosImageURL":
        return
    if kernel_parts(schematic) and lacks_modules(node, facts):
        return  # The address is what is wrong then, which EXT021 says.
    if not image.id or image.id != schematic.id:
        message = "found a schematic beside talosImageURL; expected one of them because the address alone counts"
        yield Offence(schematic.root, message)


def _another_id(image: ImageReference, facts: Facts) -> Iterator[Offence]:
    if not image.id or image.key == "text":
        return
    own = [node.schematic for node in facts.cluster.of(Node) if _has(node, image) and node.schematic]
    if own:
        # talhelper takes no notice of a schematic beside talosImageURL, which EXT011 says.
        judged = own[:1] if image.key != "talosImageURL" else ()
        yield from (_mismatch(image, item) for item in judged if _differs(image, item))
        return
    folder = dirname(image.value.place.file)
    beside = [item for item in facts.cluster.of(Schematic) if _is_file_in(folder, item)]
    ids = {other.id for other in facts.cluster.of(ImageReference)}
    if len(beside) == 1 and ids == {image.id} and _differs(image, beside[0]):
        yield _mismatch(image, beside[0])


def _has(node: Node, image: ImageReference) -> bool:
    return node.image is not None and node.image.value.place == image.value.place


def _is_file_in(folder: str, schematic: Schematic) -> bool:
    return not schematic.root.path and dirname(schematic.root.place.file) == folder


def _differs(image: ImageReference, schematic: Schematic) -> bool:
    return schematic.text_known and schematic.id is not None and schematic.id != image.id


def _mismatch(image: ImageReference, schematic: Schematic) -> Offence:
    assert schematic.id is not None
    names = extensions_of(image.id)
    held = "" if names is None else f", that of {excerpt(', '.join(names)) or 'an image without extensions'}"
    message = (
        f"found the id {image.id[:12]}...{held}; expected {schematic.id[:12]}... because that is the id of the schematic "
        f"beside it ({excerpt(schematic.root.place.file)})"
    )
    fix = replacing(image.value, image.value.raw.replace(image.id, schematic.id))
    return Offence(image.value, message, f"Write {schematic.id}, or correct the schematic.", fix)


def _uncertain(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    for reason in _reasons(schematic):
        yield Offence(schematic.root, f"found a schematic of uncertain id; {reason}")


def _reasons(schematic: Schematic) -> tuple[str, ...]:
    node = schematic.root.node
    if node is None or schematic.id is None or schematic.origin in ("profile", "omni"):
        return ()
    try:
        return uncertain(read_schematic(node))
    except InputError:
        return ()


def _installer(image: ImageReference, facts: Facts) -> Iterator[Offence]:
    found = _PLATFORM.fullmatch(image.name)
    if not image.id or not (found or _PLAIN.fullmatch(image.name)) or image.value.opaque:
        return
    minor = facts.minor
    by_platform = "{platform}" in minor.installer
    if found and not by_platform:
        right = minor.installer_name("metal", secure_boot=bool(found["secure"]))
        message = f"found {image.name}; expected {right} because installers by platform came after Talos {minor.name}"
        fix = _renamed(image, right) if found["platform"] == "metal" else ()
        yield Offence(image.value, message, f"Write {right}.", fix)
    elif not found and by_platform:
        right = minor.installer_name("metal", secure_boot=image.name != "installer")
        message = f"found {image.name}; expected {right} or that of another platform because this is the older name"
        yield Offence(image.value, message, f"Write {right}, or the name of the platform it is for.", severity="info")


def _renamed(image: ImageReference, name: str) -> tuple[Edit, ...]:
    return replacing(image.value, image.value.raw.replace(f"/{image.name}/", f"/{name}/", 1))


def _unpublished(image: ImageReference, facts: Facts) -> Iterator[Offence]:
    if not is_public(image) or image.value.opaque:
        return
    minor = minor_of_image(image, facts) or facts.minor
    if minor.public_installer:
        return
    right = f"factory.talos.dev/{minor.installer_name('metal', secure_boot=False)}"
    message = (
        f"found {image.host}/{image.name}; expected an installer of the Image Factory because Sidero does not "
        f"publish this one for Talos {minor.name}"
    )
    yield Offence(image.value, message, f"Write {right}/<schematic id>, or the name of the platform it is for.")


def _refused(schematic: Schematic, _: Facts) -> Iterator[Offence]:
    root = schematic.root
    if schematic.origin in ("profile", "omni") or not schematic.text_known or _holds_placeholders(root):
        return
    try:
        assert root.node is not None
        read_schematic(root.node)
    except InputError as error:
        for finding in error.findings:
            place = Value(root.node, finding.position, root.path)
            yield Offence(place, finding.message, finding.remedy)


def _holds_placeholders(root: Value) -> bool:
    return root.node is None or any(value.opaque for value in root.walk())


RULES: tuple[Rule[Any], ...] = (
    Rule(
        id="EXT010",
        name="tag in talosImageURL",
        severity="error",
        since="0.1.0",
        looks_at=ImageReference,
        check=_tagged,
        remedy="Write the image's name alone; talosVersion is its tag.",
        source=_TALHELPER,
    ),
    Rule(
        id="EXT011",
        name="schematic beside talosImageURL",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_ineffective,
        remedy="Remove talosImageURL where the schematic is meant, or the schematic where the address is.",
        source=_TALHELPER,
    ),
    Rule(
        id="EXT014",
        name="id of another schematic",
        severity="error",
        since="0.1.0",
        looks_at=ImageReference,
        check=_another_id,
        remedy="Write the id of the schematic, in the order in which its extensions stand.",
        source=_IDENTITY,
        waivable=True,
    ),
    Rule(
        id="EXT015",
        name="schematic of uncertain id",
        severity="info",
        since="0.1.0",
        looks_at=Schematic,
        check=_uncertain,
        remedy="Ask the Image Factory for the id, and compare.",
        source="yaml/go-yaml v4.0.0-rc.4 and rc.5, which Image Factory v1.1.0 to v1.5.0 write with",
    ),
    Rule(
        id="EXT018",
        name="installer name of another release",
        severity="warning",
        since="0.1.0",
        looks_at=ImageReference,
        check=_installer,
        remedy="Write the installer's name of this Talos release.",
        source=_FACTORY,
    ),
    Rule(
        id="EXT022",
        name="schematic that the factory refuses",
        severity="error",
        since="0.1.0",
        looks_at=Schematic,
        check=_refused,
        remedy="Write what the Image Factory knows.",
        source=_IDENTITY,
        waivable=True,
    ),
    Rule(
        id="EXT023",
        name="installer that is not published",
        severity="error",
        since="0.1.0",
        looks_at=ImageReference,
        check=_unpublished,
        remedy="Write an installer of the Image Factory.",
        source="Talos v1.14 release notes: ghcr.io/siderolabs/installer is not published any more",
        waivable=True,
    ),
)
