"""talhelper: a whole talconfig.yaml, or the node entries to paste into one. Legacy documents only.

Keys as in talhelper v3.1.16, pkg/config/schemas/talconfig.json; it ignores every other key without a word.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import yaml

from talos_gpu.document import Document, KeyPath, YamlDocument
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.schematic import OptionMap, OptionValue, Plain
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.hazards import old_tool, sets_installer, user_texts
from talos_gpu.talos.patch import Patch, patch_documents, patches
from talos_gpu.talos.phases import registration
from talos_gpu.talos.shell import command, nodes_in_upgrade_order
from talos_gpu.talos.step import Phase, Step

__all__ = ["check", "render", "steps"]

_NATIVE = frozenset({"kernel-modules", "node-labels", "install-image"})
"""Topics that talconfig.yaml has keys for."""
_TEMPLATED = re.compile(r"\{\{|\$[\w{$]")
"""What talhelper would take for a Go template or an environment variable, in talconfig.yaml and in patches."""
_FRAGMENT = (
    "Copy these entries into `nodes:` of your talconfig.yaml, and the folder patches/ beside it. An entry of the same "
    "host is replaced as a whole, or merged by hand: of two equal keys talhelper takes the last."
)
_WHOLE = "The whole cluster. Secrets are not here: they are in talsecret.yaml, which `talhelper gensecret` makes."


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Texts that talhelper would template, images that would win over the schematic, and a tool that is too old."""
    return (*old_tool(plan), *(hazard for pool in plan.pools for hazard in _pool_hazards(plan, pool)))


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """talconfig.yaml where the plan is complete, else talconfig.nodes.yaml; and the patches that it names."""
    found = {pool.name: patches(plan, pool, without=_NATIVE) for pool in plan.pools}
    nodes = [(pool, _node(pool, node, found[pool.name])) for pool in plan.pools for node in pool.nodes]
    documents = [item for pool in plan.pools for item in patch_documents(pool, found[pool.name], plan.layout_path)]
    return (*documents, _talconfig(plan, nodes))


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """The command genconfig posts the schematics and writes one config a node; gencommand prints what to run."""
    return (
        *_first_installation(plan),
        *_generation("configuration-change"),
        *_application(plan, "configuration-change"),
        *_generation("driver-change"),
        *_upgrades(plan, "driver-change"),
        *_generation("talos-upgrade"),
        *_upgrades(plan, "talos-upgrade"),
    )


def _pool_hazards(plan: ClusterPlan, pool: PoolPlan) -> Iterator[Hazard]:
    for path, text in user_texts(plan, pool):
        if found := _TEMPLATED.search(text):
            message = f"found {found.group()!r}, which talhelper takes for a template or an environment variable"
            yield Hazard(path, message, "Write it without, or take another layout: topf or talosctl.")
    for index, patch in enumerate(pool.machine.user_patches):
        if sets_installer(patch.text):
            yield _image_hazard(("pools", pool.name, "patches", index))


def _image_hazard(path: KeyPath) -> Hazard:
    message = "found an installer image, which would win over the schematic, and the extensions would never arrive"
    return Hazard(path, message, "Remove it: the schematic of the pool decides the image.")


def _talconfig(plan: ClusterPlan, nodes: list[tuple[PoolPlan, dict[str, Any]]]) -> YamlDocument:
    entries = [entry for _, entry in nodes]
    head: dict[str, Any] = {}
    name = "talconfig.nodes.yaml"
    if plan.complete.value:
        name = "talconfig.yaml"
        head = {"clusterName": plan.cluster, "talosVersion": plan.talos.value}
        head |= {"kubernetesVersion": _known(plan.kubernetes), "endpoint": _known(plan.endpoint)}
    comments: dict[KeyPath, str] = {(0,): _WHOLE if plan.complete.value else _FRAGMENT}
    for index, (pool, entry) in enumerate(nodes):
        comments |= dict(_comments((0, "nodes", index), pool, entry))
    return YamlDocument(f"{plan.layout_path}/{name}", ({**head, "nodes": entries},), comments)


