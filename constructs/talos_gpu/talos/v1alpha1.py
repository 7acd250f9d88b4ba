"""The topics of a pool as strategic merge patches of Talos's one legacy document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, MachinePlan, PoolPlan
from talos_gpu.talos.applying import reboots
from talos_gpu.talos.taint import as_map, as_registration
from talos_gpu.talos.topic import Topic

__all__ = ["hostname", "install_disk", "topics"]

_CRI_CUSTOMIZATION = "/etc/cri/conf.d/20-customization.part"
"""The one file outside /var that machine.files may create (siderolabs/talos v1.8 to v1.13, WriteUserFiles)."""


def topics(plan: ClusterPlan, pool: PoolPlan) -> Iterator[Topic]:
    """The topics that this pool needs, in order, but for the user's own patches."""
    machine = pool.machine
    if modules := machine.modules.value:
        entries = [
            {"name": item.name} | ({"parameters": list(item.parameters)} if item.parameters else {}) for item in modules
        ]
        yield Topic(10, "kernel-modules", (_machine({"kernel": {"modules": entries}}),), {"modules": modules})
    if sysctls := dict(machine.sysctls.value):
        yield Topic(20, "sysctls", (_machine({"sysctls": sysctls}),), {"sysctls": sysctls})
    if labels := dict(machine.labels.value):
        yield Topic(30, "node-labels", (_machine({"nodeLabels": labels}),), {"labels": labels})
    if machine.taints.value:
        yield _taints(pool)
    if machine.default_runtime.value:
        yield _default_runtime(plan, machine, machine.default_runtime.value)
    if isinstance(machine.install_image, Known) and machine.install_image.value:
        image = pool.schematic.installer.value
        yield Topic(60, "install-image", (_machine({"install": {"image": image}}),), {"image": image})
    if machine.schedulable:
        yield Topic(70, "scheduling", ({"cluster": {"allowSchedulingOnControlPlanes": True}},))


def hostname(name: str) -> Topic:
    """Gives the node its name, where the generated config is one document."""
    return Topic(5, "hostname", (_machine({"network": {"hostname": name}}),), {"name": name})


def install_disk(disk: str) -> Topic:
    """Names the disk that Talos installs to."""
    return Topic(60, "install-disk", (_machine({"install": {"disk": disk}}),), {"disk": disk})


def _machine(content: dict[str, Any]) -> dict[str, Any]:
    return {"machine": content}


def _taints(pool: PoolPlan) -> Topic:
    taints, worker = pool.machine.taints.value, pool.role == "worker"
    if pool.machine.taint_method.value == "register-with-taints":
        entries = as_registration(taints)
        data = _machine({"kubelet": {"extraConfig": {"registerWithTaints": entries}}})
        return Topic(40, "node-taints", (data,), {"registered": entries, "taints": {}, "worker": worker})
    mapped = as_map(taints)
    context = {"registered": [], "taints": mapped, "worker": worker}
    return Topic(40, "node-taints", (_machine({"nodeTaints": mapped}),), context)


def _default_runtime(plan: ClusterPlan, machine: MachinePlan, runtime: str) -> Topic:
    content = f'[plugins."{machine.containerd_plugin.value}".containerd]\n  default_runtime_name = "{runtime}"\n'
    entry = {"path": _CRI_CUSTOMIZATION, "op": "create", "content": content}
    data = _machine({"files": [entry]})
    context = {"path": _CRI_CUSTOMIZATION, "content": content, "reboots": reboots(plan, (data,))}
    return Topic(50, "default-runtime", (data,), context, after_upgrade=True)
