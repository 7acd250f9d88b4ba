"""What people are told to do where a driver does not serve them: something that exists."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.inventory import Given, take
from talos_gpu.rules import RULES, check

TRACKS = ("lts", "production")


def remedy(rule: str, talos: str, gpu: str, kernel: str, track: str) -> str:
    names = (f"{kernel}-{track}", f"nvidia-container-toolkit-{track}")
    entries = "".join(f"      - siderolabs/{name}\n" for name in names)
    text = f"customization:\n  systemExtensions:\n    officialExtensions:\n{entries}"
    inventory = take({"schematic.yaml": text.encode()}, Given(talos, gpus=(gpu,)))
    found = [item.remedy for item in check(inventory.clusters, load_catalogue(), RULES) if item.rule == rule]
    assert len(found) == 1
    return found[0]


def test_an_ended_branch_names_the_track_that_goes_on() -> None:
    found = remedy("DRV007", "v1.12.11", "L40S", "nvidia-open-gpu-kernel-modules", "production")
    assert "the track lts (branch 580)" in found


@pytest.mark.parametrize("track", TRACKS)
def test_where_every_branch_ended_no_track_is_named(track: str) -> None:
    """Both branches of Talos 1.11 are over: 535 and 570."""
    found = remedy("DRV007", "v1.11.6", "L40S", "nvidia-open-gpu-kernel-modules", track)
    assert found == "Take a newer Talos release: every driver branch of Talos v1.11 has ended."


def test_a_card_that_another_track_drives_is_kept() -> None:
    assert "lts" in remedy("DRV004", "v1.14.6", "Tesla P40", "nonfree-kmod-nvidia", "production")


def test_a_card_that_no_talos_drives_is_not_told_to_stay() -> None:
    """Kepler ended with branch 470, and the oldest Talos release that is known has 535."""
    found = remedy("DRV004", "v1.11.6", "Tesla K80", "nonfree-kmod-nvidia", "lts")
    assert found.startswith("Take another card")
