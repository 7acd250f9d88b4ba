"""Data files are checked, and every fault has its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from talos_gpu.catalog._data import FOLDER
from talos_gpu.catalog.verify import verify

OURS = sorted(FOLDER.rglob("*.yaml"))


@pytest.mark.parametrize("path", OURS, ids=[str(path.relative_to(FOLDER)) for path in OURS])
def test_our_own_data_files_are_right(path: Path) -> None:
    """Each file that ships with the package passes."""
    assert verify(path) == []


HEAD = 'source: me\nchecked: "2026-12-01"\n'

BROKEN = [
    ("not a map", "- a\n", "file.yaml:1:1: expected a map of facts"),
    ("not YAML", "a: [1\n", "file.yaml:2:1: "),
    ("no date", "source: me\ntalos: {v1.14.7: {sameAs: v1.14.6}}\n", "file.yaml:1:1: expected `checked`"),
    ("wrong date", 'source: me\nchecked: "yesterday"\n', "file.yaml:2:10: checked: found 'yesterday'"),
    ("unknown top key", HEAD + "talso: {}\n", "file.yaml:3:1: talso: unknown key 'talso'; did you mean talos?"),
    (
        "unknown key",
        HEAD + "talos:\n  v1.14.7:\n    sameAs: v1.14.6\n    kernal: 6.18.70\n",
        "file.yaml:6:5: talos.v1.14.7.kernal: unknown key 'kernal'; did you mean kernel?",
    ),
    (
        "not a release",
        HEAD + "talos:\n  v1.14: {sameAs: v1.14.6}\n",
        "file.yaml:4:3: talos.v1.14: found release 'v1.14'",
    ),
    (
        "number instead of text",
        HEAD + "talos:\n  v1.14.7: {sameAs: v1.14.6, kernel: 6.18}\n",
        "file.yaml:4:38: talos.v1.14.7.kernel: found 6.18",
    ),
    (
        "no version",
        HEAD + "talos:\n  v1.14.7: {sameAs: v1.14.6, drivers: {lts: newest}}\n",
        "file.yaml:4:39: talos.v1.14.7.drivers: found {'lts': 'newest'}",
    ),
    (
        "contradiction",
        HEAD + "talos:\n  v1.14.6:\n    kernel: 6.18.1\n",
        "file.yaml:5:13: talos.v1.14.6.kernel: declared 6.18.1, but the catalogue knows 6.18.63",
    ),
    (
        "unknown generation",
        HEAD + "gpus:\n  RTX 9999: {arch: rubin, class: geforce}\n",
        "file.yaml:4:20: gpus.RTX 9999.arch: found 'rubin'; allowed: one of kepler, maxwell",
    ),
    (
        "unknown CPU architecture",
        HEAD + "gpus:\n  GB400: {sameAs: GB300, cpuArchs: [aarch64]}\n",
        "file.yaml:4:36: gpus.GB400.cpuArchs: found ['aarch64']; allowed: a list, each item one of amd64, arm64",
    ),
    (
        "PCI id with its vendor",
        HEAD + 'gpus:\n  RTX 9999: {sameAs: RTX 5090, pciIds: ["10de:2fff"]}\n',
        "file.yaml:4:41: gpus.RTX 9999.pciIds.0: found '10de:2fff'; allowed: four hexadecimal digits",
    ),
    (
        "driver of another branch",
        'minor: v1.14\nchecked: "2026-12-01"\nera: cdi\ntracks: {lts: {branch: "580"}}\nreleases:\n'
        "  v1.14.7: {drivers: {lts: 595.1.1}}\n",
        "file.yaml:6:28: releases.v1.14.7.drivers.lts: found driver 595.1.1; track lts is branch 580 here",
    ),
    (
        "release of another minor",
        'minor: v1.14\nchecked: "2026-12-01"\nera: cdi\nreleases:\n  v1.13.0: {kernel: 6.1.2}\n',
        "file.yaml:5:3: releases.v1.13.0: found release v1.13.0 in the file of v1.14",
    ),
    (
        "unknown era",
        'minor: v1.14\nchecked: "2026-12-01"\nera: new\n',
        "file.yaml:3:6: era: found 'new'; allowed: legacy, cdi, nri",
    ),
]


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_says_where_and_what(tmp_path: Path, text: str, expected: str) -> None:
    """One line a fault: file, line, column, key, what was found and what is allowed."""
    path = tmp_path / "file.yaml"
    path.write_text(text)
    lines = [str(finding) for finding in verify(path, "file.yaml")]
    assert any(line.startswith(expected) for line in lines), lines


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Two faults are two findings, in the order of the file."""
    path = tmp_path / "file.yaml"
    path.write_text(HEAD + "talos:\n  v1.14.7: {sameAs: v1.14.6, kernal: a, colour: b}\n")
    assert [finding.path for finding in verify(path, "f")] == ["talos.v1.14.7.kernal", "talos.v1.14.7.colour"]
