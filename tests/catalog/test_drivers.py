"""Drivers, CUDA and images: what suits what, and what nobody knows."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import (
    Catalogue,
    CudaImage,
    CudaToolkit,
    DriverBranch,
    Gpu,
    GpuMatch,
    Missing,
    NotListed,
    Stated,
    load_catalogue,
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def one(catalogue: Catalogue, text: str) -> Gpu:
    match = catalogue.gpus(text)
    assert isinstance(match, GpuMatch)
    assert match.only is not None
    return match.only


@pytest.mark.parametrize(
    ("driver", "flavour", "gpu", "answer", "reason"),
    [
        ("570.133.20", "proprietary", "Quadro K2200", "yes", ""),
        ("570.133.20", "open", "Quadro K2200", "no", "GSP"),
        ("595.91.07", "proprietary", "Quadro K2200", "no", "580"),
        ("570.172.08", "proprietary", "Tesla V100 PCIe 16GB", "yes", ""),
        ("570.211.01", "open", "RTX 5070 Ti", "yes", ""),
        ("570.211.01", "proprietary", "RTX 5070 Ti", "no", "open modules only"),
        ("570.86.16", "open", "RTX 5070 Ti", "no", "570.124.04"),
        ("535.247.01", "open", "RTX 5070 Ti", "no", "570.124.04"),
        ("570.172.08", "open", "H100 NVL", "yes", ""),
        ("535.54.03", "open", "H100 NVL", "unknown", "535.104.05"),
        ("535.54.03", "proprietary", "H100 NVL", "yes", ""),
        ("535.247.01", "open", "RTX 2070 SUPER", "yes", ""),
        ("535.247.01", "proprietary", "RTX 2070 SUPER", "yes", ""),
        ("595.112.07", "open", "L40S", "yes", ""),
        ("615.71.10", "open", "L40S", "yes", ""),
        ("615.71.10", "proprietary", "Tesla V100 PCIe 16GB", "no", "580"),
        ("470.256.02", "proprietary", "Tesla K80", "yes", ""),
        ("535.54.03", "proprietary", "Tesla K80", "no", "470"),
        ("580.178.04", "open", "GB10", "unknown", "contradict"),
        ("570.133.20", "open", "GB10", "no", "580.119.02"),
        ("700.1.2", "open", "L40S", "unknown", "700"),
    ],
)
def test_what_a_driver_drives(
    catalogue: Catalogue, driver: str, flavour: str, gpu: str, answer: str, reason: str
) -> None:
    """Dropped generations, floors, flavours and listings decide; what cannot be told is unknown."""
    verdict = catalogue.drives(driver, "open" if flavour == "open" else "proprietary", one(catalogue, gpu))
    assert verdict.answer == answer
    assert reason in verdict.reason


def test_open_support_was_alpha_for_some_classes(catalogue: Catalogue) -> None:
    """GeForce and workstation cards on 535 and older."""
    assert catalogue.open_alpha("535.247.01", one(catalogue, "RTX 2070 SUPER"))
    assert not catalogue.open_alpha("535.247.01", one(catalogue, "H100 NVL"))
    assert not catalogue.open_alpha("570.211.01", one(catalogue, "RTX 2070 SUPER"))


@pytest.mark.parametrize(("driver", "cuda"), [("535.247.01", "12.2"), ("570.211.01", "12.8"), ("595.112.07", "13.2")])
def test_cuda_ceiling_of_a_driver(catalogue: Catalogue, driver: str, cuda: str) -> None:
    """What nvidia-smi prints."""
    branch = catalogue.branch(driver)
    assert isinstance(branch, DriverBranch)
    assert isinstance(branch.cuda, Stated)
    assert branch.cuda.value == cuda


def test_the_cuda_version_of_615_is_unknown(catalogue: Catalogue) -> None:
    """No source states it."""
    branch = catalogue.branch("R615")
    assert isinstance(branch, DriverBranch)
    assert isinstance(branch.cuda, Missing)
    assert branch.dropped_archs == ("kepler", "maxwell", "pascal", "volta")


@pytest.mark.parametrize(
    ("version", "driver", "gpu", "answer"),
    [
        ("12.2.0", "535.247.01", "RTX 2070 SUPER", "yes"),
        ("12.4.1", "535.247.01", "RTX 2070 SUPER", "yes"),
        ("12.5.0", "535.247.01", "RTX 2070 SUPER", "unknown"),
        ("12.8.0", "535.247.01", "RTX 2070 SUPER", "no"),
        ("12.8.1", "535.247.01", "RTX 2070 SUPER", "no"),
        ("12.8.0", "535.247.01", "L40S", "yes"),
        ("13.0.3", "535.247.01", "RTX 2070 SUPER", "no"),
        ("12.4.1", "545.29.06", "L40S", "no"),
        ("12.4.1", "570.172.08", "Tesla V100 PCIe 16GB", "yes"),
        ("13.0.3", "580.178.04", "Tesla V100 PCIe 16GB", "no"),
        ("12.8.0", "570.211.01", "RTX 5070 Ti", "yes"),
        ("12.4.1", "570.211.01", "RTX 5070 Ti", "unknown"),
        ("12.5.0", "570.172.08", "H100 NVL", "yes"),
    ],
)
def test_which_image_works(catalogue: Catalogue, version: str, driver: str, gpu: str, answer: str) -> None:
    """An image fits by the driver's CUDA version, or by brand and branch; GeForce lost the second way."""
    assert catalogue.image_fits(version, driver, one(catalogue, gpu)).answer == answer


def test_toolkits_and_images_are_found_by_version(catalogue: Catalogue) -> None:
    """An update finds its toolkit; a minor finds its newest image; an unknown one says how to declare it."""
    toolkit = catalogue.toolkit("12.8.1")
    assert isinstance(toolkit, CudaToolkit)
    assert toolkit.name == "12.8"
    image = catalogue.cuda_image("12.2")
    assert isinstance(image, CudaImage)
    assert image.version == "12.2.2"
    missing = catalogue.cuda_image("13.4.1")
    assert isinstance(missing, NotListed)
    assert "13.4.1: {tag: 13.4.1-base-ubuntu22.04}" in missing.declare


def test_the_demand_of_an_image_is_checked_in_some_modes_only(catalogue: Catalogue) -> None:
    """jit-cdi starts an unsuitable image, which then fails."""
    check = catalogue.image_check()
    assert "legacy" in check.enforced_by_modes
    assert "jit-cdi" in check.not_enforced_by_modes
    assert "unsatisfied condition: cuda>=" in check.error
