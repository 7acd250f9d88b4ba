"""A talhelper repository's talconfig.yaml, with talenv.yaml and patch files beside it, as a draft.

Keys as in talhelper v3.1.16, pkg/config/config.go: of a group (`controlPlane:`, `worker:`) and a node, the node's value
wins as a whole; only patches come together.
"""

from __future__ import annotations

from talos_gpu.errors import NotUnderstood, OutsideError
from talos_gpu.profile.adopt.config_document import (
    ClusterFacts,
    read_document,
    read_labels,
    read_modules,
    read_taints,
)
from talos_gpu.profile.adopt.machine import Adopted, Machine, pools_of
from talos_gpu.profile.adopt.reading import Folder, Report, Value, documents_of
from talos_gpu.profile.adopt.schematic import enable_secure_boot, read_installer, read_platform, read_schematic
from talos_gpu.profile.draft import Draft
from talos_gpu.profile.text import Address, Disk, Endpoint, KubernetesVersion, Name, TalosVersion

__all__ = ["adopt_talhelper"]

_ENV = "talenv.yaml"
_OTHER = "stays talhelper's: a profile has no key for it"
_TOP = {
    "clusterName", "talosVersion", "kubernetesVersion", "endpoint", "nodes", "controlPlane", "worker", "patches",
    "allowSchedulingOnControlPlanes", "allowSchedulingOnMasters",
}  # fmt: skip
_NODE = {
    "hostname", "ipAddress", "controlPlane", "installDisk", "nodeLabels", "nodeTaints", "kernelModules", "schematic",
    "talosImageURL", "machineSpec", "patches",
}  # fmt: skip


def adopt_talhelper(root: Value, folder: Folder) -> Adopted:
    """What the talconfig says of cluster and nodes; encrypted and templated values are reported, not guessed.

    Raises:
        NotUnderstood: talenv.yaml or a patch file is broken YAML.
    """
    report = root.report
    report.variables = _environment(folder)
    cluster = ClusterFacts()
    talos = root.get("talosVersion").as_type(TalosVersion, "v")
    machines = [_machine(node, root, folder, cluster) for node in root.get("nodes").items()]
    root.leave_others(_TOP, _OTHER)
    for group in ("controlPlane", "worker"):
        root.get(group).leave_others(_NODE, _OTHER)
    draft = Draft(
        cluster=root.get("clusterName").as_type(Name) or "",
        talos=talos or "",
        kubernetes=root.get("kubernetesVersion").as_type(KubernetesVersion, "v") or "",
        endpoint=root.get("endpoint").as_type(Endpoint) or "",
        layout="talhelper",
        pools=pools_of(machines),
    )
    return Adopted(draft, tuple(sorted(set(report.left))), frozenset({"legacy"}))


def _environment(folder: Folder) -> dict[str, str]:
    """The plain values of talenv.yaml; an encrypted one fills in nothing."""
    if not folder.exists(_ENV):
        return {}
    found: dict[str, str] = {}
    for document in folder.documents(_ENV, Report()):
        for key, value in document.pairs():
            if (text := value.text()) is not None:
                found[key] = text
    return found


def _machine(node: Value, root: Value, folder: Folder, cluster: ClusterFacts) -> Machine:
    machine = Machine(control_plane=node.get("controlPlane").flag() or False)
    machine.name = node.get("hostname").as_type(Name) or ""
    machine.address = _address(node.get("ipAddress"))
    machine.disk = node.get("installDisk").as_type(Disk) or ""
    for key in ("allowSchedulingOnControlPlanes", "allowSchedulingOnMasters"):
        machine.schedulable = machine.schedulable or (root.get(key).flag() or False)
    group = root.get("controlPlane" if machine.control_plane else "worker")
    _settings(node, group, machine)
    for patches in (group.get("patches"), node.get("patches"), root.get("patches")):
        for patch in patches.items():
            _patch(patch, folder, machine, cluster)
    machine.report_if_unreachable(node)
    node.leave_others(_NODE, _OTHER)
    return machine


def _settings(node: Value, group: Value, machine: Machine) -> None:
    def setting(key: str) -> Value:
        return node.get(key) or group.get(key)

    read_labels(setting("nodeLabels"), machine)
    read_taints(setting("nodeTaints"), machine)
    read_modules(setting("kernelModules"), machine)
    spec = setting("machineSpec")
    if (arch := spec.get("arch").text()) == "arm64":
        machine.facts["arch"] = arch
    elif arch not in (None, "amd64"):
        spec.get("arch").leave("is neither amd64 nor arm64")
    read_platform(spec.get("mode"), machine)
    if spec.get("secureboot").flag():
        enable_secure_boot(machine)
    spec.leave_others({"arch", "mode", "secureboot", "useUKI", "bootMethod", "imageSuffix"}, _OTHER)
    _image(setting("schematic"), setting("talosImageURL"), machine)


def _image(schematic: Value, url: Value, machine: Machine) -> None:
    if schematic:
        read_schematic(schematic, machine)
    if url:
        if schematic:
            schematic.leave("talosImageURL stands beside it, and talhelper then ignores the schematic; both were read")
        read_installer(url, machine)


def _address(addresses: Value) -> str:
    """The first of a comma-separated list; the others are reported."""
    text = addresses.text()
    if text is None:
        return ""
    first, comma, _ = text.partition(",")
    if comma:
        addresses.leave("holds several addresses: the first one is taken")
    return addresses.check(first.strip(), Address) or ""


def _patch(patch: Value, folder: Folder, machine: Machine, cluster: ClusterFacts) -> None:
    text = patch.text()
    if text is None:
        return
    if not text.startswith("@"):
        for document in documents_of(patch):
            read_document(document, machine, cluster)
        return
    try:
        documents = folder.documents(text[1:].removeprefix("./"), patch.report)
    except OutsideError as error:
        patch.leave(f"names a file that was not read: {error.why}")
    except NotUnderstood as error:
        patch.leave(f"names a file that is not YAML: {error.findings[0]}")
    else:
        for document in documents:
            read_document(document, machine, cluster)
