"""What the pages of the six systems say about installing and verifying stands in their runbooks, right for each."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

EVERYWHERE = (
    "## Step 0",
    "## First installation",
    "## Driver change",
    "## Talos upgrade",
    "## Configuration change",
    "## Verification",
    "## Symptoms",
    "## Not needed",
    "## Boot media",
    "## Removing it",
    "## Decisions",
    "## It is complete when",
    "export TALOSCONFIG=",
    "talosctl health --nodes ",
    "talosctl version --nodes ",
    "kubectl get nodes",
    "kubectl get pods -A",
    "get extensions",
    "read /proc/modules",
    "read /proc/driver/nvidia/version",
    'dmesg | grep -i "nvidia.*GPU"',
    "containers | grep nvidia",
    "`ext-nvidia-persistenced` is `Running`",
    "| grep Taints",
    "One node at a time, control planes first",
    "cordons and drains",
    "What somebody changed on a node by hand is overwritten",
    "own kernel, its own driver",
    "[NVIDIA driver licence](https://www.nvidia.com/en-us/drivers/nvidia-license/)",
    "building one of your own is outside of this tool",
    "no-cgroups = true",
    "rebooting in 35 minutes",
    "`<driver>-<Talos release>`",
    "nvidia_peermem",
)
"""In every runbook."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "quadro-k2200-opentofu": (
        "driver `570.133.20`",
        "`570.133.20-v1.10.3`",
        "`570.133.20-v1.17.6`",
        "nvidia_drm ... Live 0x... (PO)",
        "NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.133.20",
        "6.12.28-talos",
        "tofu fmt",
        "tofu validate",
        "tofu plan",
        "tofu apply",
        "cd YOUR_TOFU_ROOT",
        "tofu init",
        "cards before Turing have no GSP",
        "`nvidia.NVreg_EnableGpuFirmware=0` as kernel argument or module parameter",
        "/etc/modprobe.d",
        "c35d5bd14fd96abc839f9f44f5effd00c48f654edb8a42648f4b2eb6051d1dd6",
        "88d1f7a5c4f1d3aba7df787c448c1d3d008ed29cfb34af53fa0df4336a56040b",
        "Nothing is installed in Kubernetes",
    ),
    "official-proprietary-guide": (
        "`570.172.08-v1.11.6`",
        "`570.172.08-v1.17.8`",
        "nvidia_uvm ... Live 0x... (PO)",
        "helm repo add nvdp https://nvidia.github.io/k8s-device-plugin",
        "helm repo update nvdp",
        "helm upgrade --install nvidia-device-plugin nvdp/nvidia-device-plugin --version 0.13.0 -n nvidia-device-plugin",
        "-f dist/official-proprietary/kubernetes/device-plugin/values.yaml",
        "kubectl apply -k dist/official-proprietary/kubernetes",
        "patch mc --patch @",
        "nvcr.io/nvidia/cuda:12.4.1-base-ubuntu22.04",
        '"runtimeClassName": "nvidia"',
        "it does not test allocation",
        "20-customization.part",
        "every pod of the node runs on it",
        "patch mc --mode=staged --patch @patches/gpu/50-default-runtime.yaml",
        "talosctl --nodes 192.0.2.30 edit mc",
        "/v1.11.6/metal-amd64.iso",
        "https://pxe.factory.talos.dev/pxe/",
        "`net.core.bpf_jit_harden=1`",
        "Running Helm in the default namespace is not allowed",
    ),
    "rtx-5070-ti-gpu-operator": (
        "driver `570.211.01`",
        "CUDA Version `12.8`",
        "nvidia ... Live 0x... (O)",
        "Open Kernel Module for x86_64  570.211.01",
        "k8s-worker4 | 192.168.1.224",
        "kubectl get node k8s-worker4 --show-labels | grep nvidia",
        "a plain number of MiB, a little below 16384",
        r"kubectl get node k8s-worker4 -o jsonpath='{.status.allocatable.nvidia\.com/gpu}'   # 1",
        "kubectl get pods -n nvidia-gpu-operator | grep device-plugin",
        "kubectl get pods -n nvidia-gpu-operator | grep validation-bridge",
        "`1/1` and `Running`, not `Init:0/1`",
        "ClusterPolicy `notReady` and `nvidia-operator-validator` at `Init:0/4` are expected",
        "kubectl get runtimeclass",
        "stays at `Init:0/1`",
        "There is no driver DaemonSet",
        "Do not fight the label",
        "`nvidia-operator-validator` has READY 0",
        "libcuda.so: cannot open shared object file",
        "driver/library version mismatch",
        "`No devices found`",
        "CONTAINER_DRIVER_ROOT=/host/usr/local/glibc",
        "invalid strategy: envvars",
        "node-role.kubernetes.io/gpu=true",
        'violates PodSecurity "baseline:latest"',
        "NVIDIA_VISIBLE_DEVICES",
        "makes no difference, yet",
        "vLLM, ollama or ComfyUI",
        "-- nvidia-smi",
        "flux reconcile source git flux-system -n flux-system",
        "flux reconcile kustomization talos-gpu -n flux-system",
        "flux get helmreleases -n nvidia-gpu-operator",
    ),
    "h100-nvl-argocd": (
        "driver `570.172.08`",
        "`nvidia.com/gpu: 2`",
        "factory.talos.dev/metal-installer/",
        ":v1.11.5",
        "talosctl health --nodes 192.0.2.10",
        "This cluster has one node",
        "kubectl get daemonsets -n kube-system | grep -i nvidia",
        "DESIRED and READY 1",
        "talosctl --nodes 192.0.2.10 bootstrap",
        "has DESIRED 0",
        "`affinity: null`",
        'would violate PodSecurity "restricted:latest"',
        "nvcr.io/nvidia/cuda:12.5.0-base-ubuntu22.04",
        "kubectl get applications -n argocd",
        "argocd app get h100-nvl-gpu-objects",
        "argocd app get h100-nvl-gpu-chart",
        "NVIDIA_VISIBLE_DEVICES=all",
        "vLLM",
    ),
    "velaryon-talhelper-flux": (
        "driver `535.247.01`",
        "CUDA Version `12.2`",
        "af8eb82417d3deaa94d2ef19c3b590b0dac1b2549d0b9b35b3da2bc325de75f7",
        "kubectl taint nodes velaryon gpu=true:NoSchedule --overwrite",
        "a node that is rebuilt later comes back tainted",
        "kubectl describe node velaryon | grep Taints",
        "`gpu=true:NoSchedule`",
        "nvcr.io/nvidia/cuda:12.2.0-base-ubuntu22.04",
        '"role": "gpu"',
        '{"key": "gpu", "operator": "Equal", "value": "true", "effect": "NoSchedule"}',
        "talhelper genconfig",
        'export TALOSCONFIG="$PWD/clusterconfig/talosconfig"',
        "cp YOUR_REPO/talsecret.yaml .",
        "talhelper gencommand bootstrap | bash",
        "the name from before 1.10. It is still served",
        "is not allowed to modify taints",
        "about 8192 MiB",
        "at Kubernetes `v1.34.0`",
        "past its end of life",
    ),
    "current-topf-gpu-operator": (
        "`nvidia.com/gpu: 16`",
        "for node in 192.0.2.21 192.0.2.22; do",
        "`ext-nvidia-cdi-gen` has done its work",
        "`2/2` and `Running`",
        "ending in `-SHARED`",
        "ClusterPolicy is `ready`",
        "last known",
        "kubectl taint nodes gpu-1 nvidia.com/gpu=present:NoSchedule --overwrite",
        "topf --submit-to-factory apply --auto-bootstrap",
        "It ends with 2 when it finds changes",
        "only nodes whose card can do MIG",
        "maximum request size for shared resources is 1",
        "kubectl delete runtimeclass nvidia",
        "`nvidia-container-cli`, which needed it, is gone",
        "GPUs come by the limit here",
    ),
}

