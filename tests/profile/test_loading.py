"""Profiles read from text and files: what a user writes, where it stands, and what it means."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.finding import Position
from talos_gpu.profile import LoadedProfile, load_profile, parse_profile

SMALL = "cluster: a\ntalos: v1.14.6\npools:\n  gpu:\n    gpu: {model: L40S}\n"


def parse(text: str) -> LoadedProfile:
    return parse_profile(text.encode(), "profiles/a.yaml")


def test_three_keys_are_enough() -> None:
    profile = parse(SMALL).profile
    assert (profile.cluster, profile.talos) == ("a", "v1.14.6")
    assert (profile.layout.kind, profile.delivery.engine, profile.stack.kind) == ("talosctl", "plain", None)
    pool = profile.pools["gpu"]
    assert (pool.role, pool.arch, pool.platform) == ("worker", "amd64", "metal")
    assert pool.gpu is not None
    assert pool.gpu.count == 1


def test_short_forms_mean_the_long_ones() -> None:
    short = SMALL + "    secureBoot: true\n    modules: [a]\n    patches: [p.yaml, {machine: {}}]\n"
    short += "layout: topf\ndelivery: flux\nstack: none\n"
    long = SMALL + "    secureBoot: {enabled: true}\n    modules: [{name: a}]\n"
    long += "    patches: [{file: p.yaml}, {inline: {machine: {}}}]\n"
    long += "layout: {kind: topf}\ndelivery: {engine: flux}\nstack: {kind: none}\n"
    assert parse(short).profile == parse(long).profile


def test_a_key_without_a_value_counts_as_left_out() -> None:
    assert parse(SMALL + "    labels:\n    driver:\nlayout:\nstack:\nkubernetes: ~\n").profile == parse(SMALL).profile


def test_a_null_below_a_free_map_is_kept() -> None:
    """`affinity: null` takes a chart's default away, and a patch may set a field to null."""
    text = SMALL + "    patches: [{machine: {a: null}, b: null}]\nstack: {values: {affinity: null, a: {b: ~}}}\n"
    profile = parse(text).profile
    assert profile.stack.values == {"affinity": None, "a": {"b": None}}
    assert profile.pools["gpu"].patches[0].inline == {"machine": {"a": None}, "b": None}


def test_numbers_and_switches_are_texts_where_texts_belong() -> None:
    """What was written counts: 1.10 is not 1.1, and 0x10 not 16."""
    text = SMALL + "    labels: {a: 1.10, b: 0x10, c: true, d: 007, e: yes}\n"
    assert parse(text).profile.pools["gpu"].labels == {"a": "1.10", "b": "0x10", "c": "true", "d": "007", "e": "yes"}


def test_chart_values_keep_their_types() -> None:
    text = SMALL + "stack: {values: {a: 1.10, b: 0x10, c: true, d: 'true', e: yes, f: [1, {g: h}]}}\n"
    values = parse(text).profile.stack.values
    assert values == {"a": 1.1, "b": 16, "c": True, "d": "true", "e": "yes", "f": [1, {"g": "h"}]}
    assert {type(value) for value in values.values()} == {float, int, bool, str, list}


def test_the_order_of_keys_means_nothing() -> None:
    other = "pools:\n  gpu:\n    gpu: {count: 1, model: L40S}\ntalos: v1.14.6\ncluster: a\n"
    assert list(parse(SMALL + "  b: {}\n").profile.pools) == ["b", "gpu"]
    assert parse(other).profile == parse(SMALL).profile


def test_the_order_of_lists_is_kept() -> None:
    assert parse(SMALL + "    kernelArgs: [b, a]\n").profile.pools["gpu"].kernel_args == ("b", "a")


def test_anchors_and_merges_are_written_out() -> None:
    text = "pools:\n  a: &a {gpu: {model: L40S}}\n  b: {<<: *a, arch: arm64}\ncluster: a\ntalos: v1.14.6\n"
    pools = parse(text).profile.pools
    assert pools["b"].gpu == pools["a"].gpu
    assert (pools["a"].arch, pools["b"].arch) == ("amd64", "arm64")


def test_a_profile_is_frozen() -> None:
    profile = parse(SMALL).profile
    with pytest.raises(ValidationError):
        profile.cluster = "b"


class TestPositions:
    LOADED = parse(SMALL + "    labels: {example.org/rack: a}\n")

    @pytest.mark.parametrize(
        ("path", "line", "column"),
        [
            ((), 1, 1),
            (("talos",), 2, 8),
            (("pools", "gpu", "gpu", "model"), 5, 18),
            (("pools", "gpu", "labels", "example.org/rack"), 6, 32),
            (("pools", "gpu", "driver", "track"), 4, 3),
            (("stack", "kind"), 1, 1),
        ],
        ids=str,
    )
    def test_every_key_has_one(self, path: tuple[str, ...], line: int, column: int) -> None:
        """What is absent stands where the nearest key above it stands."""
        assert self.LOADED.position(*path) == Position("profiles/a.yaml", line, column)

    def test_a_short_form_stands_where_its_value_stands(self) -> None:
        assert parse(SMALL + "stack: none\n").position("stack", "kind") == Position("profiles/a.yaml", 6, 8)


class TestFiles:
    def write(self, root: Path, name: str, text: str) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    def test_the_patches_of_a_profile_are_among_its_inputs(self, tmp_path: Path) -> None:
        """Whoever changes a patch changes what is rendered: its digest belongs into the ledger."""
        self.write(tmp_path, "profiles/a.yaml", SMALL + "    patches: [patches/b.yaml]\n")
        self.write(tmp_path, "profiles/patches/b.yaml", "machine: {}\n")
        loaded = load_profile("profiles/a.yaml", tmp_path)
        assert set(loaded.inputs) == {"profiles/a.yaml", "profiles/patches/b.yaml"}
        assert loaded.inputs["profiles/patches/b.yaml"] == b"machine: {}\n"

    def test_every_patch_that_cannot_be_read_is_told(self, tmp_path: Path) -> None:
        self.write(tmp_path, "profiles/a.yaml", SMALL + "    patches: [b.yaml, c.yaml, .]\n".replace(", .", ""))
        with pytest.raises(NotUnderstood) as caught:
            load_profile("profiles/a.yaml", tmp_path)
        assert [str(finding) for finding in caught.value.findings] == [
            "profiles/a.yaml:6:15: pools.gpu.patches[0]: profiles/b.yaml: no such file or directory",
            "profiles/a.yaml:6:23: pools.gpu.patches[1]: profiles/c.yaml: no such file or directory",
        ]

    def test_a_profile_that_is_missing_is_no_fault_of_its_text(self, tmp_path: Path) -> None:
        with pytest.raises(OutsideError, match="no such file or directory"):
            load_profile("profiles/a.yaml", tmp_path)

    def test_a_profile_outside_the_repository_is_not_read(self, tmp_path: Path) -> None:
        self.write(tmp_path, "a.yaml", SMALL)
        (tmp_path / "repository").mkdir()
        with pytest.raises(OutsideError, match="outside the repository"):
            load_profile("../a.yaml", tmp_path / "repository")

    def test_a_profile_behind_a_link_is_not_read(self, tmp_path: Path) -> None:
        self.write(tmp_path, "elsewhere/a.yaml", SMALL)
        (tmp_path / "profiles").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(OutsideError, match="symbolic link"):
            load_profile("profiles/a.yaml", tmp_path)
