"""A schematic is read as the Image Factory reads it, and refused where it refuses."""

from __future__ import annotations

import pytest

from talos_gpu.errors import NotUnderstood
from talos_gpu.schematic import MetaValue, Overlay, Schematic, canonical, parse


def _complaints(text: str) -> list[str]:
    with pytest.raises(NotUnderstood) as caught:
        parse(text, "s.yaml")
    return [str(finding) for finding in caught.value.findings]


def test_every_field_is_read() -> None:
    """Block style, as people write it."""
    text = """
overlay:
  image: siderolabs/sbc-raspberrypi
  name: rpi_generic
  options:
    configTxtAppend: "gpu_mem=128"
customization:
  embeddedMachineConfiguration: |
    version: v1alpha1
  extraKernelArgs: [net.ifnames=0]
  meta:
    - key: 0x0a
      value: foo
  systemExtensions:
    officialExtensions:
      - siderolabs/gvisor
  bootloader: sd-boot
  secureboot:
    enrollKeys: force
    includeWellKnownCertificates: true
  diskImage:
    sectorSize: 4096
"""
    assert parse(text, "s.yaml") == Schematic(
        overlay=Overlay("siderolabs/sbc-raspberrypi", "rpi_generic", {"configTxtAppend": "gpu_mem=128"}),
        embedded_config="version: v1alpha1\n",
        kernel_args=("net.ifnames=0",),
        meta=(MetaValue(10, "foo"),),
        extensions=("siderolabs/gvisor",),
        bootloader="sd-boot",
        enroll_keys="force",
        well_known_certificates=True,
        sector_size=4096,
    )


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "null",
        "---",
        "customization:",
        "customization: {}",
        '{"customization": {"extraKernelArgs": []}}',
        "customization: {systemExtensions: {}, meta: ~, bootloader: none, diskImage: {sectorSize: 0}}",
        "customization: {secureboot: {includeWellKnownCertificates: false}}",
        "overlay: {image: '', name: ~, options: {}}",
        "customization: {}\n---\nthe factory reads the first document: [only",
        "\ufeffcustomization: {}\r\n",
    ],
)
def test_empty_fields_are_the_same_as_absent_ones(text: str) -> None:
    """All of these are the vanilla schematic."""
    assert parse(text, "s.yaml") == Schematic()


def test_unquoted_entries_of_a_list_are_taken_as_written() -> None:
    """Numbers, booleans and dates keep their text; a null leaves its entry out."""
    text = "customization: {extraKernelArgs: [123, '123', 0x1F, 1.10, true, 2001-01-01, ~, '']}"
    expected = ("123", "123", "0x1F", "1.10", "true", "2001-01-01", "")
    assert parse(text, "s.yaml").kernel_args == expected


@pytest.mark.parametrize(("written", "expected"), [("yes", True), ("'on'", True), ("True", True), ("No", False)])
def test_booleans_of_yaml_1_1_count_where_a_boolean_is_wanted(written: str, expected: bool) -> None:
    """Even in quotes, as long as they are not `true` or `false`."""
    text = f"customization: {{secureboot: {{includeWellKnownCertificates: {written}}}}}"
    assert parse(text, "s.yaml").well_known_certificates is expected


@pytest.mark.parametrize(("written", "expected"), [("010", 8), ("0o17", 15), ("1.0", 1), ("1e1", 10), ("1_0", 10)])
def test_numbers_are_read_as_go_reads_them(written: str, expected: int) -> None:
    """A leading zero is octal; a float without fraction is a whole number."""
    assert parse(f"customization: {{meta: [{{key: {written}}}]}}", "s.yaml").meta == (MetaValue(expected, ""),)


def test_boot_loader_names_fold_case() -> None:
    """The enum behind them does."""
    assert parse("customization: {bootloader: GRUB}", "s.yaml").bootloader == "grub"


def test_anchors_and_merge_keys_are_resolved() -> None:
    """Own keys win over merged ones."""
    text = """
overlay:
  options:
    base: &base {a: 1, b: 2}
    more: {<<: *base, b: 3}
"""
    assert parse(text, "s.yaml").overlay == Overlay(options={"base": {"a": 1, "b": 2}, "more": {"a": 1, "b": 3}})


def test_keys_of_inner_option_maps_keep_their_types() -> None:
    """Keys of the outer map are strings; an inner map with one key that is none keeps all of them."""
    text = "overlay: {options: {1: a, x: {1: a, ~: b, true: c, 1.0: d, s: e}}}"
    assert '        "1": a\n        x:\n            true: c\n            1: a\n            1: d\n' in canonical(
        parse(text, "s.yaml")
    )


