"""Addresses of installer images, taken apart."""

from __future__ import annotations

import pytest

from talos_gpu.inventory import ImageReference
from talos_gpu.inventory.image_reference import read_image
from talos_gpu.inventory.source_file import read_source

ID = "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7"
DIGEST = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def image(address: str) -> ImageReference | None:
    root = read_source("talconfig.yaml", f"talosImageURL: {address}\n".encode()).documents[0]
    return read_image(root.get("talosImageURL"), "talhelper", "talosImageURL")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (f"factory.talos.dev/installer/{ID}", ("factory.talos.dev", "installer", ID, "", "")),
        (
            f"factory.talos.dev/metal-installer/{ID}:v1.11.1",
            ("factory.talos.dev", "metal-installer", ID, "v1.11.1", ""),
        ),
        (f"factory.talos.dev/installer/{ID}@{DIGEST}", ("factory.talos.dev", "installer", ID, "", DIGEST)),
        (
            f"factory.talos.dev/metal-installer-secureboot/{ID}:v1.11.1@{DIGEST}",
            ("factory.talos.dev", "metal-installer-secureboot", ID, "v1.11.1", DIGEST),
        ),
        ("ghcr.io/siderolabs/installer:v1.9.0", ("ghcr.io", "siderolabs/installer", "", "v1.9.0", "")),
        (f"registry.lan:5000/installer/{ID}", ("registry.lan:5000", "installer", ID, "", "")),
        (f"registry.lan:5000/talos/installer/{ID}:v1.9.0", ("registry.lan:5000", "talos/installer", ID, "v1.9.0", "")),
        (f"localhost/installer/{ID}", ("localhost", "installer", ID, "", "")),
        (f"https://factory.talos.dev/installer/{ID}", ("factory.talos.dev", "installer", ID, "", "")),
        ("installer:v1.9.0", ("", "installer", "", "v1.9.0", "")),
        ("factory.talos.dev/installer/not-an-id", ("factory.talos.dev", "installer/not-an-id", "", "", "")),
        ("factory.talos.dev", ("", "factory.talos.dev", "", "", "")),
    ],
)
def test_the_parts_of_an_address(address: str, expected: tuple[str, ...]) -> None:
    """Those that it lacks are empty."""
    found = image(address)
    assert found is not None
    assert (found.host, found.name, found.id, found.tag, found.digest) == expected
    assert str(found.value.place) == "talconfig.yaml:1:16"


@pytest.mark.parametrize("address", ["", "~", "null", "''", "[a, b]", "{a: b}"])
def test_no_text_is_no_image(address: str) -> None:
    """Neither is a list or a map."""
    assert image(address) is None


def test_what_a_placeholder_does_not_hide_is_known() -> None:
    """The tag stays as it is written, and the value says that it is opaque."""
    found = image(f"factory.talos.dev/installer/{ID}:${{talosVersion}}")
    assert found is not None
    assert (found.id, found.tag, found.value.opaque) == (ID, "${talosVersion}", True)
