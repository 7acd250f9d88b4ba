"""Canonical text and id are those of the Image Factory, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from talos_gpu.schematic import MetaValue, Overlay, Schematic, canonical, parse, schematic_id, uncertain

PUBLISHED = yaml.safe_load((Path(__file__).parent / "schematic-ids.yaml").read_text())
VANILLA = "376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba"


def _written(text: str) -> str:
    """The text of one kernel argument in canonical form."""
    return canonical(Schematic(kernel_args=(text,))).removeprefix("customization:\n    extraKernelArgs:\n        - ")


@pytest.mark.parametrize("pair", PUBLISHED, ids=[f"{i}-{pair['kind']}" for i, pair in enumerate(PUBLISHED)])
def test_every_published_pair_is_reproduced(pair: dict[str, str]) -> None:
    """Whoever published an id beside a schematic got it from a factory."""
    assert schematic_id(parse(pair["schematic"], "published.yaml")) == pair["id"]


def test_nothing_asked_for_is_the_vanilla_image() -> None:
    """The empty schematic still writes `customization`."""
    assert canonical(Schematic()) == "customization: {}\n"
    assert schematic_id(Schematic()) == VANILLA


def test_fields_come_in_the_order_of_the_factorys_struct() -> None:
    """New fields were inserted in front of old ones upstream, so the order is neither of time nor of the alphabet."""
    schematic = Schematic(
        owner="somebody",
        overlay=Overlay(image="siderolabs/sbc-raspberrypi", name="rpi_generic", options={"b": 1, "a": [True, None]}),
        embedded_config="version: v1alpha1\nmachine: {}\n",
        kernel_args=("console=ttyS0", "vga=791"),
        meta=(MetaValue(10, "foo"),),
        extensions=("siderolabs/gvisor",),
        bootloader="sd-boot",
        enroll_keys="force",
        well_known_certificates=True,
        sector_size=4096,
    )
    assert canonical(schematic) == (
        "owner: somebody\n"
        "overlay:\n"
        "    image: siderolabs/sbc-raspberrypi\n"
        "    name: rpi_generic\n"
        "    options:\n"
        "        a:\n"
        "            - true\n"
        "            - null\n"
        "        b: 1\n"
        "customization:\n"
        "    embeddedMachineConfiguration: |\n"
        "        version: v1alpha1\n"
        "        machine: {}\n"
        "    extraKernelArgs:\n"
        "        - console=ttyS0\n"
        "        - vga=791\n"
        "    meta:\n"
        "        - key: 10\n"
        "          value: foo\n"
        "    systemExtensions:\n"
        "        officialExtensions:\n"
        "            - siderolabs/gvisor\n"
        "    bootloader: sd-boot\n"
        "    secureboot:\n"
        "        enrollKeys: force\n"
        "        includeWellKnownCertificates: true\n"
        "    diskImage:\n"
        "        sectorSize: 4096\n"
    )


def test_order_and_repetition_of_extensions_change_the_id() -> None:
    """The factory neither sorts nor removes duplicates."""
    one, other = "siderolabs/iscsi-tools", "siderolabs/util-linux-tools"
    ids = {schematic_id(Schematic(extensions=names)) for names in ((one, other), (other, one), (one, other, other))}
    assert len(ids) == 3
    assert "613e1592b2da41ae5e265e8789429f22e121aab91cb4deb6bc3c0b6262961245" in ids


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("-console", "-console"),
        ("--x=1", "--x=1"),
        ("a:b", "a:b"),
        ("a#b", "a#b"),
        ("/dev/x", "/dev/x"),
        ("=", "="),
        ("é日本", "é日本"),
        ("", '""'),
        ("true", '"true"'),
        ("~", '"~"'),
        ("017", '"017"'),
        ("0o17", '"0o17"'),
        ("1_000", '"1_000"'),
        ("08", '"08"'),
        ("1e3", '"1e3"'),
        ("1e999", "1e999"),
        (".5_5", '".5_5"'),
        (".inf", '".inf"'),
        ("2001-1-1", '"2001-1-1"'),
        ("2001-02-29", "2001-02-29"),
        ("2001-12-14T21:59:43.1-05:00", '"2001-12-14T21:59:43.1-05:00"'),
        ("on", '"on"'),
        ("1:30", '"1:30"'),
        ("<<", '"<<"'),
        ("*a", "'*a'"),
        ("it's", "it's"),
        ("'a", "'''a'"),
        ("a: b", "'a: b'"),
        ("a:", "'a:'"),
        ("a #b", "'a #b'"),
        ("-", "'-'"),
        ("--- x", "'--- x'"),
        (" a", "' a'"),
        ("a ", "'a '"),
        ("a\tb", '"a\\tb"'),
        ("\x00\x07\x1b\x7f", '"\\0\\a\\e\\x7F"'),
        ("a\x85", '"a\\N"'),
        ("a\u00a0b", "a\u00a0b"),
        ("😀", '"\\U0001F600"'),
        ("a\ufeff", '"a\\uFEFF"'),
        ("\ufeffa b", '"\\uFEFF\\x61\\x20\\x62"'),
        ("a\u2028b", "'a\u2028          b'"),
        ("a\nb", "|-\n          a\n          b"),
        ("a\n", "|\n          a"),
        ("a\n\n", "|+\n          a\n"),
        (" a\nb", "|4-\n           a\n          b"),
        ("a \nb", '"a \\nb"'),
        ("\n", '"\\n"'),
        ("a\r\nb", '"a\\r\\nb"'),
    ],
    ids=lambda value: ascii(value)[1:-1][:30],
)
def test_a_string_is_quoted_as_the_factory_quotes_it(text: str, written: str) -> None:
    """Captured from image-factory v1.4.0."""
    assert _written(text) == written + "\n"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (3, "3"),
        (3.0, "3"),
        (1e5, "100000"),
        (1e6, "1e+06"),
        (1234567.5, "1.2345675e+06"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (-0.0, "-0"),
        (float("-inf"), "-.inf"),
        (float("nan"), ".nan"),
        (2**64 - 1, "18446744073709551615"),
        (2**64, "1.8446744073709552e+19"),
        ([], "[]"),
        ({}, "{}"),
        ([[1, 2]], "\n            - - 1\n              - 2"),
        ([{"a": 1, "b": {"c": 2}}], "\n            - a: 1\n              b:\n                c: 2"),
    ],
    ids=ascii,
)
def test_an_option_is_written_with_its_type(value: object, written: str) -> None:
    """Overlay options are a free map; numbers are written as Go writes them."""
    text = canonical(Schematic(overlay=Overlay(options={"x": value})))
    assert text.split("x:")[1].split("\ncustomization")[0] in (written, f" {written}")


def test_option_keys_are_sorted_as_people_count() -> None:
    """Numbers inside of keys compare as numbers, letters stand behind everything else."""
    options = dict.fromkeys(["a10", "a9", "b", "A", "a-b", "a09", "10", "9", "é"], 0)
    text = canonical(Schematic(overlay=Overlay(options=options)))
    keys = list(yaml.load(text, yaml.BaseLoader)["overlay"]["options"])
    assert keys == ["9", "10", "A", "a-b", "a9", "a09", "a10", "b", "é"]


def test_a_long_option_key_is_an_explicit_key() -> None:
    """Beyond 128 bytes go-yaml writes a question mark, and starts what follows on the line of the colon."""
    text = canonical(Schematic(overlay=Overlay(options={"k" * 129: {"a": 1}})))
    assert f"        ? {'k' * 129}\n        :   a: 1\n" in text


def test_true_and_one_are_different_options() -> None:
    """In Python they are equal; as schematics they are two."""
    one, true = (Schematic(overlay=Overlay(options={"x": value})) for value in (1, True))
    assert one != true
    assert schematic_id(one) != schematic_id(true)


def test_an_option_of_a_foreign_type_is_a_mistake_of_the_caller() -> None:
    """What YAML has no word for cannot be written."""
    with pytest.raises(TypeError, match="cannot hold a set"):
        Overlay(options={"x": {1}})


def test_a_meta_key_beyond_a_byte_is_a_mistake_of_the_caller() -> None:
    """META keys are one byte."""
    with pytest.raises(ValueError, match="0 to 255, not 256"):
        MetaValue(256, "x")


@pytest.mark.parametrize("word", ["yes", "off", "n", "1:30", "<<"])
def test_words_of_yaml_1_1_make_the_id_uncertain(word: str) -> None:
    """yaml/v4 rc.4 writes them in double quotes, rc.5 and later in single quotes."""
    (reason,) = uncertain(Schematic(enroll_keys=word))
    assert f"`{word}`" in reason
    assert uncertain(Schematic(overlay=Overlay(options={"list": [{word: 1}]}))) == (reason,)


def test_keys_that_compare_in_a_circle_make_the_id_uncertain() -> None:
    """The factory writes such options in another order on each run."""
    keys = ["9223372036854775807a", "|", "9223372036854775808"]
    (reason,) = uncertain(Schematic(overlay=Overlay(options=dict.fromkeys(keys, 1))))
    assert "order of chance" in reason


def test_a_usual_schematic_is_certain() -> None:
    """Numbers, dates and null are quoted alike by every build."""
    assert uncertain(Schematic(kernel_args=("console=ttyS0", "1", "2001-01-01", "~", "true"))) == ()
