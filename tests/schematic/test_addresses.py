"""Addresses of images, as the factory's documentation writes them."""

from __future__ import annotations

from talos_gpu.schematic import addresses

ID = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"


def test_a_metal_image_has_an_installer_an_iso_a_disk_and_a_pxe_script() -> None:
    """The names that the release uses are given by the caller."""
    found = addresses(ID, "v1.14.1", installer_name="metal-installer", disk_suffix="raw.zst")
    assert found.installer == f"factory.talos.dev/metal-installer/{ID}:v1.14.1"
    assert found.iso == f"https://factory.talos.dev/image/{ID}/v1.14.1/metal-amd64.iso"
    assert found.disk_image == f"https://factory.talos.dev/image/{ID}/v1.14.1/metal-amd64.raw.zst"
    assert found.pxe == f"https://pxe.factory.talos.dev/pxe/{ID}/v1.14.1/metal-amd64"


def test_secure_boot_marks_every_address_and_leaves_the_id_alone() -> None:
    """Also on another platform, architecture and factory."""
    found = addresses(
        ID,
        "v1.9.5",
        platform="nocloud",
        arch="arm64",
        secure_boot=True,
        installer_name="installer",
        disk_suffix="raw.xz",
        host="factory.example.com",
        pxe_host="pxe.example.com",
    )
    assert found.installer == f"factory.example.com/installer-secureboot/{ID}:v1.9.5"
    assert found.iso == f"https://factory.example.com/image/{ID}/v1.9.5/nocloud-arm64-secureboot.iso"
    assert found.disk_image == f"https://factory.example.com/image/{ID}/v1.9.5/nocloud-arm64-secureboot.raw.xz"
    assert found.pxe == f"https://pxe.example.com/pxe/{ID}/v1.9.5/nocloud-arm64-secureboot"
