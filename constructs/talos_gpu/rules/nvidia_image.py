"""What boot images hold of NVIDIA: which extension plays which part, on which nodes, with which GPUs and driver."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from talos_gpu.catalog import ExtensionRole, Flavour, Gpu, Minor, NotListed, Stated
from talos_gpu.inventory import ImageReference, Node, Schematic, Value
from talos_gpu.inventory.schematic_lookup import extensions_of
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.rule import Offence
from talos_gpu.yaml_events import ScalarNode

__all__ = [
    "FLAVOURS",
    "PREFIX",
    "REGISTRY",
    "Part",
    "bare",
    "branch_of",
    "driver_of",
    "drivers_in",
    "drivers_of_images",
    "extensions_on",
    "gpus_of",
    "has_modules",
    "is_for_gpus",
    "is_public",
    "kernel_parts",
    "lacks_modules",
    "minor_of_image",
    "modules_to_load",
    "nodes_of",
    "of_images",
    "part_of",
    "part_of_image",
    "parts_of",
    "products",
    "stems",
]

Check = Callable[[Schematic, Facts], Iterable[Offence]]
PREFIX = "siderolabs/"
REGISTRY = "ghcr.io/"
FLAVOURS: tuple[Flavour, ...] = ("open", "proprietary")
_ROLES: dict[str, ExtensionRole] = {
    "nvidia-open-gpu-kernel-modules": "open",
    "nonfree-kmod-nvidia": "proprietary",
    "nvidia-container-toolkit": "container-toolkit",
    "nvidia-fabricmanager": "fabric-manager",
    "nvidia-fabric-manager": "fabric-manager",
}
_PRODUCT = "nvidia.com/gpu.product"
_TAGGED_DRIVER = re.compile(r"[^:]+:(?P<driver>[0-9]+(?:\.[0-9]+)+)(?:-.*)?")
_TAG = re.compile(r"v[0-9]+\.[0-9]+(?=\.)")
_SUFFIX = re.compile(r"-(?:SHARED|MIG-.*)$")
_PUBLIC = (REGISTRY.rstrip("/"), "siderolabs/installer")
_UNNAMED = "single"
"""The track of the names that have none."""
_HEIR = "lts"
"""The track that the factory's aliases take them for, since tracks have names."""


@dataclass(frozen=True, slots=True)
class Part:
    """An extension of NVIDIA in a list: `flavour` is that of the kernel modules, None for the others."""

    entry: Value
    name: str
    role: ExtensionRole
    track: str

    @property
    def flavour(self) -> Flavour | None:
        """The flavour, where it holds kernel modules."""
        return self.role if self.role == "open" or self.role == "proprietary" else None

    @property
    def driver(self) -> str:
        """The driver that a tag behind the name claims (`<driver>-<talos>`, `<driver>-<toolkit>`), or an empty text."""
        found = _TAGGED_DRIVER.fullmatch((self.entry.text or "").partition("@")[0])
        return found["driver"] if found else ""


def bare(text: str) -> str:
    """The name without registry, `siderolabs/`, tag and digest."""
    return text.removeprefix(REGISTRY).removeprefix(PREFIX).partition("@")[0].partition(":")[0]


def stems(*roles: ExtensionRole) -> tuple[str, ...]:
    """How the names of extensions begin that play one of these parts."""
    return tuple(stem for stem, role in _ROLES.items() if role in roles)


def part_of(entry: Value) -> Part | None:
    """The part that an entry plays; None where it is none of NVIDIA's, or not known."""
    name = bare(entry.text or "")
    for stem, role in _ROLES.items():
        if name == stem:
            return Part(entry, name, role, _UNNAMED)
        if name.startswith(f"{stem}-"):
            return Part(entry, name, role, name.removeprefix(f"{stem}-"))
    return None


def part_of_image(image: Value) -> Part | None:
    """The part that an extension's container image plays, as machine.install names it."""
    return part_of(_said_by(image, image.raw.rpartition("/")[2])) if image.text else None


