"""Ids of schematics that nobody wrote down beside them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from talos_gpu.inventory.schematic_lookup import extensions_of
from talos_gpu.schematic import Schematic, parse, schematic_id

KNOWN = yaml.safe_load((Path(__file__).parents[1] / "schematic/schematic-ids.yaml").read_text())
KERNEL, TOOLKIT = "siderolabs/nonfree-kmod-nvidia-lts", "siderolabs/nvidia-container-toolkit-lts"


@pytest.mark.parametrize(
    ("identity", "names"),
    [
        ("af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7", (KERNEL, TOOLKIT)),
        ("376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba", ()),
        ("ce4c980550dd2ab1b17bbf2b08801c7eb59418eafe8f279833297925d67c7515", ("siderolabs/qemu-guest-agent",)),
        (
            "613e1592b2da41ae5e265e8789429f22e121aab91cb4deb6bc3c0b6262961245",
            ("siderolabs/iscsi-tools", "siderolabs/util-linux-tools"),
        ),
    ],
    ids=["the pair", "vanilla", "a virtual machine", "storage"],
)
def test_ids_that_are_everywhere(identity: str, names: tuple[str, ...]) -> None:
    """As the factory publishes them."""
    assert extensions_of(identity) == names


@pytest.mark.parametrize(
    "names",
    [
        (TOOLKIT, KERNEL),
        (KERNEL,),
        (KERNEL, "siderolabs/nvidia-container-toolkit-production"),
        ("siderolabs/iscsi-tools", KERNEL, TOOLKIT, "siderolabs/qemu-guest-agent", "siderolabs/util-linux-tools"),
        ("siderolabs/qemu-guest-agent", KERNEL, TOOLKIT),
        ("siderolabs/i915", "siderolabs/intel-ucode", "siderolabs/iscsi-tools", KERNEL, TOOLKIT),
        (KERNEL, TOOLKIT, "siderolabs/iscsi-tools", "siderolabs/util-linux-tools"),
    ],
    ids=["reversed", "no toolkit", "two tracks", "sorted", "short, in any order", "at the end", "at the start"],
)
def test_likely_lists_are_found_in_their_order(names: tuple[str, ...]) -> None:
    """Order is part of the identity."""
    assert extensions_of(schematic_id(Schematic(extensions=names))) == names


def test_what_is_found_is_what_was_published() -> None:
    """Of every public pair of text and id: the list, or nothing."""
    found = 0
    for entry in KNOWN:
        names = extensions_of(entry["id"])
        if names is not None:
            assert names == parse(entry["schematic"], "schematic.yaml").extensions
            found += 1
    assert found >= 5


@pytest.mark.parametrize("identity", ["", "x", "0" * 64, "af8eb824", "ü" * 64])
def test_others_are_unknown(identity: str) -> None:
    """An id that no likely list has, and what is no id."""
    assert extensions_of(identity) is None
