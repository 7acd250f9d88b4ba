"""What a finding advises: nothing that another finding at the same place speaks against."""

from __future__ import annotations

from talos_gpu.catalog import load_catalogue
from talos_gpu.inventory import Given, take
from talos_gpu.rules import RULES, check

EXTENSIONS = ("siderolabs/nvidia-container-toolkit-lts", "siderolabs/nvidia-open-gpu-kernel-modules-lts")


def remedy_of(rule: str, talos: str) -> str:
    listed = "".join(f"      - {name}\n" for name in EXTENSIONS)
    text = f"customization:\n  systemExtensions:\n    officialExtensions:\n{listed}"
    inventory = take({"schematic.yaml": text.encode()}, Given(talos, gpus=("RTX 4090",)))
    return next(item.remedy for item in check(inventory.clusters, load_catalogue(), RULES) if item.rule == rule)


def test_a_problem_seen_on_another_release_asks_for_no_change_where_pods_get_their_gpu() -> None:
    """The other track has ended there: nobody is sent to it without need."""
    assert remedy_of("EXT019", "v1.12.11").startswith("Nothing needs to change where pods get their GPU; else take")
    assert remedy_of("EXT019", "v1.12.0").startswith("Take production")
