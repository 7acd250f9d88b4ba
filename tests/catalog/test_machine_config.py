"""Kinds and keys of machine configs, and the keys of a talconfig.yaml."""

from __future__ import annotations

import pytest

from talos_gpu.catalog import Catalogue, KeyTree, machine_config, talconfig


def below(tree: KeyTree | None, path: str) -> KeyTree | None:
    for key in path.split("."):
        tree = tree.below(key) if tree else None
    return tree


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        ("machine.kernel.modules.name", True),
        ("machine.kernel.module", False),
        ("machine.sysctls.anything", True),
        ("machine.sysctl", False),
        ("machine.kubelet.extraConfig.registerWithTaints.key", True),
        ("machine.registries.mirrors.docker.endpoints", True),
        ("machine.registries.mirrors.docker.endpoint", False),
        ("machine.install.extensions.image", True),
        ("cluster.apiServer.admissionControl.configuration.whatever", True),
        ("gpu", False),
    ],
)
def test_a_key_of_the_legacy_document_is_known_at_its_depth(path: str, is_known: bool) -> None:
    assert (below(machine_config().legacy, path) is not None) is is_known


def test_a_younger_key_names_the_minor_that_brought_it() -> None:
    legacy = machine_config().legacy
    assert below(legacy, "machine.install.grubUseUKICmdline").first == "v1.12"
    assert below(legacy, "machine.install.image").first == ""
    assert below(machine_config().documents["UserVolumeConfig"], "trim.enabled").path[:2] == (
        "UserVolumeConfig",
        "trim",
    )


def test_the_nearest_key_is_found_whatever_the_size_of_letters() -> None:
    machine = machine_config().legacy.below("machine")
    assert machine.nearest("Sysctl") == "sysctls"
    assert machine.nearest("NODELABELS", 0.9) == "nodeLabels"
    assert machine.nearest("weather") == ""


def test_every_kind_has_its_keys() -> None:
    facts = machine_config()
    assert set(facts.documents) == set(facts.kinds)
    assert all(facts.documents[kind].below("apiVersion") for kind in facts.kinds)


def test_every_minor_that_is_named_is_in_the_catalogue() -> None:
    known = Catalogue().minors()
    facts = machine_config()
    named = {
        *facts.kinds.values(),
        *facts.legacy.since.values(),
        *facts.generated.values(),
        facts.deletion_skipped_from,
    }
    assert named <= set(known)


def test_a_kind_is_younger_than_the_releases_before_it() -> None:
    facts = machine_config()
    assert facts.younger("KernelModuleConfig", "v1.13")
    assert not facts.younger("KernelModuleConfig", "v1.14")
    assert not facts.younger("VolumeConfig", "v1.7"), "which minor brought the oldest ones was not read"


def test_the_last_talhelper_knows_some_of_the_newest_kinds() -> None:
    facts = machine_config()
    assert facts.beyond_talhelper("KernelModuleConfig")
    assert not facts.beyond_talhelper("SysctlConfig")
    assert not facts.beyond_talhelper("HostnameConfig")


def test_a_node_of_a_talconfig_has_its_own_keys_and_those_of_its_group() -> None:
    keys = talconfig().keys
    assert below(keys, "nodes.installDisk")
    assert below(keys, "nodes.machineSpec.arch")
    assert below(keys, "worker.installDisk") is None
    assert below(keys, "worker.kernelModules.parameters")
    assert below(keys, "nodes.sysctls") is None
    assert talconfig().instead["sysctls"] == "a patch: machine.sysctls"
