"""Where an Image Factory serves the images of a schematic.

Which names a Talos release uses (`metal-installer` or `installer`, `raw.zst` or `raw.xz`) is the caller's knowledge:
it comes from the catalogue. Source: image-factory v1.5.0, docs/api.md and internal/frontend/http/registry.go.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Addresses", "addresses"]


@dataclass(frozen=True, slots=True)
class Addresses:
    """`installer` is an image reference for `machine.install.image`, the others are URLs."""

    installer: str
    iso: str
    disk_image: str
    pxe: str


def addresses(
    schematic_id: str,
    talos_version: str,
    *,
    platform: str = "metal",
    arch: str = "amd64",
    secure_boot: bool = False,
    installer_name: str,
    disk_suffix: str,
    host: str = "factory.talos.dev",
    pxe_host: str = "pxe.factory.talos.dev",
) -> Addresses:
    """Return the addresses of one image; they answer once somebody has posted the schematic to the factory.

    Args:
        schematic_id: 64 hex characters.
        talos_version: with its `v`, as in `v1.14.6`.
        platform: `metal`, `nocloud`, `aws` and so on.
        arch: `amd64` or `arm64`.
        secure_boot: chooses signed images; no part of the id.
        installer_name: the repository's name without `-secureboot`, as in `metal-installer`.
        disk_suffix: what follows `metal-amd64.`, as in `raw.zst`.
        host: the factory, without a scheme.
        pxe_host: the factory's PXE front, without a scheme.

    """
    signed = "-secureboot" if secure_boot else ""
    asset = f"{platform}-{arch}{signed}"
    images = f"https://{host}/image/{schematic_id}/{talos_version}"
    return Addresses(
        installer=f"{host}/{installer_name}{signed}/{schematic_id}:{talos_version}",
        iso=f"{images}/{asset}.iso",
        disk_image=f"{images}/{asset}.{disk_suffix}",
        pxe=f"https://{pxe_host}/pxe/{schematic_id}/{talos_version}/{asset}",
    )
