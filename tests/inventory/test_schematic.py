"""Schematics wherever they are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from talos_gpu.inventory import Given, Inventory, Schematic, take

KNOWN = yaml.safe_load((Path(__file__).parents[1] / "schematic/schematic-ids.yaml").read_text())
PAIR = ("siderolabs/nonfree-kmod-nvidia-lts", "siderolabs/nvidia-container-toolkit-lts")
SCHEMATIC = """\
customization:
  extraKernelArgs: [mitigations=off]
  systemExtensions:
    officialExtensions:
      - siderolabs/nonfree-kmod-nvidia-lts
      - siderolabs/nvidia-container-toolkit-lts
"""


def inventory(text: str, path: str = "talos/schematic.yaml") -> Inventory:
    return take({path: text.encode()}, Given())


def schematics(text: str, path: str = "talos/schematic.yaml") -> list[Schematic]:
    return [item for cluster in inventory(text, path).clusters for item in cluster.of(Schematic)]


def test_a_schematic_with_its_places() -> None:
    """In the order of the text, which is a part of its identity."""
    (schematic,) = schematics(SCHEMATIC)
    assert schematic.names == PAIR
    assert schematic.whole
    assert [str(entry.place) for entry in schematic.extensions] == [
        "talos/schematic.yaml:5:9",
        "talos/schematic.yaml:6:9",
    ]
    assert [entry.text for entry in schematic.kernel_args] == ["mitigations=off"]


@pytest.mark.parametrize("entry", KNOWN, ids=[entry["id"][:12] for entry in KNOWN])
def test_ids_are_the_factorys(entry: dict[str, str]) -> None:
    """Of every published text whose id is known."""
    found = schematics(entry["schematic"])
    if found:
        assert found[0].id == entry["id"]


def test_several_in_one_file() -> None:
    """People keep one document for each kind of node."""
    found = schematics(
        f"{SCHEMATIC}---\ncustomization: {{}}\n---\noverlay: {{name: rpi_generic, image: x}}\ncustomization: {{}}\n"
    )
    assert [len(item.extensions) for item in found] == [2, 0, 0]
    assert len({item.id for item in found}) == 3


def test_below_other_keys() -> None:
    """In data of another tool."""
    inner = "".join(f"    {line}\n" for line in SCHEMATIC.splitlines())
    (schematic,) = schematics(f"schematics:\n  gpu:\n{inner}", "group_vars/talos.yaml")
    assert schematic.names == PAIR
    assert schematic.extensions[0].shown_path == ("schematics.gpu.customization.systemExtensions.officialExtensions[0]")


def test_inside_a_text() -> None:
    """Of a ConfigMap, at the places of the file."""
    inner = "".join(f"    {line}\n" for line in SCHEMATIC.splitlines())
    text = f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: talos}}\ndata:\n  gpu.yaml: |\n{inner}"
    (schematic,) = schematics(text)
    assert schematic.names == PAIR
    assert str(schematic.extensions[0].place) == "talos/schematic.yaml:10:13"


@pytest.mark.parametrize(
    "text",
    [
        "spec:\n  customization:\n    theme: dark\n",
        "customization: dark\nsystemExtensions: []\n",
        "customization:\n  theme: dark\nname: talos\n",
    ],
)
def test_what_is_no_schematic(text: str) -> None:
    """Others customize too."""
    assert schematics(text) == []


@pytest.mark.parametrize(
    "text",
    [
        SCHEMATIC.replace("nonfree-kmod-nvidia-lts", "${KMOD}"),
        SCHEMATIC[: SCHEMATIC.index("\n      -")] + " ${EXTENSIONS}\n",
        SCHEMATIC[: SCHEMATIC.index("\n    officialE")] + " ${EXTENSIONS}\n",
        "#% if gpu %#\n" + SCHEMATIC + "#% endif %#\n",
    ],
    ids=["an entry", "the list", "the map", "a template"],
)
def test_what_is_put_in_later_leaves_it_in_part(text: str) -> None:
    """Then nothing is missed of it."""
    (schematic,) = schematics(text)
    assert not schematic.whole
    assert schematic.id is None or "#%" in text


def test_what_the_factory_refuses_has_no_id() -> None:
    """An unknown key; the extensions are known all the same."""
    (schematic,) = schematics(SCHEMATIC + "  theme: dark\n")
    assert (schematic.id, schematic.names) == (None, PAIR)
