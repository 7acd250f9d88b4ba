"""Which files of a folder called catalogue/ are facts of talos-gpu's user, and which are somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.catalog.talos import Release
from talos_gpu.catalog.user_files import user_files
from talos_gpu.errors import NotUnderstood

OURS = "source: me\nchecked: 2026-11-20\ntalos: {v1.14.7: {sameAs: v1.14.6}}\n"


def test_a_file_of_facts_counts(tmp_path: Path) -> None:
    """And the catalogue reads it."""
    (tmp_path / "own.yaml").write_text(OURS)
    files = user_files(tmp_path)
    assert files == (tmp_path / "own.yaml",)
    assert isinstance(load_catalogue(extra_dirs=files).release("v1.14.7"), Release)


@pytest.mark.parametrize(
    "data",
    [
        b"apiVersion: backstage.io/v1alpha1\nkind: Component\n",
        b"talos: x\n",
        b"- a\n",
        b"images: {{ .Values.images }}\n",
        b"gpus: {}\n---\nb: 1\n",
        b"x: \xff\xfe",
        b"a: [\n",
    ],
)
def test_what_somebody_else_keeps_under_that_name_is_left_alone(data: bytes, tmp_path: Path) -> None:
    """Broken or not: a catalogue of services, or of films."""
    (tmp_path / "all.yaml").write_bytes(data)
    assert user_files(tmp_path) == ()


@pytest.mark.parametrize(
    "text",
    [OURS + "gpus: [\n", OURS.replace("sameAs", "sameas"), OURS.replace("checked: 2026-11-20\n", "")],
    ids=["broken", "unknown key", "no day"],
)  # fmt: skip
def test_what_is_wrong_with_a_file_of_facts_is_said(text: str, tmp_path: Path) -> None:
    """For whatever is judged would rest on it."""
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(NotUnderstood, match=r"own\.yaml"):
        user_files(tmp_path)


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    """Nor is a folder missed that is not there."""
    (tmp_path / "outside.yaml").write_text(OURS)
    folder = tmp_path / "catalogue"
    assert user_files(folder) == ()
    folder.mkdir()
    (folder / "own.yaml").symlink_to(tmp_path / "outside.yaml")
    assert user_files(folder) == ()