def parts_of(schematic: Schematic) -> tuple[Part, ...]:
    """NVIDIA's extensions in the schematic, in order."""
    return tuple(part for part in map(part_of, schematic.extensions) if part)


def kernel_parts(schematic: Schematic) -> tuple[Part, ...]:
    """The extensions in it that hold kernel modules."""
    return tuple(part for part in parts_of(schematic) if part.flavour)


def of_images(check: Check) -> Callable[[object, Facts], Iterator[Offence]]:
    """The check of a schematic, for images too whose id is that of a likely list, where no schematic has it."""

    def checked(subject: object, facts: Facts) -> Iterator[Offence]:
        if isinstance(subject, Schematic):
            yield from check(subject, facts)
        elif isinstance(subject, ImageReference) and subject.key != "text":
            schematic = _looked_up(subject, facts)
            for offence in check(schematic, facts) if schematic else ():
                # The names stand nowhere in the file.
                yield replace(offence, fix=())

    return checked


def _looked_up(image: ImageReference, facts: Facts) -> Schematic | None:
    names = extensions_of(image.id) if image.id else None
    if names is None or any(schematic.id == image.id for schematic in facts.cluster.of(Schematic)):
        return None
    entries = tuple(_said_by(image.value, name) for name in names)
    return Schematic(image.value, image.origin, entries, (), image.id)


def _said_by(value: Value, text: str) -> Value:
    return replace(value, node=ScalarNode(text, False, "", value.place))


def nodes_of(schematic: Schematic, facts: Facts) -> tuple[Node, ...]:
    """The nodes that boot the schematic's image, as far as anybody says so."""
    return tuple(node for node in facts.cluster.of(Node) if _boots(node, schematic))


def _boots(node: Node, schematic: Schematic) -> bool:
    if node.image is not None and node.image.id:
        return node.image.id == schematic.id
    return node.schematic is not None and node.schematic.root.place == schematic.root.place


def gpus_of(node: Node) -> tuple[str, ...]:
    """The names of a node's GPUs, where they are given, or a label tells the product."""
    if node.gpus:
        return node.gpus
    labels = node.under("KubeNodeConfig", "labels", "machine", "nodeLabels")
    texts = (label.get(_PRODUCT).text for label in labels)
    return tuple(_SUFFIX.sub("", text) for text in texts if text)


def products(schematic: Schematic, facts: Facts) -> Iterator[tuple[Gpu, ...]]:
    """For each GPU that this image must serve, the products that its name may mean.

    Raises:
        Lacking: when nobody says which GPUs these are; also when several are known of the cluster, and not which of
            them are in the nodes of this image.
    """
    names = {name for node in nodes_of(schematic, facts) for name in gpus_of(node)}
    if not names:
        names = {said.value for said in facts.cluster.gpus}
        if len(names) > 1 and not _is_only(schematic, facts):
            raise Lacking("which of the GPUs are in which nodes", "one --gpu NAME")
    if not names:
        facts.gpus()
    for name in sorted(names):
        yield facts.gpus((name,))


def _is_only(schematic: Schematic, facts: Facts) -> bool:
    """Whether no other image of the cluster can be for a GPU."""
    others = [item for item in facts.cluster.of(Schematic) if item is not schematic and kernel_parts(item)]
    unread = [image for image in facts.cluster.of(ImageReference) if image.id and image.id != schematic.id]
    return not others and not unread


def driver_of(part: Part, facts: Facts) -> str:
    """The driver version that the part has in this release of Talos."""
    release = facts.release
    fact = release.driver(_track(part, release.minor))
    if not isinstance(fact, Stated):
        raise Lacking(f"the driver of track {part.track} in Talos {release.tag}")
    return fact.value


def branch_of(part: Part, facts: Facts) -> str:
    """The driver branch of the part in this minor of Talos."""
    minor = facts.minor
    track = minor.tracks.get(_track(part, minor))
    if track is None:
        raise Lacking(f"the driver of track {part.track} in Talos {minor.name}")
    return track.branch


