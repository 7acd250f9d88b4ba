"""Laws of schematics, over any text."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from talos_gpu.errors import NotUnderstood
from talos_gpu.schematic import (
    BOOTLOADERS,
    MetaValue,
    OptionMap,
    Overlay,
    Plain,
    Schematic,
    canonical,
    parse,
    schematic_id,
    uncertain,
)


def _reads_back(text: str) -> bool:
    """go-yaml's own texts do not read back where blanks or line separators lead a line of a block or of quotes."""
    return not (text.startswith((" ", "\n", "\t")) and "\n" in text) and not set(text) & set("\u2028\u2029")


WORDS = st.sampled_from(["yes", "off", "1:30", "<<", "0x1F", "2001-01-01", "~", "", "- a", "a: b", "a\nb\n", "\ufeffx"])
TEXTS = WORDS | st.text(st.characters(exclude_categories=["Cs"])).filter(_reads_back)
NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False)
OPTIONS = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
SCHEMATICS = st.builds(
    Schematic,
    extensions=st.lists(TEXTS, max_size=3).map(tuple),
    kernel_args=st.lists(TEXTS, max_size=3).map(tuple),
    meta=st.lists(st.builds(MetaValue, st.integers(0, 255), TEXTS), max_size=2).map(tuple),
    overlay=st.builds(Overlay, TEXTS, TEXTS, st.dictionaries(TEXTS, OPTIONS, max_size=3)),
    bootloader=st.sampled_from(BOOTLOADERS),
    enroll_keys=TEXTS,
    well_known_certificates=st.booleans(),
    embedded_config=TEXTS,
    sector_size=st.integers(0, 2**64 - 1),
)


def _as_texts(value: Any) -> Any:
    if isinstance(value, OptionMap):
        return {_as_texts(key): _as_texts(inner) for key, inner in value.entries}
    if isinstance(value, tuple):
        return [_as_texts(item) for item in value]
    return value.text if isinstance(value, Plain) else value


@given(SCHEMATICS)
@settings(deadline=None)
def test_the_canonical_text_reads_back_as_the_same_schematic(schematic: Schematic) -> None:
    """So writing it again gives the same bytes and the same id."""
    again = parse(canonical(schematic), "canonical.yaml")
    assert again == schematic
    assert hash(again) == hash(schematic)
    assert schematic_id(again) == schematic_id(schematic)
    assert uncertain(again) == uncertain(schematic)


@given(SCHEMATICS)
@settings(deadline=None)
def test_another_yaml_reader_sees_the_same_strings(schematic: Schematic) -> None:
    """PyYAML knows nothing of the factory."""
    data = yaml.load(canonical(schematic), yaml.CBaseLoader)
    customization = data["customization"]
    assert tuple(customization.get("extraKernelArgs", ())) == schematic.kernel_args
    assert tuple(customization.get("systemExtensions", {}).get("officialExtensions", ())) == schematic.extensions
    assert [(int(m["key"]), m["value"]) for m in customization.get("meta", [])] == [
        (m.key, m.value) for m in schematic.meta
    ]
    assert customization.get("embeddedMachineConfiguration", "") == schematic.embedded_config
    overlay = data.get("overlay", {})
    assert overlay.get("name", "") == schematic.overlay.name
    assert overlay.get("options", {}) == _as_texts(schematic.overlay.frozen_options)


@given(st.dictionaries(TEXTS, st.integers(0, 9), min_size=2), st.randoms())
@settings(deadline=None)
def test_the_order_of_options_in_the_input_does_not_matter(options: dict[str, int], random: Any) -> None:
    """The factory sorts them; where its comparison runs in a circle we say so."""
    shuffled = list(options.items())
    random.shuffle(shuffled)
    one, other = (Schematic(overlay=Overlay(options=dict(pairs))) for pairs in (options.items(), shuffled))
    assert schematic_id(one) == schematic_id(other) or "order of chance" in " ".join(uncertain(one))


@given(st.binary() | st.text().map(lambda text: text.encode(errors="surrogatepass")))
@settings(deadline=None)
def test_any_bytes_are_a_schematic_or_findings(data: bytes) -> None:
    """Never anything else."""
    with suppress(NotUnderstood):
        assert len(schematic_id(parse(data, "any.yaml"))) == 64
