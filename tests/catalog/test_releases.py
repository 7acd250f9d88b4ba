"""Talos releases: what each carries, what is missing, and what to do about an unknown one."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import Catalogue, Minor, Missing, NotListed, Release, Stated, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def known(catalogue: Catalogue, tag: str) -> Release:
    release = catalogue.release(tag)
    assert isinstance(release, Release)
    return release


def value(fact: object) -> object:
    assert isinstance(fact, Stated), fact
    return fact.value


def test_every_release_is_there(catalogue: Catalogue) -> None:
    """All 96 releases from v1.5.0 to v1.15.0-beta.0, oldest first."""
    tags = [release.tag for release in catalogue.releases()]
    assert len(tags) == 96
    assert (tags[0], tags[-1]) == ("v1.5.0", "v1.15.0-beta.0")
    assert {"v1.8.0", "v1.12.12", "v1.13.12", "v1.14.0-rc.2", "v1.14.6", "v1.15.0-alpha.0"} <= set(tags)


SPOTS = [
    ("v1.5.0", "single", "535.54.03", "v1.13.5", "6.1.45", "1.28.0"),
    ("v1.6.8", "single", "535.129.03", "v1.13.5", "6.1.100", "1.29.7"),
    ("v1.7.7", "single", "535.129.03", "v1.14.6", "6.6.52", "1.30.5"),
    ("v1.8.0", "production", "550.90.07", "v1.16.1", "6.6.52", "1.31.1"),
    ("v1.10.3", "production", "570.133.20", "v1.17.6", "6.12.28", None),
    ("v1.10.3", "lts", "535.247.01", "v1.17.6", "6.12.28", None),
    ("v1.11.1", "lts", "535.247.01", "v1.17.8", None, None),
    ("v1.11.5", "production", "570.172.08", "v1.17.8", None, None),
    ("v1.11.6", "production", "570.172.08", "v1.17.8", None, None),
    ("v1.12.11", "production", "570.211.01", "v1.18.2", None, None),
    ("v1.12.12", "lts", "580.126.20", "v1.18.2", "6.18.49", "1.35.8"),
    ("v1.13.9", "production", "595.91.07", "v1.19.1", "6.18.44", "1.36.3"),
    ("v1.14.0", "lts", "580.178.04", "v1.19.1", "6.18.48", "1.37.0"),
    ("v1.14.6", "lts", "580.196.07", None, "6.18.63", None),
    ("v1.14.6", "production", "595.112.07", None, "6.18.63", None),
    ("v1.15.0-beta.0", "new-feature", "615.71.10", None, None, None),
]


@pytest.mark.parametrize(("tag", "track", "driver", "toolkit", "kernel", "kubernetes"), SPOTS)
def test_spot_values(
    catalogue: Catalogue,
    tag: str,
    track: str,
    driver: str,
    toolkit: str | None,
    kernel: str | None,
    kubernetes: str | None,
) -> None:
    """Values read by hand from the sources are those of the catalogue."""
    release = known(catalogue, tag)
    assert value(release.driver(track)) == driver
    if toolkit:
        assert value(release.container_toolkit) == toolkit
    if kernel:
        assert value(release.kernel) == kernel
        assert value(release.kernel_release) == f"{kernel}-talos"
    if kubernetes:
        assert value(release.default_kubernetes) == kubernetes


def test_an_unknown_toolkit_is_said_to_be_unknown(catalogue: Catalogue) -> None:
    """v1.14.6 knows the toolkit's name, not its version; the last known is said, and the key to declare it."""
    release = known(catalogue, "v1.14.6")
    toolkit = release.container_toolkit
    assert isinstance(toolkit, Missing)
    assert toolkit.last_known == "v1.19.1"
    assert toolkit.declare == ("talos", "v1.14.6", "containerToolkit")
    assert release.has_extension("nvidia-container-toolkit-production").answer == "yes"
    assert isinstance(release.extension_tag("nvidia-container-toolkit-production"), Missing)


@pytest.mark.parametrize(
    ("tag", "name", "expected"),
    [
        ("v1.7.0", "nonfree-kmod-nvidia", "535.129.03-v1.7.0"),
        ("v1.10.3", "nonfree-kmod-nvidia-production", "570.133.20-v1.10.3"),
        ("v1.10.3", "nvidia-container-toolkit-production", "570.133.20-v1.17.6"),
        ("v1.12.12", "nvidia-fabricmanager-lts", "580.126.20"),
        ("v1.13.9", "nvidia-gdrdrv-device", "v2.5.2"),
        ("v1.14.6", "nvidia-open-gpu-kernel-modules-lts", "580.196.07-v1.14.6"),
        ("v1.15.0-beta.0", "nvidia-container-toolkit-new-feature", "615.71.10"),
    ],
)
def test_image_tags_of_extensions(catalogue: Catalogue, tag: str, name: str, expected: str) -> None:
    """Tags follow the rule of their role, which changed with 1.15."""
    assert value(known(catalogue, tag).extension_tag(name)) == expected


