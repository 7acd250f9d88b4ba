"""Documents of a Talos machine configuration, whole or as patches: what a pool has a key for is taken."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from talos_gpu.profile.adopt.machine import Machine
from talos_gpu.profile.adopt.reading import Value
from talos_gpu.profile.adopt.schematic import read_installer
from talos_gpu.profile.text import Address, Disk, Endpoint, LabelKey, LabelValue, Name, Text

__all__ = ["ClusterFacts", "read_document", "read_labels", "read_modules", "read_taints"]

_PATCH = "has no key in a profile: it stays where it is, or becomes a patch file named under patches:"
_SECRET = "may hold secrets, and was not read"  # noqa: S105 (a sentence)
_DRIVER_MODULES = frozenset({"nvidia", "nvidia_uvm", "nvidia_drm", "nvidia_modeset"})
_OWN_SYSCTL = "net.core.bpf_jit_harden"
_DEVICE_PATH = re.compile(r"disk\.dev_path == [\"'](/dev/[^\"']+)[\"']")
_KUBELET_TAG = re.compile(r":(v\d+\.\d+\.\d+(?:-[a-z]+\.\d+)?)(?:@.*)?$")
_SECRETS = {
    "machine": {"token", "ca", "acceptedCAs", "registries", "systemDiskEncryption"},
    "cluster": {
        "id", "secret", "token", "secretboxEncryptionSecret", "aescbcEncryptionSecret", "ca", "acceptedCAs",
        "aggregatorCA", "serviceAccount", "etcd", "inlineManifests",
    },
}  # fmt: skip


@dataclass(slots=True)
class ClusterFacts:
    """What the documents say of the cluster rather than of one machine; empty where they do not."""

    name: str = ""
    endpoint: str = ""
    talos: str = ""
    kubernetes: str = ""
    dialects: set[str] = field(default_factory=set)
    """`legacy` and `documents`, as far as something says which."""


def read_document(document: Value, machine: Machine, cluster: ClusterFacts) -> None:
    """Puts what the document says into `machine` and `cluster`, and reports the rest; secrets are not read."""
    kind = document.get("kind").text() if document.get("kind") else ""
    if kind:
        reader = _KINDS.get(kind)
        if reader is None:
            document.leave(f"{_kind_name(kind)} {_PATCH}")
        else:
            reader(document, machine, cluster)
        return
    if any(True for _ in document.items()):
        document.leave("is a JSON patch, and is not taken apart: write it as a strategic merge patch")
        return
    _machine(document.get("machine"), machine, cluster)
    _cluster(document.get("cluster"), machine, cluster)
    document.leave_others({"version", "debug", "persist", "machine", "cluster"}, _PATCH)


def _kind_name(kind: str) -> str:
    return kind if re.fullmatch(r"[A-Za-z0-9]{1,60}", kind) else "this document"


def read_labels(labels: Value, machine: Machine) -> None:
    """Adds node labels that Kubernetes allows."""
    for key, value in labels.pairs():
        if _is_label_key(value, key) and (text := value.as_type(LabelValue)) is not None:
            machine.facts.setdefault("labels", {})[key] = text


def read_taints(taints: Value, machine: Machine) -> None:
    """Adds taints written as Talos does: key to `value:Effect` or `Effect`."""
    for key, value in taints.pairs():
        text = value.text()
        if text is None or not _is_label_key(value, key):
            continue
        left, _, effect = text.rpartition(":")
        _add_taint(value, machine, key, left, effect)


def _add_taint(where: Value, machine: Machine, key: str, value: str, effect: str) -> None:
    if effect not in {"NoSchedule", "PreferNoSchedule", "NoExecute"}:
        where.leave("has no effect among NoSchedule, PreferNoSchedule and NoExecute")
    elif not re.fullmatch(r"([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?", value):
        where.leave("holds a value that no taint may have")
    else:
        taint = {"key": key} | ({"value": value} if value else {}) | {"effect": effect}
        if not machine.add("taints", taint, lambda other: (other["key"], other["effect"]) == (key, effect)):
            where.leave("stands beside the same taint with another value, which was taken")


def _is_label_key(where: Value, key: str) -> bool:
    return where.check(key, LabelKey) is not None


def read_modules(modules: Value, machine: Machine) -> None:
    """Adds kernel modules; NVIDIA's own four only say that the machine carries a GPU."""
    for entry in modules.items():
        name_value = entry.get("name") if any(True for _ in entry.pairs()) else entry
        parameters = [text for item in entry.get("parameters").items() if (text := item.as_type(Text)) is not None]
        _module(name_value, parameters, entry, machine)


