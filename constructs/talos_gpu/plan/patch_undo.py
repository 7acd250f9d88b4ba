"""What in a machine-config patch of the user's undoes what this plan puts on the node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from talos_gpu.plan.machine_config import source_of
from talos_gpu.plan.merge import value_at
from talos_gpu.plan.model import MachinePlan, SchematicPlan
from talos_gpu.plan.node_label import LabelRules
from talos_gpu.plan.patch_fault import CRI_FILE, Fault

__all__ = ["Ours", "customizations", "undone"]

Path = tuple[str | int, ...]

_DRIVER_REMEDY = "Remove it: the plan sets it, and what it plans must reach the node."


@dataclass(frozen=True, slots=True)
class Ours:
    """What this plan puts on the nodes of a pool, and by which rules their labels are judged."""

    machine: MachinePlan
    schematic: SchematicPlan
    labels: LabelRules

    @property
    def modules(self) -> frozenset[str]:
        """Kernel modules by name, with `_` for `-`."""
        return frozenset(_module(item.name) for item in self.machine.modules.value)

    @property
    def taints(self) -> Mapping[str, str]:
        """Taint key to `value:effect`, as a machine config holds it."""
        return {
            taint.key: f"{taint.value}:{taint.effect}" if taint.value else taint.effect
            for taint in self.machine.taints.value
        }


def undone(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    """What one document of a patch takes away, contradicts, or sets a second time."""
    if "kind" not in document:
        yield from _legacy(document, ours)
    elif document["kind"] == "KubeNodeConfig":
        yield from _beside_legacy(document, ours)
        yield from _labels(document, ("labels",), ours)
        yield from _taints(document, ("taints",), ours)
    elif document["kind"] == "UnattendedInstallConfig":
        yield from _install(document, ours)
    elif document["kind"] == "SysctlConfig":
        yield from _sysctls(document, ("params",), ours)
    elif document["kind"] == "KernelModuleConfig":
        yield from _module_document(document, ours)


def _beside_legacy(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    """A KubeNodeConfig beside fields of the legacy document that this plan sets for the same purpose."""
    if ours.machine.taint_method.value == "kube-node-config":
        return
    in_legacy = {"labels": ours.machine.labels.value, "taints": ours.machine.taints.value}
    fields = {"labels": "machine.nodeLabels", "taints": "machine.nodeTaints"}
    for key, field in fields.items():
        if in_legacy[key] and document.get(key):
            message = f"found {key} in a KubeNodeConfig, which conflict with the {field} that this plan sets"
            yield Fault((key,), message, f"Write {key}: in the pool instead.", source_of("conflicts"))


def customizations(document: Mapping[str, Any]) -> list[Path]:
    """Where a legacy document writes containerd's customization file."""
    files = value_at(document, ("machine", "files"))
    items = files if isinstance(files, list) else []
    return [
        ("machine", "files", index)
        for index, item in enumerate(items)
        if isinstance(item, Mapping) and item.get("path") == CRI_FILE
    ]