def test_toolkit_tags_that_nobody_wrote_out_stay_unknown(catalogue: Catalogue) -> None:
    """The first 1.15 alpha changed the toolkit's contents, so no tag is derived for it."""
    release = known(catalogue, "v1.15.0-alpha.0")
    assert isinstance(release.extension_tag("nvidia-container-toolkit-lts"), Missing)
    assert "new-feature" not in release.drivers


@pytest.mark.parametrize(
    ("tag", "name", "answer"),
    [
        ("v1.10.0", "youki", "no"),
        ("v1.10.1", "youki", "yes"),
        ("v1.12.0", "gpio-pinctrl", "no"),
        ("v1.11.1", "nvidia-driver", "no"),
        ("v1.14.6", "nvidia-driver", "no"),
        ("v1.14.6", "amd-npu", "yes"),
        ("v1.14.5", "amd-npu", "no"),
        ("v1.14.6", "something-new", "unknown"),
        ("v1.13.0", "something-new", "no"),
        ("v1.10.3", "nvidia-container-toolkit", "no"),
        ("v1.7.0", "nvidia-container-toolkit", "yes"),
    ],
)
def test_which_extensions_exist(catalogue: Catalogue, tag: str, name: str, answer: str) -> None:
    """A name exists from a patch on, was renamed, never existed, or cannot be told where the list is incomplete."""
    assert known(catalogue, tag).has_extension(name).answer == answer


def test_hints_for_wrong_extension_names(catalogue: Catalogue) -> None:
    """A renamed extension names its successor, a typo the nearest, a tag is cut off."""
    release = known(catalogue, "v1.11.1")
    assert catalogue.extension_hint("nonfree-kmod-nvidia", release) == ("nonfree-kmod-nvidia-lts",)
    assert catalogue.extension_hint("siderolabs/iscsi-tool:v0.1", release)[0] == "iscsi-tools"
    assert "nonfree-kmod-nvidia" in catalogue.extension_whereabouts("siderolabs/nvidia-driver")


def test_an_unknown_release_names_the_nearest_and_the_lines_to_declare(catalogue: Catalogue) -> None:
    """The lines can be pasted into the profile as they are."""
    missing = catalogue.release("1.14.7")
    assert isinstance(missing, NotListed)
    assert missing.nearest[0] == "v1.14.6"
    assert missing.declare == "catalogue:\n  talos:\n    v1.14.7: {sameAs: v1.14.6}\n"
    assert "v1.14.6" in missing.message


def test_a_word_is_no_release(catalogue: Catalogue) -> None:
    """What is no version cannot be declared."""
    missing = catalogue.release("latest")
    assert isinstance(missing, NotListed)
    assert missing.declare == ""


def test_the_release_with_the_wrong_kernel_is_marked(catalogue: Catalogue) -> None:
    """The modules of v1.13.1 were built for another kernel."""
    severities = [problem.severity for problem in known(catalogue, "v1.13.1").problems]
    assert "error" in severities
    assert "error" not in [problem.severity for problem in known(catalogue, "v1.13.2").problems]


def test_kubernetes_ranges(catalogue: Catalogue) -> None:
    """A range includes its ends by minor."""
    from talos_gpu.catalog import Version

    fact = known(catalogue, "v1.14.6").kubernetes_range
    assert isinstance(fact, Stated)
    assert Version.parse("v1.32.9") in fact.value
    assert Version.parse("v1.37.2") in fact.value
    assert Version.parse("v1.31.9") not in fact.value
    assert str(fact.value) == "1.32 to 1.37"


def test_only_lts_of_1_12_is_better_avoided(catalogue: Catalogue) -> None:
    """Its toolkit lacks the NVIDIA libraries in the loader cache; Talos 1.13 changed how they get into a container."""
    avoided = {}
    for name in catalogue.minors():
        minor = catalogue.minor(name)
        assert isinstance(minor, Minor)
        avoided.update({(name, track.name): track.avoid for track in minor.tracks.values() if track.avoid})
        assert all(track.avoid is None or track.avoid in minor.problems for track in minor.tracks.values())
    assert list(avoided) == [("v1.12", "lts")]
    assert "extensions issue 940" in avoided["v1.12", "lts"].source.text


def test_each_fact_of_a_release_cites_its_own_source(catalogue: Catalogue) -> None:
    """Git tags by repository; what was announced, by the announcement of that part."""
    tagged, announced = catalogue.release("v1.13.2"), catalogue.release("v1.12.12")
    assert isinstance(tagged, Release)
    assert isinstance(announced, Release)
    assert tagged.drivers["lts"].source.text == "siderolabs/extensions and siderolabs/pkgs, Git tag v1.13.2"
    assert isinstance(tagged.default_kubernetes, Stated)
    assert tagged.default_kubernetes.source.text == "siderolabs/talos, Git tag v1.13.2"
    assert isinstance(announced.kubernetes_range, Stated)
    assert announced.kubernetes_range.source.text.startswith("siderolabs/talos:pkg/machinery/compatibility")
    parts = announced.drivers["lts"].source.text.split("; ")
    assert parts == ["siderolabs/extensions discussion 1236", "siderolabs/extensions releases/tag/v1.12.12"]