def _module(name_value: Value, parameters: list[str], entry: Value, machine: Machine) -> None:
    name = name_value.as_type(Text)
    if name is None:
        return
    if not re.fullmatch(r"[A-Za-z0-9_-]+", name):
        entry.leave("has a name that no kernel module has")
    elif name.replace("-", "_") in _DRIVER_MODULES:
        machine.nvidia = True
        if parameters:
            entry.get("parameters").leave(
                f"the plan loads {name} itself, without parameters: keep them in a patch file named under patches:"
            )
    else:
        module = {"name": name, "parameters": parameters} if parameters else name
        if not machine.add("modules", module, lambda other: _module_name(other) == _module_name(module)):
            entry.leave("stands beside the same module with other parameters, which were taken")


def _module_name(module: Any) -> str:
    name = module["name"] if isinstance(module, dict) else module
    return str(name).replace("-", "_")


def _machine(root: Value, machine: Machine, cluster: ClusterFacts) -> None:
    if role := root.get("type").text():
        machine.control_plane = role in {"controlplane", "init"}
    read_modules(root.get("kernel", "modules"), machine)
    read_labels(root.get("nodeLabels"), machine)
    read_taints(root.get("nodeTaints"), machine)
    _install(root.get("install"), machine, cluster)
    _kubelet(root.get("kubelet"), machine, cluster)
    _sysctls(root.get("sysctls"))
    _network(root.get("network"), machine)
    root.get("kernel").leave_others({"modules"}, _PATCH)
    root.leave_others(
        {"type", "kernel", "nodeLabels", "nodeTaints", "install", "kubelet", "sysctls", "network"}
        | _SECRETS["machine"],
        _PATCH,
    )
    _leave_secrets(root, "machine")
    if any(root.get(key) for key in ("install", "kubelet", "nodeLabels", "nodeTaints")):
        cluster.dialects.add("legacy")


def _leave_secrets(root: Value, part: str) -> None:
    for key, value in root.pairs():
        if key in _SECRETS[part]:
            value.leave(_SECRET)


def _install(install: Value, machine: Machine, cluster: ClusterFacts) -> None:
    machine.disk = install.get("disk").as_type(Disk) or machine.disk
    if install.get("image"):
        cluster.talos = read_installer(install.get("image"), machine) or cluster.talos
    if install.get("extraKernelArgs"):
        install.get("extraKernelArgs").leave("belongs into the boot image: write it as kernelArgs of the pool")
    install.leave_others({"disk", "image", "extraKernelArgs", "wipe", "grubUseUKICmdline"}, _PATCH)


def _kubelet(kubelet: Value, machine: Machine, cluster: ClusterFacts) -> None:
    _kubelet_image(kubelet.get("image"), cluster)
    _register_with_taints(kubelet.get("extraConfig"), machine)
    own = {"image", "extraConfig", "defaultRuntimeSeccompProfileEnabled", "disableManifestsDirectory"}
    kubelet.leave_others(own, _PATCH)


def _kubelet_image(image: Value, cluster: ClusterFacts) -> None:
    if (text := image.text()) and (found := _KUBELET_TAG.search(text)):
        cluster.kubernetes = found[1]


