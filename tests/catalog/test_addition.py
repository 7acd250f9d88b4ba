"""A new release out of the Image Factory's list of extensions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from talos_gpu.catalog import Release, Stated, load_catalogue
from talos_gpu.catalog.addition import release_file
from talos_gpu.catalog.verify import verify
from talos_gpu.errors import NotUnderstood

REFERENCES = {
    "nonfree-kmod-nvidia-lts": "580.200.01-v1.14.7",
    "nonfree-kmod-nvidia-production": "595.120.01-v1.14.7",
    "nvidia-open-gpu-kernel-modules-lts": "580.200.01-v1.14.7",
    "nvidia-open-gpu-kernel-modules-production": "595.120.01-v1.14.7",
    "nvidia-container-toolkit-lts": "580.200.01-v1.19.2",
    "nvidia-container-toolkit-production": "595.120.01-v1.19.2",
    "iscsi-tools": "v0.2.0",
    "brand-new": "1.0",
}


def listing(references: dict[str, str]) -> str:
    return json.dumps(
        [
            {
                "name": f"siderolabs/{name}",
                "ref": f"ghcr.io/siderolabs/{name}:{tag}",
                "digest": "sha256:0",
                "author": "x",
            }
            for name, tag in references.items()
        ]
    )


def test_the_file_declares_what_the_list_tells(tmp_path: Path) -> None:
    """Drivers, toolkit, every name and tag; it passes `verify` and the catalogue reads it."""
    text = release_file(load_catalogue(), "1.14.7", listing(REFERENCES), "list.json", "2026-12-01")
    path = tmp_path / "v1.14.7.yaml"
    path.write_text(text)
    assert verify(path) == []
    release = load_catalogue(extra_dirs=[tmp_path]).release("v1.14.7")
    assert isinstance(release, Release)
    assert {track: fact.value for track, fact in release.drivers.items()} == {
        "lts": "580.200.01",
        "production": "595.120.01",
    }
    assert isinstance(release.container_toolkit, Stated)
    assert release.container_toolkit.value == "v1.19.2"
    assert release.has_extension("brand-new").answer == "yes"
    tag = release.extension_tag("nvidia-container-toolkit-lts")
    assert isinstance(tag, Stated)
    assert tag.value == "580.200.01-v1.19.2"
    assert release.declared


@pytest.mark.parametrize(
    ("tag", "text", "message"),
    [
        ("v1.14.7", "{", "not JSON"),
        ("v1.14.7", "{}", "expected a list"),
        ("v1.14.7", '[{"name": "x"}]', "entry 1: expected a ref"),
        ("v1.14.8", listing(REFERENCES), "is built for v1.14.7: this is not the list of v1.14.8"),
        ("v9.1.0", listing(REFERENCES), "nothing is known of the minor"),
        ("v1.14.7", listing({"iscsi-tools": "v0.2.0"}), "names no NVIDIA kernel module"),
    ],
    ids=["no JSON", "no list", "no ref", "another release", "unknown minor", "no NVIDIA"],
)
def test_a_list_that_does_not_fit_is_refused(tag: str, text: str, message: str) -> None:
    """Nothing is invented."""
    with pytest.raises(NotUnderstood, match=message):
        release_file(load_catalogue(), tag, text, "list.json", "2026-12-01")
