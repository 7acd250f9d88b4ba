"""Every changed output names the lines of the profile that made it change."""

from __future__ import annotations

from pathlib import Path

import pytest

from talos_gpu.finding import Position
from talos_gpu.profile import load_profile
from talos_gpu.review.origins import Origins, origins

PROFILE = """\
cluster: homelab
talos: v1.13.8
layout: talosctl
stack:
  kind: gpu-operator
pools:
  gpu:
    gpu: {model: RTX 5090}
    labels:
      example.org/rack: a1
    patches:
      - file: own.yaml
  plain: {}
"""
OWN = "machine:\n  time:\n    servers:\n      - 192.0.2.1\n"


@pytest.fixture
def told(tmp_path: Path):
    def make(changed: str, own: str = OWN) -> Origins:
        for name, text, patch in (("before", PROFILE, OWN), ("after", changed, own)):
            folder = tmp_path / name / "profiles"
            folder.mkdir(parents=True)
            (folder / "a.yaml").write_text(text)
            (folder / "own.yaml").write_text(patch)
        old, new = (load_profile("profiles/a.yaml", tmp_path / name) for name in ("before", "after"))
        return origins(old, new, tmp_path / "after")

    return make


def line(number: int, column: int, file: str = "profiles/a.yaml") -> tuple[Position, ...]:
    return (Position(file, number, column),)


def test_each_of_two_changes_is_told_where_it_shows(told) -> None:
    """The label is in the labels' patch, the taint in that of the taints; the runbook shows both."""
    found = told(
        PROFILE.replace("rack: a1", "rack: b2").replace(
            "  plain: {}", "    taints: [{key: dedicated, value: gpu, effect: NoSchedule}]\n  plain: {}"
        )
    )
    assert found.of("talos/patches/gpu/30-node-labels.yaml") == line(10, 7)
    assert found.of("talos/patches/gpu/40-node-taints.yaml") == line(13, 5)
    assert set(line(10, 7) + line(13, 5)) >= set(found.of("README.md")) >= set(line(13, 5))
    assert found.of("talos/schematics/gpu.yaml") == ()


def test_what_is_gone_is_told_at_the_key_above_it(told) -> None:
    """The line itself is not there any more."""
    found = told(PROFILE.replace("    labels:\n      example.org/rack: a1\n", ""))
    assert found.of("talos/patches/gpu/30-node-labels.yaml") == line(7, 3)


def test_a_changed_patch_file_is_told_by_its_first_changed_line(told) -> None:
    """The profile that names it is as it was."""
    found = told(PROFILE, OWN.replace("192.0.2.1", "192.0.2.2"))
    assert found.of("talos/patches/gpu/90-user-01.yaml") == line(4, 1, "profiles/own.yaml")


def test_paths_of_one_file_are_told_apart(told) -> None:
    """Two lines that change two values of one file."""
    stack = "stack:\n  kind: gpu-operator\n  values:\n    dcgmExporter: {enabled: false}\n    gfd: {enabled: false}\n"
    found = told(PROFILE.replace("stack:\n  kind: gpu-operator\n", stack))
    values = "kubernetes/gpu-operator/values.yaml"
    assert found.of(values, ("dcgmExporter", "enabled")) == line(6, 3)
    assert found.of(values) == line(6, 3)


def test_the_release_is_told_wherever_it_shows(told) -> None:
    """The image is named after it."""
    found = told(PROFILE.replace("v1.13.8", "v1.14.6"))
    assert found.of("talos/patches/gpu/60-install-image.yaml") == line(2, 1)


def test_a_change_without_which_nothing_can_be_rendered_is_told_everywhere(told) -> None:
    """Taken back alone, it would leave a card that the chosen modules do not drive."""
    other = PROFILE.replace("model: RTX 5090", "model: Tesla V100 PCIe 16GB")
    found = told(other.replace("    labels:", "    driver: {flavour: proprietary}\n    labels:"))
    assert found.of("talos/patches/plain/60-install-image.yaml") == line(8, 11)


def test_nothing_changed_nothing_told(told) -> None:
    """No line is guessed."""
    found = told(PROFILE)
    assert found.every == ()
    assert found.of("README.md") == ()
