"""What `--fix` makes of schematics and installer addresses: the one right text, and nothing else."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.inventory import Given, take
from talos_gpu.rules import RULES, check
from talos_gpu.rules.fixing import fix

HEAD = "customization:\n  systemExtensions:\n    officialExtensions:\n"
TURING = Given("v1.13.9", gpus=("Tesla T4",))
PASCAL = Given("v1.13.9", gpus=("Tesla P40",))
ID = "613e1592b2da41ae5e265e8789429f22e121aab91cb4deb6bc3c0b6262961245"


def fixed(name: str, text: str, rule: str, given: Given) -> str:
    inventory = take({name: text.encode()}, given)
    found = [item for item in check(inventory.clusters, load_catalogue(), RULES) if item.rule == rule]
    return fix(text.encode(), found).data.decode()


def entries(*lines: str) -> str:
    return HEAD + "".join(f"      - {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("rule", "given", "before", "after"),
    [
        ("EXT001", TURING, ["siderolabs/iscsi-tools:v0.2.0  # storage"], ["siderolabs/iscsi-tools  # storage"]),
        ("EXT001", TURING, ['"siderolabs/iscsi-tools:v0.2.0"  # storage'], ['"siderolabs/iscsi-tools"  # storage']),
        ("EXT001", TURING, ["'siderolabs/iscsi-tools:v0.2.0'"], ["'siderolabs/iscsi-tools'"]),
        ("EXT003", TURING, ["siderolabs/nvidia-container-toolkit"], ["siderolabs/nvidia-container-toolkit-lts"]),
        ("EXT008", TURING, ["siderolabs/zfs", "siderolabs/zfs"], ["siderolabs/zfs"]),
        ("EXT008", TURING, ["siderolabs/zfs", "siderolabs/zfs  # why"], ["siderolabs/zfs", "siderolabs/zfs  # why"]),
        ("EXT009", TURING, ["iscsi-tools"], ["siderolabs/iscsi-tools"]),
        ("EXT009", TURING, ['"iscsi-tools"'], ['"siderolabs/iscsi-tools"']),
        ("EXT009", TURING, ["my own"], ["my own"]),
        ("EXT009", TURING, ["zfs:2.4.1"], ["siderolabs/zfs"]),
        ("EXT009", TURING, ["ghcr.io/siderolabs/zfs:2.4.1"], ["siderolabs/zfs"]),
        ("EXT001", TURING, ["ghcr.io/siderolabs/zfs:2.4.1"], ["siderolabs/zfs"]),
        (
            "DRV001",
            PASCAL,
            ["siderolabs/nvidia-open-gpu-kernel-modules-lts", "siderolabs/nvidia-container-toolkit-lts"],
            ["siderolabs/nonfree-kmod-nvidia-lts", "siderolabs/nvidia-container-toolkit-lts"],
        ),
    ],
)
def test_a_list_of_extensions_is_put_right(rule: str, given: Given, before: list[str], after: list[str]) -> None:
    """Comments stay, and a line is only taken away where nothing else stands on it."""
    assert fixed("schematic.yaml", entries(*before), rule, given) == entries(*after)


@pytest.mark.parametrize(
    "entry",
    [
        ">-\n        siderolabs/iscsi-tools:v1",
        '"siderolabs/iscsi\\x2dtools:v1"',
        "&it siderolabs/iscsi-tools:v1",
        "*it",
    ],
    ids=["folded", "escaped", "anchor", "alias"],
)
def test_what_does_not_stand_there_as_it_is_read_is_left_alone(entry: str) -> None:
    """Several places might hang on it, or none hold it to the letter."""
    text = "x: &it siderolabs/iscsi-tools:v1 # why\n" if entry == "*it" else ""
    text += entries(entry)
    assert fixed("schematic.yaml", text, "EXT001", TURING) == text


def test_windows_line_ends_stay_where_a_line_goes() -> None:
    """Nothing is left of the line, and nothing changes in the others."""
    text = entries("siderolabs/zfs # why", "siderolabs/zfs", "siderolabs/iscsi-tools").replace("\n", "\r\n")
    wanted = text.replace("      - siderolabs/zfs\r\n", "")
    assert fixed("schematic.yaml", text, "EXT008", TURING) == wanted


def test_a_list_on_one_line_keeps_its_duplicate() -> None:
    """No line can be taken away, so no fix is offered."""
    text = "customization:\n  systemExtensions:\n    officialExtensions: [siderolabs/zfs, siderolabs/zfs]\n"
    found = check(take({"schematic.yaml": text.encode()}, TURING).clusters, load_catalogue(), RULES)
    assert [item.fix for item in found if item.rule == "EXT008"] == [()]


def test_the_modules_of_an_image_for_two_gpus_are_not_exchanged() -> None:
    """The other kind might be wrong for the other GPU."""
    text = entries("siderolabs/nvidia-open-gpu-kernel-modules-lts", "siderolabs/nvidia-container-toolkit-lts")
    assert fixed("schematic.yaml", text, "DRV001", Given("v1.13.9", gpus=("Tesla P40", "Tesla T4"))) == text


def test_talos_image_url_loses_its_tag() -> None:
    address = f"factory.talos.dev/metal-installer/{ID}"
    text = f"clusterName: lab\ntalosVersion: v1.11.5\nnodes:\n  - hostname: a\n    talosImageURL: {address}:v1.11.5\n"
    assert fixed("talconfig.yaml", text, "EXT010", Given()) == text.replace(":v1.11.5\n", "\n")


def test_the_installer_gets_the_name_of_its_release() -> None:
    text = f"machine:\n  type: worker\n  install:\n    image: factory.talos.dev/metal-installer/{ID}:v1.9.5\n"
    assert fixed("worker.yaml", text, "EXT018", Given()) == text.replace("metal-installer", "installer")
