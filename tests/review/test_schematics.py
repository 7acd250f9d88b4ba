"""Schematic ids are explained by what the images behind them differ in."""

from __future__ import annotations

import hashlib

import pytest

from talos_gpu.review.difference.schematics import Schematics

HEAD = "customization:\n    systemExtensions:\n        officialExtensions:\n"
PATH = "dist/c/talos/schematics/gpu.yaml"


def schematic(*extensions: str, more: str = "") -> bytes:
    return (HEAD + "".join(f"            - siderolabs/{name}\n" for name in extensions) + more).encode()


def name(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def told(before: bytes, after: bytes) -> str:
    known = Schematics({PATH: before}, {PATH: after})
    image = "factory.talos.dev/metal-installer/{}:v1.14.6"
    (change,) = known.told(image.format(name(before)), image.format(name(after)))
    return str(change).partition(": ")[2]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (schematic("a"), schematic("a", "b"), "+ siderolabs/b"),
        (schematic("a", "b"), schematic("c", "b"), "+ siderolabs/c, - siderolabs/a"),
        (schematic("a", "b"), schematic("b", "a"), "order of the extensions"),
        (b"customization: {}\n", schematic("a"), "+ siderolabs/a"),
        (
            b"customization:\n    extraKernelArgs:\n        - a=1\n",
            b"customization:\n    extraKernelArgs:\n        - a=2\n",
            "+ kernel argument a=2, - kernel argument a=1",
        ),
        (
            b"customization: {}\n",
            b"overlay:\n    image: i\n    name: rpi\ncustomization: {}\n",
            "overlay none -> rpi i",
        ),
        (
            b"customization: {}\n",
            b"customization:\n    meta:\n        - key: 12\n          value: x\n",
            "+ META 12=x",
        ),
        (
            b"customization: {}\n",
            b"customization:\n    secureboot:\n        includeWellKnownCertificates: true\n",
            "well-known certificates of Secure Boot False -> True",
        ),
    ],
)
def test_parts(before: bytes, after: bytes, expected: str) -> None:
    """Extensions, kernel arguments, META, overlay, Secure Boot."""
    assert told(before, after) == expected


def test_an_id_that_no_schematic_has_is_said_to_be_unknown() -> None:
    """It may be anything."""
    known = schematic("a")
    (change,) = Schematics({PATH: known}, {PATH: known}).told(f"installer/{name(known)}", f"installer/{'0' * 64}")
    assert change.unknown == ("0" * 64,)
    assert str(change).endswith("00000000... is in neither state")


def test_digests_of_something_else_are_left_alone() -> None:
    """Of container images, and of what is no schematic at all."""
    known = Schematics({PATH: schematic("a")}, {PATH: schematic("b")})
    assert known.told(f"x@sha256:{'1' * 64}", f"x@sha256:{'2' * 64}") == ()
    assert known.told(f"sum {'1' * 64}", f"sum {'2' * 64}") == ()
    assert known.told("a", "a") == ()


def test_several_ids_of_a_text_are_paired_by_their_pool() -> None:
    """In whatever order they stand."""
    one, other = PATH, PATH.replace("gpu", "cpu")
    known = Schematics(
        {one: schematic("a"), other: schematic("x")}, {one: schematic("a", "b"), other: schematic("x", "y")}
    )
    before = f"{name(schematic('a'))} {name(schematic('x'))}"
    after = f"{name(schematic('x', 'y'))} {name(schematic('a', 'b'))}"
    assert {change.parts for change in known.told(before, after)} == {("+ siderolabs/b",), ("+ siderolabs/y",)}


def test_a_schematic_that_is_broken_has_no_id() -> None:
    """It explains nothing, and stops nothing."""
    known = Schematics({PATH: b"customization: ["}, {PATH: schematic("a")})
    (change,) = known.told("", f"schematic {name(schematic('a'))}")
    assert change.parts == ("+ siderolabs/a",)
