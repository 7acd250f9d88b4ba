"""What a schematic id means whose text is not at hand: looked up among the ids of lists that people are likely to have."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from itertools import combinations, permutations

from talos_gpu.catalog import NotListed, load_catalogue

__all__ = ["extensions_of"]

Names = tuple[str, ...]

_PREFIX = "siderolabs/"
_HEAD = "customization:\n    systemExtensions:\n        officialExtensions:\n"
"""The Image Factory's canonical text of a schematic that has extensions only; one line a name follows."""
_VANILLA = sha256(b"customization: {}\n").hexdigest()
_OTHERS = (
    "amd-ucode",
    "amdgpu",
    "drbd",
    "gasket-driver",
    "i915",
    "i915-ucode",
    "intel-ucode",
    "iscsi-tools",
    "mei",
    "nut-client",
    "qemu-guest-agent",
    "realtek-firmware",
    "tailscale",
    "thunderbolt",
    "util-linux-tools",
    "zfs",
)
"""What stands beside the NVIDIA extensions most often."""
_MOST_OTHERS = 3
_SHUFFLED = 3
"""Lists of so many names are tried in every order: nobody sorts a short list on purpose."""


def extensions_of(identity: str) -> Names | None:
    """The extensions, in their order, of the schematic with this id; None where no likely list has it.

    Order is part of the identity, and the list is the only one that has it: an id that is found is certain.
    """
    if identity == _VANILLA:
        return ()
    try:
        return _known().get(bytes.fromhex(identity))
    except ValueError:
        return None


@cache
def _known() -> dict[bytes, Names]:
    """Likely lists by the digest of their canonical text."""
    lines: dict[str, bytes] = {}
    head = sha256(_HEAD.encode())
    found: dict[bytes, Names] = {}
    for names in _likely():
        digest = head.copy()
        for name in names:
            digest.update(lines.setdefault(name, f"            - {name}\n".encode()))
        found.setdefault(digest.digest(), names)
    return found


def _likely() -> Iterator[Names]:
    """As the factory's page sorts them, and with NVIDIA's names before or behind the others."""
    others = [tuple(_PREFIX + name for name in some) for some in _some_others()]
    for nvidia in _nvidia():
        for some in others:
            names = (*nvidia, *some)
            if len(names) <= _SHUFFLED:
                yield from permutations(names)
            else:
                yield tuple(sorted(names))
                yield names
                yield (*some, *nvidia)


def _some_others() -> Iterator[Names]:
    for count in range(_MOST_OTHERS + 1):
        yield from combinations(_OTHERS, count)


def _nvidia() -> Iterator[Names]:
    """Nothing, each alone, each kernel module with each toolkit, and with the fabric manager of its track."""
    kernels: dict[str, None] = {}
    toolkits: dict[str, None] = {}
    boards: dict[Names, None] = {}
    for by_role in _roles():
        tools, fabrics = by_role.get("container-toolkit", {}), by_role.get("fabric-manager", {})
        toolkits.update(dict.fromkeys(tools.values()))
        for role in ("open", "proprietary"):
            for track, kernel in by_role.get(role, {}).items():
                kernels[kernel] = None
                if track in tools and track in fabrics:
                    boards[(kernel, tools[track], fabrics[track])] = None
    alone = [(name,) for name in (*kernels, *toolkits)]
    pairs = [(kernel, toolkit) for kernel in kernels for toolkit in toolkits]
    for names in ((), *alone, *pairs, *boards):
        yield tuple(_PREFIX + name for name in sorted(names))


def _roles() -> Iterator[dict[str, dict[str, str]]]:
    """NVIDIA's names by role and track, of each minor."""
    catalogue = load_catalogue()
    for name in catalogue.minors():
        minor = catalogue.minor(name)
        if not isinstance(minor, NotListed):
            yield {role: dict(tracks) for role, tracks in minor.nvidia_extensions.items()}
