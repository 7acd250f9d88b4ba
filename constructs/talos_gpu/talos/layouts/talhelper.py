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
from talos_gpu.talos.layouts import talhelper_steps
from talos_gpu.talos.patch import Patch, patch_documents, patches, sentence
from talos_gpu.talos.shell import nodes_of
from talos_gpu.talos.step import Step

__all__ = ["check", "render", "steps"]

_TEMPLATED = re.compile(r"\{\{|\$[\w{$]")
"""What talhelper would take for a Go template or an environment variable, in talconfig.yaml and in patches."""
_FRAGMENT = (
    "Copy these entries into `nodes:` of your talconfig.yaml, and the folder patches/ beside it. Merge an entry of the "
    "same host by hand: of two equal keys talhelper takes the last. NODE and NODE_ADDRESS stand for what the profile "
    "does not list."
)
_WHOLE = "The whole cluster. Secrets are not here: they are in talsecret.yaml, which `talhelper gensecret` makes."


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Texts that talhelper would template, images that would win over the schematic, and a tool that is too old."""
    return (*old_tool(plan), *(hazard for pool in plan.pools for hazard in _pool_hazards(plan, pool)))


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """talconfig.yaml where the plan is complete, else talconfig.nodes.yaml; and the patches that it names."""
    found = patches(plan, without=talhelper_steps.NATIVE)
    nodes = [(pool, _node(pool, node, found[pool.name])) for pool in plan.pools for node in nodes_of(pool)]
    documents = [item for pool in plan.pools for item in patch_documents(pool, found[pool.name], plan.layout_path)]
    return (*documents, _talconfig(plan, nodes))


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """The command genconfig posts the schematics and writes one config a node; gencommand prints what to run."""
    return talhelper_steps.steps(plan)


def _pool_hazards(plan: ClusterPlan, pool: PoolPlan) -> Iterator[Hazard]:
    for path, text in user_texts(plan, pool):
        if found := _TEMPLATED.search(text):
            message = f"found {found.group()!r}, which talhelper takes for a template or an environment variable"
            yield Hazard(path, message, "Write it without, or take another layout: topf or talosctl.")
    for index, patch in enumerate(pool.machine.user_patches):
        if sets_installer(patch.text):
            yield _image_hazard(("pools", pool.name, "patches", index))


def _image_hazard(path: KeyPath) -> Hazard:
    message = "found an installer image, which wins over the schematic: other extensions or another release would never arrive"
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
    explained: set[str] = set()
    for index, (pool, entry) in enumerate(nodes):
        if pool.name not in explained:
            comments |= dict(_comments((0, "nodes", index), pool, entry))
        explained.add(pool.name)
    return YamlDocument(f"{plan.layout_path}/{name}", ({**head, "nodes": entries},), comments)


def _comments(at: KeyPath, pool: PoolPlan, entry: dict[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """What is true of every node of the pool, said at the first."""
    identity = pool.schematic.id
    if isinstance(identity, Known):
        yield (*at, "schematic"), f"Its id: {identity.value}"
    if "kernelModules" in entry:
        yield (*at, "kernelModules"), f"{sentence(pool.machine.modules.reason)}."


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