def _legacy(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    yield from _deletions(document, ours)
    yield from _image(document, ("machine", "install", "image"), ours)
    yield from _labels(document, ("machine", "nodeLabels"), ours)
    yield from _sysctls(document, ("machine", "sysctls"), ours)
    yield from _modules(document, ours)
    yield from _scheduling(document, ours)
    if ours.machine.taint_method.value != "register-with-taints":
        yield from _taints(document, ("machine", "nodeTaints"), ours)
    elif value_at(document, ("machine", "nodeTaints")):
        yield Fault(
            ("machine", "nodeTaints"),
            f"found machine.nodeTaints on a worker: {ours.machine.taint_method.reason}",
            "Write taints: in the pool: they become registerWithTaints below machine.kubelet.extraConfig.",
            ours.machine.taint_method.source,
        )


def _scheduling(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    path = ("cluster", "allowSchedulingOnControlPlanes")
    if ours.machine.schedulable and value_at(document, path) is False:
        message = "found false, but the pool is declared schedulable: its GPU pods would stay Pending"
        yield Fault(path, message, "Remove it, or remove schedulable: from the pool.")


def _deletions(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    """Deletions of a map that holds something of ours; single labels and modules are judged where they stand."""
    machine = ours.machine
    held: dict[tuple[str, ...], object] = {
        ("machine",): True,
        ("machine", "kernel"): machine.modules.value,
        ("machine", "kernel", "modules"): machine.modules.value,
        ("machine", "sysctls"): machine.sysctls.value,
        ("machine", "nodeLabels"): machine.labels.value,
        ("machine", "install"): True,
    }
    for path, content in held.items():
        if content and _deleted(value_at(document, path)):
            dotted = ".".join(path)
            message = f"found a deletion of {dotted}, which holds what this plan sets"
            yield Fault(path, message, "Delete single keys of your own instead.")


def _install(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    yield from _image(document, ("installer", "image"), ours)
    if not _deleted(document) and not value_at(document, ("provisioning", "diskSelector", "match")):
        yield Fault(
            (),
            "found an UnattendedInstallConfig without provisioning.diskSelector.match, which loses the disk in the merge",
            "Write provisioning: {diskSelector: {match: ...}} with it.",
            source_of("conflicts"),
        )


def _image(document: Mapping[str, Any], path: tuple[str, ...], ours: Ours) -> Iterator[Fault]:
    found = value_at(document, path)
    if found is None or (isinstance(found, str) and _tail(found) == _tail(ours.schematic.installer.value)):
        return
    yield Fault(
        path,
        f"found another installer image than this plan's {ours.schematic.installer.value}: a reinstall would lose "
        "what this plan has in its image",
        "Remove it, or write an image with this schematic id and Talos release.",
        ours.schematic.installer.source,
    )


def _tail(image: str) -> str:
    """Schematic id and release: any registry may mirror the factory, and a digest may stand behind the tag."""
    return image.split("@")[0].rpartition("/")[2]


def _labels(document: Mapping[str, Any], path: tuple[str, ...], ours: Ours) -> Iterator[Fault]:
    labels = value_at(document, path)
    if isinstance(labels, Mapping) and not _deleted(labels):
        for fault in ours.labels.faults(labels):
            yield Fault((*path, fault.key), fault.message, fault.remedy, fault.source)


def _taints(document: Mapping[str, Any], path: tuple[str, ...], ours: Ours) -> Iterator[Fault]:
    taints = value_at(document, path)
    for key, found in taints.items() if isinstance(taints, Mapping) else ():
        planned = ours.taints.get(key)
        if planned is not None and found != planned:
            message = f"found another taint {key} than this plan's {planned}, which pods are made to tolerate"
            yield Fault((*path, key), message, "Change the taints: of the pool instead.")


def _sysctls(document: Mapping[str, Any], path: tuple[str, ...], ours: Ours) -> Iterator[Fault]:
    settings = value_at(document, path)
    needed = ours.machine.sysctls.value
    for key, found in settings.items() if isinstance(settings, Mapping) else ():
        if key in needed and str(found) != needed[key]:
            message = f"found another {key} than the {needed[key]} that is needed: {ours.machine.sysctls.reason}"
            yield Fault((*path, key), message, _DRIVER_REMEDY, ours.machine.sysctls.source)


def _modules(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    modules = value_at(document, ("machine", "kernel", "modules"))
    for index, item in enumerate(modules if isinstance(modules, list) else []):
        name = item.get("name") if isinstance(item, Mapping) else None
        if isinstance(name, str) and _module(name) in ours.modules:
            yield Fault(
                ("machine", "kernel", "modules", index),
                f"found {name}, which this plan loads already: lists are appended in the merge, so it stands twice",
                f"Write modules: [{{name: {name}, parameters: [...]}}] in the pool for its parameters, or remove it.",
            )


def _module_document(document: Mapping[str, Any], ours: Ours) -> Iterator[Fault]:
    name = document.get("name")
    if _deleted(document) and isinstance(name, str) and _module(name) in ours.modules:
        yield Fault((), f"found a deletion of {name}, a kernel module that this plan loads", _DRIVER_REMEDY)


def _module(name: str) -> str:
    return name.replace("-", "_")


def _deleted(value: object) -> bool:
    return isinstance(value, Mapping) and value.get("$patch") == "delete"