HIDDEN: Mapping[str, tuple[str, ...]] = {
    "quadro-k2200-opentofu": (
        "helm",
        "## Kubernetes side",
        "## Using the GPUs",
        "smoke test",
        "Init:0/1",
        "kubectl taint",
    ),
    "official-proprietary-guide": ("ClusterPolicy", "flux ", "argocd", "Init:0/4", "kubectl taint"),
    "rtx-5070-ti-gpu-operator": (
        "helm repo add",
        "argocd",
        "16384Mi",
        "DESIRED 0, and the operator puts",
        "ext-nvidia-cdi-gen",
    ),
    "h100-nvl-argocd": ("ClusterPolicy", "flux ", "helm repo add", "validation-bridge", "enforce=privileged`."),
    "velaryon-talhelper-flux": ("ClusterPolicy", "validation-bridge", "argocd", "ext-nvidia-cdi-gen", "16384"),
    "current-topf-gpu-operator": (
        "validation-bridge",
        "Init:0/4",
        "invalid strategy: envvars",
        "read /proc/sys/net/core",
    ),
}


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_every_runbook_holds_what_an_operator_always_needs(name: str, runbooks: Mapping[str, str]) -> None:
    """Step 0, the order of steps, verification, symptoms and the end are in each."""
    assert [text for text in EVERYWHERE if text not in runbooks[name]] == []


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_runbook_holds_the_facts_of_its_system(name: str, runbooks: Mapping[str, str]) -> None:
    """Commands and expected values are those of exactly this plan."""
    assert [text for text in SHOWN[name] if text not in runbooks[name]] == []


@pytest.mark.parametrize("name", sorted(HIDDEN))
def test_a_runbook_holds_nothing_of_another_system(name: str, runbooks: Mapping[str, str]) -> None:
    """What cannot happen on this cluster is not explained."""
    assert [text for text in HIDDEN[name] if text in runbooks[name]] == []


def test_the_three_uses_of_the_first_page_are_headings_in_its_order(runbooks: Mapping[str, str]) -> None:
    """First installation, driver change, Talos upgrade."""
    text = runbooks["quadro-k2200-opentofu"]
    places = [text.index(f"\n## {heading}\n") for heading in ("First installation", "Driver change", "Talos upgrade")]
    assert places == sorted(places)


def test_the_last_section_says_when_it_is_complete(runbooks: Mapping[str, str]) -> None:
    """An operator who scrolls to the end finds the goal."""
    for text in runbooks.values():
        assert text.rsplit("\n## ", 1)[1].startswith("It is complete when\n")
