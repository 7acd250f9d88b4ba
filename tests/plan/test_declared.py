"""Facts that a profile declares: shown as declared wherever they are used, never against the catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from talos_gpu.cli.app import run
from talos_gpu.plan import ClusterPlan, Known, decisions

Plan = Callable[[str], ClusterPlan]

RELEASE = """\
cluster: a
talos: v1.14.7
contract: v1.14
pools: {gpu: {gpu: {model: L40S}}}
catalogue: {talos: {v1.14.7: {sameAs: v1.14.6, kernel: 6.18.70}}}
"""

HEAD = 'source: notes of our own\nchecked: "2026-11-21"\n'
"""What every data file says of itself."""


def declared(plan: ClusterPlan) -> dict[str, Known[object]]:
    found = {entry.path: entry.decision for entry in decisions(plan) if isinstance(entry.decision, Known)}
    return {path: decision for path, decision in found.items() if decision.by == "declared"}


def test_a_declared_release_is_shown_as_declared(plan: Plan) -> None:
    """Everything that rests on it says so, and names the release whose facts it shares."""
    result = plan(RELEASE)
    found = declared(result)
    assert {
        "talos",
        "kernel",
        "pools.gpu.gpu.driver",
        "pools.gpu.schematic.versions.siderolabs/nvidia-open-gpu-kernel-modules-lts",
    } <= set(found)
    assert found["kernel"].value == "6.18.70-talos"
    assert found["pools.gpu.gpu.driver"].value == "580.196.07"
    assert all("declared by the profile" in decision.source for decision in found.values())
    assert "same as v1.14.6" in found["pools.gpu.gpu.driver"].source
    assert [notice.topic for notice in result.notices if "declared" in notice.text] == ["declared"]


def test_the_driver_of_a_declared_release_may_be_declared_too(plan: Plan) -> None:
    text = RELEASE.replace("kernel: 6.18.70", "drivers: {lts: 580.200.01}")
    (pool,) = plan(text).pools
    assert pool.gpu is not None
    assert pool.gpu.driver.value == "580.200.01"  # type: ignore[union-attr]


def test_what_the_catalogue_lacks_of_a_known_release_can_be_filled_in(plan: Plan) -> None:
    text = RELEASE.replace("v1.14.7", "v1.14.6").replace(
        "sameAs: v1.14.6, kernel: 6.18.70", "containerToolkit: v1.19.2"
    )
    result = plan(text)
    assert result.toolkit.value == "v1.19.2"  # type: ignore[union-attr]
    assert set(declared(result)) == {
        "toolkit",
        "pools.gpu.schematic.versions.siderolabs/nvidia-container-toolkit-lts",
    }
    assert result.talos.by == "profile"


def test_a_contradiction_is_refused_with_the_source_of_the_fact(refusal: Callable[[str], str]) -> None:
    text = RELEASE.replace("v1.14.7", "v1.14.6").replace("sameAs: v1.14.6, kernel: 6.18.70", "drivers: {lts: 1.2.3}")
    told = refusal(text)
    assert 'catalogue.talos["v1.14.6"].drivers.lts: declared 1.2.3, but the catalogue knows 580.196.07' in told
    assert "siderolabs/extensions" in told


def test_a_declared_gpu_gets_what_its_neighbour_gets(plan: Plan) -> None:
    text = """\
cluster: a
talos: v1.14.6
pools: {gpu: {gpu: {model: RTX 9999}}}
catalogue: {gpus: {RTX 9999: {sameAs: RTX 5090, memoryGib: 48}}}
"""
    (pool,) = plan(text).pools
    assert pool.gpu is not None
    assert (pool.gpu.model.value, pool.gpu.flavour.value) == ("RTX 9999", "open")
    assert pool.gpu.model.by == "declared"
    assert pool.gpu.memory_gib == Known(48, "marketing size of one GPU", "declared by the profile", "declared")


def test_a_declared_chart_version_has_the_values_of_its_neighbour(plan: Plan) -> None:
    text = """\
cluster: a
talos: v1.14.6
stack: {chart: {version: v26.3.9}}
pools: {gpu: {gpu: {model: L40S}}}
catalogue: {charts: {gpu-operator: {v26.3.9: {sameAs: v26.3.3}}}}
"""
    chart = plan(text).stack.chart
    assert chart is not None
    assert chart.version.value == "v26.3.9"
    assert chart.version.by == "profile"
    assert "declared by the profile" in chart.version.source
    assert chart.values.value["hostPaths"] == {"driverInstallDir": "/usr/local"}


def test_a_declared_image_is_taken_for_the_smoke_test(plan: Plan) -> None:
    text = """\
cluster: a
talos: v1.14.6
smokeTest: {cuda: 13.0.9}
pools: {gpu: {gpu: {model: L40S}}}
catalogue: {images: {cuda: {13.0.9: {tag: 13.0.9-base-ubuntu24.04}}}}
"""
    image = plan(text).smoke_test.smi_image
    assert isinstance(image, Known)
    assert image.value.reference.endswith("cuda:13.0.9-base-ubuntu24.04")
    assert "declared" in image.source


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/a.yaml").write_text(RELEASE)
    return tmp_path


def test_the_command_line_tells_a_declared_fact_and_renders_with_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["explain", "profiles/a.yaml", "kernel", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["decisions"]
    assert (row["value"], row["by"], row["source"]) == ("6.18.70-talos", "declared", "declared by the profile")
    assert run(["synth", "--quiet"]) == 0
    assert "declared by the profile" in (folder / "dist/a/README.md").read_text()


def test_a_data_file_of_the_users_counts_for_every_profile(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "profiles/a.yaml").write_text(RELEASE.split("catalogue")[0])
    (folder / "catalogue").mkdir()
    (folder / "catalogue/own.yaml").write_text(HEAD + "talos: {v1.14.7: {sameAs: v1.14.6}}\n")
    assert run(["explain", "profiles/a.yaml", "talos", "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["decisions"]
    assert row["by"] == "declared"
    assert row["source"].startswith("notes of our own")


def test_a_contradicting_data_file_is_named(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything rests on it: at its own line and column."""
    (folder / "catalogue").mkdir()
    (folder / "catalogue/own.yaml").write_text(HEAD + "talos: {v1.14.6: {kernel: 1.2.3}}\n")
    assert run(["synth"]) == 2
    told = capsys.readouterr().err
    assert told.startswith("catalogue/own.yaml:3:27: talos.v1.14.6.kernel: declared 1.2.3, but ")
    assert not (folder / "dist").exists()
