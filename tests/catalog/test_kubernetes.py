"""What Kubernetes allows, and what a node loads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from talos_gpu.catalog import KernelModule, NotListed, load_catalogue


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        ("role", "yes"),
        ("nvidia.com/gpu.present", "yes"),
        ("kubernetes.io/hostname", "yes"),
        ("node.kubernetes.io/pool", "yes"),
        ("topology.kubernetes.io/zone", "yes"),
        ("node-role.kubernetes.io/worker", "no"),
        ("node-restriction.kubernetes.io/x", "no"),
        ("app.kubernetes.io/component", "no"),
        ("x.k8s.io/y", "no"),
        ("mykubernetes.io/y", "yes"),
    ],
)
def test_labels_that_a_worker_may_set(label: str, answer: str) -> None:
    """NodeRestriction guards the domains of Kubernetes."""
    assert load_catalogue().kubernetes().worker_may_set(label).answer == answer


def test_pod_security_and_namespaces() -> None:
    """kube-system is exempt, and some namespaces are never rendered."""
    facts = load_catalogue().kubernetes()
    assert dict(facts.psa_labels)["pod-security.kubernetes.io/enforce"] == "privileged"
    assert facts.psa_exempt_namespaces == ("kube-system",)
    assert set(facts.never_rendered_namespaces) == {"kube-system", "kube-public", "kube-node-lease", "default"}


def test_the_four_modules_in_load_order() -> None:
    """nvidia first."""
    names = [module.name for module in load_catalogue().kernel_modules()]
    assert names == ["nvidia", "nvidia_uvm", "nvidia_drm", "nvidia_modeset"]


def test_modules_that_a_profile_may_add() -> None:
    """gdrdrv is in the open flavour from 1.12 and needs an extension of its own."""
    module = load_catalogue().kernel_module("gdrdrv")
    assert isinstance(module, KernelModule)
    assert (module.flavours, module.since, module.extension_role) == (("open",), "v1.12", "gdrdrv-device")
    assert isinstance(load_catalogue().kernel_module("nvidia-peermem"), KernelModule)
    assert isinstance(load_catalogue().kernel_module("nouveau"), NotListed)


def test_the_bridge_image_is_pinned_by_tag() -> None:
    """Its digest is not known, and none is made up."""
    image = load_catalogue().image("validation-bridge")
    assert image.reference == "docker.io/library/busybox:1.37.0"
    assert image.digest == ""


def test_importing_the_room_loads_no_yaml_library() -> None:
    """Data files are read when they are asked for."""
    code = "import sys, talos_gpu.catalog; sys.exit('yaml' in sys.modules)"
    path = [entry for entry in sys.path if entry]
    result = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": ":".join(path)}, check=False)
    assert result.returncode == 0
