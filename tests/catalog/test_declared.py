"""Declared facts add to the catalogue, say who declared them, and never contradict it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from talos_gpu.catalog import (
    Catalogue,
    ChartVersion,
    CudaImage,
    Gpu,
    GpuMatch,
    NotListed,
    Release,
    Stated,
    load_catalogue,
)


def release(catalogue: Catalogue, tag: str) -> Release:
    found = catalogue.release(tag)
    assert isinstance(found, Release)
    return found


def one(catalogue: Catalogue, text: str) -> Gpu:
    match = catalogue.gpus(text)
    assert isinstance(match, GpuMatch)
    assert match.only is not None
    return match.only


def values(facts: object) -> object:
    return facts.value if isinstance(facts, Stated) else None


@pytest.mark.parametrize("like", ["v1.8.2", "v1.12.11", "v1.13.10", "v1.14.6", "v1.15.0-beta.0"])
def test_same_as_gives_equal_facts_with_another_provenance(like: str) -> None:
    """Law: a release declared like another has its values, and every source says that it was declared."""
    tag = like.split("-")[0].rsplit(".", 1)[0] + ".99"
    catalogue = load_catalogue({"talos": {tag: {"sameAs": like}}})
    base, declared = release(catalogue, like), release(catalogue, tag)
    assert catalogue.problems == ()
    assert declared.declared
    assert not base.declared
    for name in ("date", "kernel", "containerd", "default_kubernetes", "kubernetes_range", "container_toolkit"):
        ours, theirs = getattr(base, name), getattr(declared, name)
        assert values(ours) == values(theirs), name
        assert not isinstance(theirs, Stated) or (theirs.source != ours.source and theirs.source.declared), name
    assert {track: fact.value for track, fact in declared.drivers.items()} == {
        track: fact.value for track, fact in base.drivers.items()
    }
    assert all(fact.source.declared for fact in declared.drivers.values())
    assert declared.minor.extensions == base.minor.extensions


def test_what_differs_is_written_beside_same_as() -> None:
    """Drivers merge by track; a new extension belongs to that release alone."""
    entry = {
        "sameAs": "v1.14.6",
        "drivers": {"lts": "580.200.01"},
        "containerToolkit": "v1.19.2",
        "extensions": ["qux"],
    }
    catalogue = load_catalogue({"talos": {"v1.14.7": entry}})
    declared = release(catalogue, "1.14.7")
    assert values(declared.driver("lts")) == "580.200.01"
    assert values(declared.driver("production")) == "595.112.07"
    assert values(declared.extension_tag("nvidia-container-toolkit-lts")) == "580.200.01-v1.19.2"
    assert declared.has_extension("qux").answer == "yes"
    assert release(catalogue, "v1.14.6").has_extension("qux").answer == "unknown"


def test_a_missing_value_of_a_known_release_can_be_filled_in() -> None:
    """The toolkit of v1.14.6 is unknown to us, not to the user."""
    catalogue = load_catalogue({"talos": {"v1.14.6": {"containerToolkit": "v1.19.2", "kernel": "6.18.63"}}})
    fact = release(catalogue, "v1.14.6").container_toolkit
    assert isinstance(fact, Stated)
    assert (fact.value, fact.source.declared) == ("v1.19.2", True)
    assert not release(catalogue, "v1.14.6").declared
    assert catalogue.problems == ()


def test_a_contradiction_is_a_problem_with_both_values_and_changes_nothing() -> None:
    """A declaration may add, not contradict."""
    catalogue = load_catalogue({"talos": {"v1.14.6": {"kernel": "6.18.1", "drivers": {"lts": "580.1.1"}}}})
    found = {problem.path: problem.message for problem in catalogue.problems}
    assert found.keys() == {("talos", "v1.14.6", "kernel"), ("talos", "v1.14.6", "drivers", "lts")}
    assert "6.18.1" in found["talos", "v1.14.6", "kernel"]
    assert "6.18.63" in found["talos", "v1.14.6", "kernel"]
    assert values(release(catalogue, "v1.14.6").kernel) == "6.18.63"
    assert values(release(catalogue, "v1.14.6").driver("lts")) == "580.196.07"


@pytest.mark.parametrize(
    ("declared", "path"),
    [
        ({"talos": {"v9.9.9": {}}}, ("talos", "v9.9.9", "sameAs")),
        ({"talos": {"v1.14.7": {"sameAs": "v1.14.77"}}}, ("talos", "v1.14.7", "sameAs")),
        ({"talos": {"v1.14.6": {"sameAs": "v1.14.5"}}}, ("talos", "v1.14.6", "sameAs")),
        ({"gpus": {"RTX 9999": {}}}, ("gpus", "RTX 9999")),
        ({"gpus": {"RTX 9999": {"sameAs": "V100"}}}, ("gpus", "RTX 9999", "sameAs")),
        ({"gpus": {"RTX 5090": {"arch": "turing"}}}, ("gpus", "RTX 5090", "arch")),
        ({"charts": {"gpu-operator": {"v27.1.0": {}}}}, ("charts", "gpu-operator", "v27.1.0", "sameAs")),
        (
            {"charts": {"gpu-operator": {"v26.3.3": {"sameAs": "v26.7.0"}}}},
            ("charts", "gpu-operator", "v26.3.3", "sameAs"),
        ),
    ],
)
def test_what_cannot_be_placed_is_a_problem(declared: dict[str, Any], path: tuple[str, ...]) -> None:
    """Each names its key."""
    assert [problem.path for problem in load_catalogue(declared).problems] == [path]


def test_a_new_minor_is_told_by_a_known_release() -> None:
    """Even a release that opens a minor needs no code."""
    catalogue = load_catalogue({"talos": {"v1.16.0": {"sameAs": "v1.15.0-beta.0"}}})
    assert release(catalogue, "v1.16.0").era.name == "nri"
    assert isinstance(load_catalogue().release("v1.16.0"), NotListed)


def test_a_declared_gpu() -> None:
    """Like another one, or by generation and class."""
    catalogue = load_catalogue(
        {
            "gpus": {
                "RTX 9999": {"sameAs": "RTX 5090", "pciIds": ["2fff"], "memoryGib": 48},
                "X1": {"arch": "hopper", "class": "datacenter", "mig": None},
            }
        }
    )
    gpu = one(catalogue, "rtx 9999")
    assert (gpu.arch, values(gpu.memory_gib), gpu.source.declared) == ("blackwell", 48, True)
    assert one(catalogue, "10de:2fff").name == "RTX 9999"
    assert one(catalogue, "X1").gsp
    assert values(one(catalogue, "X1").mig) is None
    assert catalogue.problems == ()


def test_a_declared_chart_version_and_image() -> None:
    """The values of the version that it equals, a tag that exists."""
    catalogue = load_catalogue(
        {
            "charts": {"gpu-operator": {"26.7.1": {"sameAs": "v26.7.0"}}},
            "images": {"cuda": {"13.4.1": {"tag": "13.4.1-base-ubuntu24.04"}}},
        }
    )
    version = catalogue.chart_version("gpu-operator", "v26.7.1")
    assert isinstance(version, ChartVersion)
    assert isinstance(version.values, Stated)
    assert version.values.source.declared
    assert version.verdicts["nri"].answer == "yes"
    image = catalogue.cuda_image("13.4")
    assert isinstance(image, CudaImage)
    assert image.reference == "nvcr.io/nvidia/cuda:13.4.1-base-ubuntu24.04"


def test_files_of_the_user_count_too(tmp_path: Path) -> None:
    """A folder of data files, each with its own source."""
    text = 'source: the announcement\nchecked: "2026-12-01"\ntalos:\n  v1.14.7: {sameAs: v1.14.6, kernel: 6.18.70}\n'
    (tmp_path / "v1.14.7.yaml").write_text(text)
    kernel = release(load_catalogue(extra_dirs=[tmp_path]), "v1.14.7").kernel
    assert isinstance(kernel, Stated)
    assert (kernel.value, kernel.source.text, kernel.source.checked) == ("6.18.70", "the announcement", "2026-12-01")
    contradicting = load_catalogue({"talos": {"v1.14.7": {"kernel": "6.18.71"}}}, [tmp_path])
    assert [problem.path for problem in contradicting.problems] == [("talos", "v1.14.7", "kernel")]