def _comments(at: KeyPath, pool: PoolPlan, entry: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    identity = pool.schematic.id
    if isinstance(identity, Known):
        yield (*at, "schematic"), f"Its id: {identity.value}"
    if "kernelModules" in entry:
        yield (*at, "kernelModules"), pool.machine.modules.reason


def _node(pool: PoolPlan, node: NodePlan, found: tuple[Patch, ...]) -> dict[str, Any]:
    """A node entry; nodeTaints and talosImageURL never stand in it."""
    entry: dict[str, Any] = {"hostname": node.name, "ipAddress": node.address}
    if node.install_disk:
        entry["installDisk"] = node.install_disk
    entry["controlPlane"] = pool.role == "control-plane"
    entry["machineSpec"] = {"mode": pool.platform, "arch": pool.arch, "secureboot": pool.secure_boot}
    if labels := dict(pool.machine.labels.value):
        entry["nodeLabels"] = labels
    if modules := pool.machine.modules.value:
        entry["kernelModules"] = [
            {"name": item.name} | ({"parameters": list(item.parameters)} if item.parameters else {}) for item in modules
        ]
    entry["schematic"] = _schematic(pool)
    if own := [f"@./patches/{pool.name}/{patch.file_name()}" for patch in found if patch.for_node(node.name)]:
        entry["patches"] = own
    return entry


def _schematic(pool: PoolPlan) -> dict[str, Any]:
    """The canonical text as data. What stands there without quotes is text to the factory, but for a few keys."""
    data: dict[str, Any] = yaml.load(pool.schematic.text, Loader=yaml.CBaseLoader)  # noqa: S506 - makes texts alone
    customization = data["customization"]
    for item in customization.get("meta", ()):
        item["key"] = int(item["key"])
    secure_boot = customization.get("secureboot", {})
    if "includeWellKnownCertificates" in secure_boot:
        secure_boot["includeWellKnownCertificates"] = True
    if "options" in data.get("overlay", {}):
        data["overlay"]["options"] = _option(pool.schematic.schematic.overlay.frozen_options)
    return data


def _option(value: OptionValue) -> Any:
    if isinstance(value, OptionMap):
        return {_option(key): _option(item) for key, item in value.entries}
    if isinstance(value, tuple):
        return [_option(item) for item in value]
    return json.loads(value.text) if isinstance(value, Plain) else value


def _known(decision: object) -> str:
    assert isinstance(decision, Known), "a complete plan knows endpoint and Kubernetes version"
    return str(decision.value)


def _first_installation(plan: ClusterPlan) -> Iterator[Step]:
    phase: Phase = "first-installation"
    if not plan.complete.value:
        yield Step(phase, "Copy the entries of talconfig.nodes.yaml into your talconfig.yaml", "", _FRAGMENT)
    yield Step(
        phase,
        "Make the cluster's secrets, once",
        "test -e talsecret.yaml || test -e talsecret.sops.yaml || talhelper gensecret > talsecret.yaml",
        "Without this file every run makes new secrets. Encrypt it before it is committed.",
    )
    yield from _generation(phase)
    yield from registration(plan, phase)
    yield from _application(plan, phase)
    yield from _upgrades(plan, phase)


def _generation(phase: Phase) -> Iterator[Step]:
    yield Step(phase, "Check talconfig.yaml", "talhelper validate talconfig talconfig.yaml")
    yield Step(
        phase,
        "Generate the machine configs",
        "talhelper genconfig",
        "Posts each schematic to the Image Factory; with --offline-mode it does not, and the image is missing there.",
    )


def _application(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    for _, node in nodes_in_upgrade_order(plan):
        line = command("talhelper", "gencommand", "apply", "--node", node.address) + " | bash"
        note = "For a node that is not installed yet add --extra-flags --insecure."
        yield Step(phase, f"Apply the machine config of {node.name}", line, note)


def _upgrades(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    for _, node in nodes_in_upgrade_order(plan):
        line = command("talhelper", "gencommand", "upgrade", "--node", node.address) + " | bash"
        note = "The node reboots. Wait until it is Ready again before the next one."
        yield Step(phase, f"Upgrade {node.name} to its image", line, note)
