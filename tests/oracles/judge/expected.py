"""The machine config that a node must have, made of the plan and of the config before; no rendered text is read."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

import yaml

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan

__all__ = ["by_identity", "difference", "expected_config"]

_CONTROL_PLANE_TAINT = "node-role.kubernetes.io/control-plane"
Documents = list[dict[str, Any]]


def by_identity(documents: Iterable[Any]) -> dict[tuple[str, str], Any]:
    """Documents by kind and name: their order says nothing."""
    found = {(item.get("kind", ""), item.get("name", "")): item for item in documents}
    return dict(sorted(found.items()))


def expected_config(
    base: Iterable[Any], plan: ClusterPlan, pool: PoolPlan, node: NodePlan, *, times: int = 1
) -> dict[tuple[str, str], Any]:
    """`base` with what the plan says of the node, and nothing else, after `times` applications of its patches.

    Lists grow with every application; maps do not, and documents of a name are one.
    """
    documents = [copy.deepcopy(item) for item in base]
    legacy = next(item for item in documents if "machine" in item)
    if plan.dialect.value == "documents":
        _in_documents(documents, pool, node, times)
    else:
        _in_legacy(legacy, pool, times)
        if plan.layout.value == "talhelper":
            _as_talhelper(legacy["machine"], pool)
        elif _image_is_patched(pool):
            legacy["machine"]["install"]["image"] = pool.schematic.installer.value
    if plan.layout.value == "topf" and plan.complete.value:
        _identity(documents, legacy, plan, node)
    for patch in pool.machine.user_patches:
        for item in yaml.safe_load_all(patch.text):
            _merge(legacy, item)
    return by_identity(documents)


def difference(found: Any, expected: Any, at: str = "") -> str:
    """The first place where two trees differ; empty where they are equal."""
    if found == expected:
        return ""
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in {**found, **expected}:
            if found.get(key) != expected.get(key):
                return difference(found.get(key), expected.get(key), f"{at}/{key}")
    return f"at {at}: found {str(found)[:300]}, the plan says {str(expected)[:300]}"


def _in_legacy(config: dict[str, Any], pool: PoolPlan, times: int) -> None:
    machine, wanted = config["machine"], pool.machine
    if wanted.modules.value:
        machine.setdefault("kernel", {}).setdefault("modules", []).extend(_modules(pool) * times)
    _update(machine, "sysctls", wanted.sysctls.value)
    _update(machine, "nodeLabels", wanted.labels.value)
    if wanted.taint_method.value == "register-with-taints":
        _register(machine, pool, times)
    else:
        _update(machine, "nodeTaints", _taint_map(pool))
    if wanted.default_runtime.value:
        entry = {"content": _runtime(pool), "permissions": 0, "op": "create"}
        entry["path"] = "/etc/cri/conf.d/20-customization.part"
        machine.setdefault("files", []).extend([entry] * times)
    if wanted.schedulable:
        config["cluster"]["allowSchedulingOnControlPlanes"] = True


def _as_talhelper(machine: dict[str, Any], pool: PoolPlan) -> None:
    """It sets the image by itself, and its nodeLabels replace those that Talos generates for a control plane.

    Kernel arguments of the schematic it gives to the installer too, where GRUB does not take them from the image.
    Source: budimanjojo/talhelper pkg/talos/nodeconfig.go@v3.1.16.
    """
    install = machine["install"]
    install["image"] = pool.schematic.installer.value
    arguments = pool.schematic.schematic.kernel_args
    if arguments and not install.get("grubUseUKICmdline"):
        install["extraKernelArgs"] = list(arguments)
    if pool.machine.labels.value:
        machine["nodeLabels"] = dict(pool.machine.labels.value)


def _in_documents(documents: Documents, pool: PoolPlan, node: NodePlan, times: int) -> None:
    wanted = pool.machine
    documents += [
        {"apiVersion": "v1alpha1", "kind": "KernelModuleConfig", **module} for module in _modules(pool, times)
    ]
    if wanted.sysctls.value:
        documents.append({"apiVersion": "v1alpha1", "kind": "SysctlConfig", "params": dict(wanted.sysctls.value)})
    if runtime := wanted.default_runtime.value:
        name = f"{runtime}-default-runtime"
        content = {"name": name, "content": _runtime(pool)}
        documents.append({"apiVersion": "v1alpha1", "kind": "CRICustomizationConfig", **content})
    kubernetes = next(item for item in documents if item.get("kind") == "KubeNodeConfig")
    _update(kubernetes, "labels", wanted.labels.value)
    _update(kubernetes, "taints", _taint_map(pool))
    if wanted.schedulable:
        kubernetes["taints"].pop(_CONTROL_PLANE_TAINT)
        if not kubernetes["taints"]:
            del kubernetes["taints"]
    if _image_is_patched(pool):
        install = next(item for item in documents if item.get("kind") == "UnattendedInstallConfig")
        install["installer"]["image"] = pool.schematic.installer.value
        assert node.install_disk
        install["provisioning"]["diskSelector"]["match"] = _match(node.install_disk)


def _image_is_patched(pool: PoolPlan) -> bool:
    return isinstance(pool.machine.install_image, Known) and pool.machine.install_image.value


def _identity(documents: Documents, legacy: dict[str, Any], plan: ClusterPlan, node: NodePlan) -> None:
    """Name and disk, which a whole topf repository tells each node."""
    if plan.multi_document:
        name = next(item for item in documents if item.get("kind") == "HostnameConfig")
        name |= {"auto": "off", "hostname": node.name}
    else:
        legacy["machine"].setdefault("network", {})["hostname"] = node.name
    if not node.install_disk:
        return
    if plan.dialect.value == "documents":
        install = next(item for item in documents if item.get("kind") == "UnattendedInstallConfig")
        install["provisioning"]["diskSelector"]["match"] = _match(node.install_disk)
    else:
        legacy["machine"]["install"]["disk"] = node.install_disk


def _modules(pool: PoolPlan, times: int = 1) -> list[dict[str, Any]]:
    modules = pool.machine.modules.value
    return [
        {"name": item.name, **({"parameters": list(item.parameters) * times} if item.parameters else {})}
        for item in modules
    ]


def _register(machine: dict[str, Any], pool: PoolPlan, times: int) -> None:
    entries = []
    for taint in pool.machine.taints.value:
        entry = {"key": taint.key, "value": taint.value, "effect": taint.effect}
        entries.append({key: value for key, value in entry.items() if value})
    if entries:
        extra = machine.setdefault("kubelet", {}).setdefault("extraConfig", {})
        extra.setdefault("registerWithTaints", []).extend(entries * times)


def _taint_map(pool: PoolPlan) -> dict[str, str]:
    taints = pool.machine.taints.value
    return {taint.key: f"{taint.value}:{taint.effect}" if taint.value else taint.effect for taint in taints}


def _runtime(pool: PoolPlan) -> str:
    machine = pool.machine
    head = f'[plugins."{machine.containerd_plugin.value}".containerd]\n'
    return f'{head}  default_runtime_name = "{machine.default_runtime.value}"\n'


def _match(disk: str) -> str:
    return f"'{disk}' in disk.symlinks" if disk.startswith("/dev/disk/") else f"disk.dev_path == '{disk}'"


def _update(config: dict[str, Any], key: str, values: Any) -> None:
    if values:
        config.setdefault(key, {}).update(values)


def _merge(config: dict[str, Any], patch: dict[str, Any]) -> None:
    for key, value in patch.items():
        if isinstance(value, dict):
            _merge(config.setdefault(key, {}), value)
        else:
            config[key] = value
