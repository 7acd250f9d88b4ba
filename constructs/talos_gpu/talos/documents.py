"""The topics of a pool as the documents that a machine config of Talos 1.14 and newer consists of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.talos.taint import as_map
from talos_gpu.talos.topic import Topic

__all__ = ["hostname", "install_disk", "topics"]

_CONTROL_PLANE_TAINT = "node-role.kubernetes.io/control-plane"


def topics(plan: ClusterPlan, pool: PoolPlan) -> Iterator[Topic]:
    """The topics that this pool needs, in order, but for the user's own patches."""
    machine = pool.machine
    if modules := machine.modules.value:
        documents = (
            _document("KernelModuleConfig", name=item.name)
            | ({"parameters": list(item.parameters)} if item.parameters else {})
            for item in modules
        )
        yield Topic(10, "kernel-modules", tuple(documents), {"modules": modules})
    if sysctls := dict(machine.sysctls.value):
        yield Topic(20, "sysctls", (_document("SysctlConfig", params=sysctls),), {"sysctls": sysctls})
    if labels := dict(machine.labels.value):
        yield Topic(30, "node-labels", (_document("KubeNodeConfig", labels=labels),), {"labels": labels})
    if taints := as_map(machine.taints.value):
        yield Topic(40, "node-taints", (_document("KubeNodeConfig", taints=taints),), {"taints": taints})
    if runtime := machine.default_runtime.value:
        name = f"{runtime}-default-runtime"
        content = f'[plugins."{machine.containerd_plugin.value}".containerd]\n  default_runtime_name = "{runtime}"\n'
        document = _document("CRICustomizationConfig", name=name, content=content)
        yield Topic(50, "default-runtime", (document,), {"name": name, "content": content}, after_upgrade=True)
    if isinstance(machine.install_image, Known) and machine.install_image.value:
        yield from _install_images(pool)
    if machine.schedulable:
        removed = {_CONTROL_PLANE_TAINT: {"$patch": "delete"}}
        document = _document("KubeNodeConfig", taints=removed)
        yield Topic(70, "scheduling", (document,), {"taint": _CONTROL_PLANE_TAINT}, once=True)


def hostname(name: str) -> Topic:
    """Gives the node its name, where the generated config holds a HostnameConfig (machine configs since Talos 1.12)."""
    return Topic(5, "hostname", (_document("HostnameConfig", auto="off", hostname=name),), {"name": name})


def install_disk(disk: str) -> Topic:
    """Names the disk that Talos installs to."""
    match = _match(disk)
    document = _document("UnattendedInstallConfig", provisioning={"diskSelector": {"match": match}})
    return Topic(60, "install-disk", (document,), {"match": match})


def _document(kind: str, **content: Any) -> dict[str, Any]:
    return {"apiVersion": "v1alpha1", "kind": kind, **content}


def _install_images(pool: PoolPlan) -> Iterator[Topic]:
    """One patch for all nodes, or one a node where their disks differ."""
    disks = {node.name: node.install_disk for node in pool.nodes if node.install_disk}
    if len(set(disks.values())) == 1:
        yield _install_image(pool, next(iter(disks.values())), "")
        return
    for name, disk in disks.items():
        yield _install_image(pool, disk, name)


def _install_image(pool: PoolPlan, disk: str, node: str) -> Topic:
    image, match = pool.schematic.installer.value, _match(disk)
    document = _document(
        "UnattendedInstallConfig", installer={"image": image}, provisioning={"diskSelector": {"match": match}}
    )
    return Topic(60, "install-image", (document,), {"image": image, "match": match}, node)


def _match(disk: str) -> str:
    """The CEL expression that selects `disk`; names below /dev/disk are links, which Talos keeps apart."""
    return f"'{disk}' in disk.symlinks" if disk.startswith("/dev/disk/") else f"disk.dev_path == '{disk}'"
