"""What a patch does to a running node: it reboots, or not; it may come twice, or not."""

from __future__ import annotations

import pytest

from talos_gpu.talos.applying import reboots, repeatable

PROFILE = "cluster: small\ntalos: RELEASE\nstack: {kind: none}\npools: {gpu: {gpu: {model: L40S}}}\n"

FILES = {"machine": {"files": [{"path": "/etc/cri/conf.d/20-customization.part"}]}}
MODULES = {"machine": {"kernel": {"modules": [{"name": "nvidia"}]}}}
SYSCTLS = {"machine": {"sysctls": {"a": "1"}}}
DOCUMENT = {"apiVersion": "v1alpha1", "kind": "KernelModuleConfig", "name": "nvidia", "parameters": ["a=1"]}
OPERATIONS = [{"op": "add", "path": "/machine/files", "value": []}]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (FILES, True),
        ({"machine": {"env": {"A": "b"}}}, True),
        ({"machine": {"features": {"rbac": True}}}, True),
        (OPERATIONS, True),
        (MODULES, False),
        (SYSCTLS, False),
        ({"machine": {"install": {"image": "x"}}}, False),
        ({"machine": {"features": {"kubePrism": {"enabled": True}}}}, False),
        ({"cluster": {"allowSchedulingOnControlPlanes": True}}, False),
        (DOCUMENT, False),
        ([{"op": "add", "path": "/machine/sysctls/a", "value": "1"}], False),
    ],
)
def test_up_to_1_13_a_node_reboots_for_what_cannot_count_at_once(planned, patch, expected):
    """As CanApplyImmediate of Talos decides; other documents are never compared."""
    assert reboots(planned(PROFILE.replace("RELEASE", "v1.13.9")), [patch]) is expected


def test_from_1_14_on_no_patch_reboots_a_node(planned):
    """What needs a reboot waits for one."""
    assert not reboots(planned(PROFILE.replace("RELEASE", "v1.14.6")), [FILES])


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (SYSCTLS, True),
        (MODULES, False),
        (FILES, False),
        (DOCUMENT, False),
        (OPERATIONS, False),
        ({"taints": {"a": {"$patch": "delete"}}}, False),
    ],
)
def test_lists_grow_and_deletions_fail_when_a_patch_comes_again(patch, expected):
    """Measured with the machinery of Talos: kernel modules, files, registerWithTaints and parameters append."""
    assert repeatable([patch]) is expected