def _track(part: Part, minor: Minor) -> str:
    return _HEIR if part.track == _UNNAMED and _UNNAMED not in minor.tracks else part.track


def has_modules(node: Node, facts: Facts) -> bool:
    """Whether the node has kernel modules of NVIDIA, as far as its image or what it installs beside it tells."""
    names = extensions_on(node, facts)
    if names is None and node.image is None and node.schematic is not None:
        names = tuple(map(bare, node.schematic.names))
    return any(name.startswith(stems(*FLAVOURS)) for name in (*(names or ()), *_installed(node, facts)))


def modules_to_load(node: Node, facts: Facts) -> tuple[Value, ...]:
    """The kernel modules among those that the node is told to load that NVIDIA's extensions bring."""
    return tuple(module for module in node.modules if _is_brought(module, facts))


def _is_brought(module: Value, facts: Facts) -> bool:
    known = facts.catalogue.kernel_module(module.text) if module.text else None
    return known is not None and not isinstance(known, NotListed) and bool(known.flavours)


def lacks_modules(node: Node, facts: Facts) -> bool:
    """Whether the node is to load kernel modules of NVIDIA from an image that is known to hold none."""
    return (
        bool(modules_to_load(node, facts)) and extensions_on(node, facts) is not None and not has_modules(node, facts)
    )


def is_for_gpus(node: Node, facts: Facts) -> bool:
    """Whether the node has kernel modules of NVIDIA, and all that it is told was read: a config alone may be patched."""
    return node.origin != "talos" and has_modules(node, facts)


def _installed(node: Node, facts: Facts) -> tuple[str, ...]:
    """What machine.install.extensions adds to the image, where no release is known that takes no notice of it."""
    minor = facts.known_minor
    if minor is not None and not minor.install_extensions_reach_node:
        return ()
    images = (item.get("image").raw for item in node.config.get("machine", "install", "extensions").items())
    return tuple(bare(image.rpartition("/")[2]) for image in images)


def extensions_on(node: Node, facts: Facts) -> tuple[str, ...] | None:
    """The names of the extensions in a node's image, without `siderolabs/`; None where that is not certain."""
    image = node.image
    if node.plain_image:
        return () if node.complete else None
    if image is None or (node.schematic is not None and image.id == node.schematic.id and image.id):
        schematic = node.schematic
        return tuple(map(bare, schematic.names)) if schematic and schematic.whole else None
    for schematic in facts.cluster.of(Schematic):
        if image.id and schematic.id == image.id and schematic.whole:
            return tuple(map(bare, schematic.names))
    if is_public(image):
        return ()
    names = extensions_of(image.id) if image.id else None
    return None if names is None else tuple(map(bare, names))


def is_public(image: ImageReference) -> bool:
    """Whether it is the installer that Sidero published beside Talos, which holds no extension."""
    return (image.host, image.name) == _PUBLIC


def minor_of_image(image: ImageReference, facts: Facts) -> Minor | None:
    """The Talos minor that the image's tag names, else that of the cluster where it is known."""
    found = _TAG.match(image.tag)
    named = facts.catalogue.minor(found[0]) if found else None
    return facts.known_minor if named is None or isinstance(named, NotListed) else named


def drivers_in(facts: Facts) -> tuple[str, ...]:
    """The driver versions that the cluster's nodes may have: of its images, or else of every track of the release."""
    return drivers_of_images(facts) or tuple(sorted({fact.value for fact in facts.release.drivers.values()}))


def drivers_of_images(facts: Facts) -> tuple[str, ...]:
    """The driver versions in the cluster's images; none where no image is known that has one."""
    parts = [part for schematic in facts.cluster.of(Schematic) for part in kernel_parts(schematic)]
    found = {driver_of(part, facts) for part in parts}
    for node in facts.cluster.of(Node) if not found else ():
        for name in extensions_on(node, facts) or ():
            part = part_of(_said_by(node.place, name))
            found |= {driver_of(part, facts)} if part and part.flavour else set()
    return tuple(sorted(found))