def test_a_date_in_options_is_a_moment() -> None:
    """Written again in RFC 3339."""
    text = canonical(parse("overlay: {options: {x: 2001-12-14t21:59:43.10-05:00, y: 2001-1-2}}", "s.yaml"))
    assert "x: 2001-12-14T21:59:43.1-05:00\n" in text
    assert '"y": 2001-01-02T00:00:00Z\n' in text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "s.yaml:1:1: the schematic is empty"),
        ("# nothing\n", "s.yaml:1:1: the schematic is empty"),
        (
            "something: 1",
            "s.yaml:1:1: something: unknown key `something`; allowed here are owner, overlay, customization",
        ),
        ("customization: {foo: 1}", "s.yaml:1:17: customization.foo: unknown key `foo`; allowed here are embedded"),
        ("customization: []", "s.yaml:1:16: customization: found a list; wanted is a map"),
        ("text", "s.yaml:1:1: found `text`; wanted is a map"),
        ("a: 1\na: 2", "s.yaml:2:1: the key `a` stands twice in one map, first at line 1, column 1"),
        ("customization: {extraKernelArgs: x}", "customization.extraKernelArgs: found `x`; wanted is a list"),
        (
            "customization: {extraKernelArgs: [[a]]}",
            "customization.extraKernelArgs[0]: found a list; wanted is a string",
        ),
        ("customization: {meta: [{key: 256}]}", "meta[0].key: found `256`; wanted is a whole number from 0 to 255"),
        ("customization: {meta: [{key: -1}]}", "meta[0].key: found `-1`; wanted is a whole number from 0 to 255"),
        ("customization: {meta: [{key: '10'}]}", "meta[0].key: found `10`; wanted is a whole number from 0 to 255"),
        ("customization: {meta: [{key: 1.5}]}", "meta[0].key: found `1.5`; wanted is a whole number from 0 to 255"),
        ("customization: {meta: [{key: {}}]}", "meta[0].key: found a map; wanted is a whole number from 0 to 255"),
        ("customization: {bootloader: auto}", "unknown boot loader `auto`; allowed are none, dual-boot, sd-boot, grub"),
        ("customization: {bootloader: ''}", "unknown boot loader ``; allowed are none, dual-boot, sd-boot, grub"),
        ("customization: {bootloader: []}", "found a list; wanted is the name of a boot loader"),
        (
            "customization: {extraKernelArgs: [&a grub], bootloader: *a}",
            "wanted is the name of a boot loader, not an alias",
        ),
        (
            "customization: {secureboot: {includeWellKnownCertificates: 'true'}}",
            "found `true`; wanted is true or false",
        ),
        ("customization: {secureboot: {includeWellKnownCertificates: 1}}", "found `1`; wanted is true or false"),
        ("customization: {secureboot: {includeWellKnownCertificates: 0}}", "found `0`; wanted is true or false"),
        (
            "customization: {diskImage: {sectorSize: 18446744073709551616}}",
            "wanted is a whole number from 0 to 1844674",
        ),
        ("owner: somebody", "s.yaml:1:8: owner: `owner` is for enterprise factories only"),
        ("overlay: {options: [a]}", "overlay.options: found a list; wanted is a map"),
        ("overlay: {options: {x: {[a]: b}}}", "overlay.options.x: found a list; wanted is a scalar as key"),
        ("overlay: {name: !!int x}", "overlay.name: `x` is no int, but its tag says so"),
        ("overlay: {name: !custom x}", "overlay.name: the tag `!custom` does not fit here"),
        ("overlay: {name: *a}", "overlay.name: no anchor `&a` above this alias"),
        ("overlay: {<<: [1]}", "`<<` merges a map or a list of maps, nothing else"),
        ("overlay: [", "s.yaml:1:11: not YAML: did not find expected node content"),
    ],
)
def test_what_the_factory_refuses_is_refused_with_place_and_reason(text: str, complaint: str) -> None:
    """Each of these gets an HTTP 400 from image-factory v1.4.0."""
    (found,) = _complaints(text)
    assert complaint in found


def test_all_problems_are_reported_at_once() -> None:
    """In the order of the file."""
    text = "foo: 1\noverlay:\n  nam: x\ncustomization:\n  meta: [{key: 300}, {key: 1, value: []}]\n"
    assert [complaint.split(": ")[:2] for complaint in _complaints(text)] == [
        ["s.yaml:1:1", "foo"],
        ["s.yaml:3:3", "overlay.nam"],
        ["s.yaml:5:16", "customization.meta[0].key"],
        ["s.yaml:5:38", "customization.meta[1].value"],
    ]


def test_an_unknown_key_names_the_nearest_known_one_and_the_factorys_answer() -> None:
    """Both help a reader who searches for the factory's message."""
    with pytest.raises(NotUnderstood) as caught:
        parse("customisation: {}", "s.yaml")
    (finding,) = caught.value.findings
    assert finding.remedy == "Did you mean `customization`?"
    assert "field customisation not found" in finding.source