def _register_with_taints(config: Value, machine: Machine) -> None:
    for entry in config.get("registerWithTaints").items():
        key, value, effect = (entry.get(name).text() or "" for name in ("key", "value", "effect"))
        if _is_label_key(entry, key):
            _add_taint(entry, machine, key, value, effect)
    config.leave_others({"registerWithTaints"}, _PATCH)


def _sysctls(sysctls: Value) -> None:
    sysctls.leave_others({_OWN_SYSCTL}, _PATCH)


def _network(network: Value, machine: Machine) -> None:
    machine.name = network.get("hostname").as_type(Name) or machine.name
    addresses = [
        address for interface in network.get("interfaces").items() for address in interface.get("addresses").items()
    ]
    _only_address(addresses, machine)
    network.leave_others({"hostname"}, _PATCH)


def _only_address(addresses: list[Value], machine: Machine) -> None:
    """A machine with one static address is reached there; of several, none is guessed."""
    if len(addresses) == 1 and (text := addresses[0].text()):
        machine.address = addresses[0].check(text.partition("/")[0], Address) or machine.address


def _cluster(root: Value, machine: Machine, cluster: ClusterFacts) -> None:
    cluster.name = root.get("clusterName").as_type(Name) or cluster.name
    cluster.endpoint = root.get("controlPlane", "endpoint").as_type(Endpoint) or cluster.endpoint
    if root.get("allowSchedulingOnControlPlanes").flag():
        machine.schedulable = True
    known = {"clusterName", "controlPlane", "allowSchedulingOnControlPlanes"} | _SECRETS["cluster"]
    root.leave_others(known, _PATCH)
    _leave_secrets(root, "cluster")


def _kernel_module(document: Value, machine: Machine, _: ClusterFacts) -> None:
    parameters = [text for item in document.get("parameters").items() if (text := item.as_type(Text)) is not None]
    _module(document.get("name"), parameters, document, machine)


def _node(document: Value, machine: Machine, cluster: ClusterFacts) -> None:
    cluster.dialects.add("documents")
    read_labels(document.get("labels"), machine)
    read_taints(document.get("taints"), machine)
    document.leave_others({"apiVersion", "kind", "labels", "taints"}, _PATCH)


def _kubelet_document(document: Value, machine: Machine, cluster: ClusterFacts) -> None:
    cluster.dialects.add("documents")
    _kubelet_image(document.get("image"), cluster)
    _register_with_taints(document.get("config"), machine)
    own = {"apiVersion", "kind", "image", "config", "defaultRuntimeSeccompProfileEnabled"}
    document.leave_others(own, _PATCH)


def _unattended_install(document: Value, machine: Machine, cluster: ClusterFacts) -> None:
    cluster.dialects.add("documents")
    if image := document.get("installer", "image"):
        cluster.talos = read_installer(image, machine) or cluster.talos
    match = document.get("provisioning", "diskSelector", "match")
    if text := match.text():
        if found := _DEVICE_PATH.fullmatch(text.strip()):
            machine.disk = match.check(found[1], Disk) or machine.disk
        else:
            match.leave("selects a disk by more than its device path, which a profile has no key for")


def _hostname(document: Value, machine: Machine, _: ClusterFacts) -> None:
    machine.name = document.get("hostname").as_type(Name) or machine.name


def _sysctl_document(document: Value, _: Machine, __: ClusterFacts) -> None:
    _sysctls(document.get("params"))


def _link(document: Value, machine: Machine, _: ClusterFacts) -> None:
    _only_address([entry.get("address") for entry in document.get("addresses").items()], machine)
    document.leave(f"LinkConfig {_PATCH}")


_KINDS: Mapping[str, Callable[[Value, Machine, ClusterFacts], None]] = {
    "HostnameConfig": _hostname,
    "KernelModuleConfig": _kernel_module,
    "KubeNodeConfig": _node,
    "KubeletConfig": _kubelet_document,
    "LinkConfig": _link,
    "SysctlConfig": _sysctl_document,
    "UnattendedInstallConfig": _unattended_install,
}
"""Documents of Talos that say something which a profile has a key for."""
