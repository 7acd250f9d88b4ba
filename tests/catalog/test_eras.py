"""Eras and minors, as capabilities."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import Catalogue, Contract, Minor, Missing, Release, Stated, load_catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.mark.parametrize(
    ("tag", "era", "dialect", "toolkit_mode", "sysctls"),
    [
        ("v1.5.0", "legacy", "legacy", "legacy", 1),
        ("v1.11.6", "legacy", "legacy", "legacy", 1),
        ("v1.12.11", "legacy", "legacy", "jit-cdi", 1),
        ("v1.13.9", "cdi", "legacy", "jit-cdi", 0),
        ("v1.14.6", "cdi", "documents", "jit-cdi", 0),
        ("v1.15.0-beta.0", "nri", "documents", None, 0),
    ],
)
def test_era_of_a_release(
    catalogue: Catalogue, tag: str, era: str, dialect: str, toolkit_mode: str | None, sysctls: int
) -> None:
    """The minor decides era, dialect and toolkit mode, each a fact of its own."""
    release = catalogue.release(tag)
    assert isinstance(release, Release)
    assert release.era.name == era
    assert release.minor.contract.dialect == dialect
    mode = release.minor.toolkit_mode
    assert (mode.value if isinstance(mode, Stated) else None) == toolkit_mode
    assert len(release.era.sysctls) == sysctls


def test_stacks_of_each_era(catalogue: Catalogue) -> None:
    """Default charts, bridge, RuntimeClass and verdict of both stacks in the three eras."""
    rows = {
        (era.name, stack.stack): (
            stack.support,
            stack.default_chart.value if isinstance(stack.default_chart, Stated) else None,
            stack.bridge,
            stack.runtime_class,
        )
        for era in catalogue.eras()
        for stack in era.stacks.values()
    }
    assert rows == {
        ("legacy", "device-plugin"): ("supported", "0.18.2", False, "rendered"),
        ("legacy", "gpu-operator"): ("reported-by-users", "v25.10.1", True, "operator"),
        ("cdi", "gpu-operator"): ("supported", "v26.3.3", False, "operator"),
        ("cdi", "device-plugin"): ("reported-by-users", "0.19.3", False, "rendered"),
        ("nri", "gpu-operator"): ("preview", "v26.7.0", False, "none"),
        ("nri", "device-plugin"): ("refused", None, False, "none"),
    }


def test_the_operator_values_of_each_era(catalogue: Catalogue) -> None:
    """Only what the era needs, every one with its reason."""
    legacy, cdi, nri = catalogue.eras()
    assert [(".".join(value.path), value.value) for value in legacy.stacks["gpu-operator"].values] == [
        ("driver.enabled", False),
        ("toolkit.enabled", False),
        ("cdi.enabled", False),
        ("devicePlugin.env", [{"name": "DEVICE_LIST_STRATEGY", "value": "envvar"}]),
    ]
    assert [(".".join(value.path), value.value) for value in cdi.stacks["gpu-operator"].values] == [
        ("driver.enabled", False),
        ("toolkit.enabled", False),
        ("hostPaths.driverInstallDir", "/usr/local"),
    ]
    assert nri.preview
    values = {".".join(value.path): value.value for value in nri.stacks["gpu-operator"].values}
    assert values["toolkit.enabled"] is True
    assert values["cdi.nriPluginEnabled"] is True
    assert all(
        value.why and value.source.text for era in (legacy, cdi, nri) for value in era.stacks["gpu-operator"].values
    )


def test_the_legacy_sysctl_is_a_text(catalogue: Catalogue) -> None:
    """Talos wants sysctl values as strings."""
    sysctl = catalogue.eras()[0].sysctls[0]
    assert (sysctl.key, sysctl.value) == ("net.core.bpf_jit_harden", "1")


def minor(catalogue: Catalogue, name: str) -> Minor:
    found = catalogue.minor(name)
    assert isinstance(found, Minor)
    return found


def test_tracks_and_their_branches(catalogue: Catalogue) -> None:
    """In 1.12 lts is the newer branch; 1.15 brings an open-only track."""
    branches = {
        name: {track: facts.branch for track, facts in minor(catalogue, name).tracks.items()}
        for name in ("v1.7", "v1.12", "v1.14")
    }
    assert branches == {
        "v1.7": {"single": "535"},
        "v1.12": {"lts": "580", "production": "570"},
        "v1.14": {"lts": "580", "production": "595"},
    }
    assert minor(catalogue, "v1.15").tracks["new-feature"].flavours == ("open",)


def test_names_of_the_nvidia_extensions(catalogue: Catalogue) -> None:
    """Names are facts: one unnamed track up to 1.7, no proprietary build of new-feature, gdrdrv from 1.12."""
    assert minor(catalogue, "v1.7").nvidia_extension("proprietary", "single") == "nonfree-kmod-nvidia"
    assert minor(catalogue, "v1.8").nvidia_extension("container-toolkit", "lts") == "nvidia-container-toolkit-lts"
    assert minor(catalogue, "v1.15").nvidia_extension("proprietary", "new-feature") is None
    assert minor(catalogue, "v1.11").nvidia_extension("gdrdrv-device", "lts") is None
    assert minor(catalogue, "v1.12").nvidia_extension("gdrdrv-device", "lts") == "nvidia-gdrdrv-device"


def test_every_nvidia_name_is_an_official_extension(catalogue: Catalogue) -> None:
    """The names per role and the list of extensions of a minor agree."""
    for name in catalogue.minors():
        facts = minor(catalogue, name)
        named = {extension for tracks in facts.nvidia_extensions.values() for extension in tracks.values()}
        assert named <= facts.extensions.keys(), name


def test_installer_names(catalogue: Catalogue) -> None:
    """Platforms are in the installer's name from 1.10 on."""
    assert minor(catalogue, "v1.9").installer_name("metal") == "installer"
    assert minor(catalogue, "v1.10").installer_name("metal") == "metal-installer"
    assert minor(catalogue, "v1.14").installer_name("nocloud", secure_boot=True) == "nocloud-installer-secureboot"


def test_dialects_as_measured(catalogue: Catalogue) -> None:
    """Multi-document configs from 1.12, JSON patches refused there, taints of workers from 1.14."""
    contracts = {}
    for name in ("v1.11", "v1.12", "v1.14"):
        contract = catalogue.contract(name)
        assert isinstance(contract, Contract)
        contracts[name] = (contract.multi_document, contract.json6902, contract.machine_files)
    assert contracts == {
        "v1.11": (False, True, "accepted"),
        "v1.12": (True, False, "accepted"),
        "v1.14": (True, False, "deprecated"),
    }
    assert minor(catalogue, "v1.13").worker_node_taints.answer == "no"
    assert minor(catalogue, "v1.14").worker_node_taints.answer == "yes"


def test_the_containerd_key_changed_with_1_8(catalogue: Catalogue) -> None:
    """containerd 2 came with Talos 1.8."""
    assert minor(catalogue, "v1.7").cri_plugin_key == "io.containerd.grpc.v1.cri"
    assert minor(catalogue, "v1.8").cri_plugin_key == "io.containerd.cri.v1.runtime"


def test_what_1_15_does_not_tell_is_missing(catalogue: Catalogue) -> None:
    """The CDI service of the nri era is unknown, not absent."""
    assert isinstance(catalogue.eras()[2].cdi_spec_service, Missing)
