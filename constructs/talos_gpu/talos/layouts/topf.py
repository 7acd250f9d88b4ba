"""topf: topf.yaml and its patch folders, or files of our own that drop into an existing repository.

Read from postfinance/topf v0.5.0-rc.1 and newer files. Every file below node/<host>/ with `.yaml` anywhere in its
name is a patch, so nothing else lies there; schematics lie beside topf.yaml. Keys that topf does not know vanish.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from talos_gpu.catalog.version import minor_of
from talos_gpu.document import Document, KeyPath, TextDocument, YamlDocument
from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, Dialect, NodePlan, PoolPlan
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.hazards import is_json_patch, sets_installer
from talos_gpu.talos.patch import Patch, hostname_patch, install_disk_patch, patch_documents, patches
from talos_gpu.talos.shell import command, nodes_in_upgrade_order
from talos_gpu.talos.step import Phase, Step
from talos_gpu.talos.tool import tool

__all__ = ["check", "render", "steps"]

_MARK = "talos-gpu"
"""Keeps our file names apart from those of the repository that they drop into."""
_OWN_KEYS = frozenset({"install-image"})
"""Topics that topf tells itself: the image follows from schematicId, and a patch would win over it without a word."""
_WHOLE = "The whole cluster. Secrets are not here: they are in secrets.yaml beside this file."


def check(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Addresses that topf cannot parse, and user patches that it would refuse or that would hide the schematic."""
    return tuple(hazard for pool in plan.pools for hazard in (*_address_hazards(pool), *_patch_hazards(pool)))


def render(plan: ClusterPlan) -> tuple[Document, ...]:
    """One folder a node; a pool without nodes gets patches/<pool> to copy from; topf.yaml where the plan is complete."""
    documents: list[Document] = []
    for pool in plan.pools:
        found = patches(plan, pool, without=_OWN_KEYS)
        if not pool.nodes:
            documents += patch_documents(pool, found, plan.layout_path)
        for node in pool.nodes:
            documents += _node_documents(plan, node, found)
    return (*documents, _topf(plan)) if plan.complete.value else tuple(documents)


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """`topf apply` brings configuration, `topf upgrade` brings images; neither does the other's work."""
    return (
        *_preparation(plan),
        *_apply(plan, "first-installation"),
        *_upgrades(plan, "first-installation"),
        *_apply(plan, "configuration-change"),
        *_upgrades(plan, "driver-change"),
        *_upgrades(plan, "talos-upgrade"),
    )


def _node_documents(plan: ClusterPlan, node: NodePlan, found: tuple[Patch, ...]) -> Iterator[TextDocument]:
    own = list(_identity(plan, node)) if plan.complete.value else []
    shared = [patch for patch in found if patch.for_node(node.name)]
    for patch in (*own, *shared):
        yield TextDocument(f"{plan.layout_path}/node/{node.name}/{patch.file_name(_MARK)}", patch.text)


def _identity(plan: ClusterPlan, node: NodePlan) -> Iterator[Patch]:
    """Name and disk of the node, which an existing repository has already."""
    yield hostname_patch(_hostname_dialect(plan), node)
    if node.install_disk:
        yield install_disk_patch(plan, node.install_disk)


def _hostname_dialect(plan: ClusterPlan) -> Dialect:
    """Configs that hold several documents name a node by HostnameConfig, and refuse machine.network.hostname."""
    return "documents" if plan.multi_document else "v1alpha1"


def _topf(plan: ClusterPlan) -> YamlDocument:
    """topf.yaml. Its talosVersion is also the contract; where that is older, each node names its own release."""
    same = minor_of(plan.talos.value) == plan.contract.value
    content: dict[str, Any] = {
        "clusterName": plan.cluster,
        "clusterEndpoint": _known(plan.endpoint),
        "kubernetesVersion": _known(plan.kubernetes),
        "talosVersion": plan.talos.value if same else f"{plan.contract.value}.0",
        "nodes": [_node(plan, pool, node, same) for pool in plan.pools for node in pool.nodes],
    }
    comments: dict[KeyPath, str] = {(0,): _WHOLE}
    if not same:
        comments[(0, "talosVersion")] = "The release that generated the configs; the nodes name the one that they run."
    return YamlDocument(f"{plan.layout_path}/topf.yaml", (content,), comments)


def _node(plan: ClusterPlan, pool: PoolPlan, node: NodePlan, same_release: bool) -> dict[str, Any]:
    entry: dict[str, Any] = {"host": node.name, "ip": node.address, "role": pool.role}
    if not same_release:
        entry["talosVersion"] = plan.talos.value
    entry["schematicId"] = f"@schematics/{pool.name}.yaml"
    if pool.platform != "metal":
        entry["platform"] = pool.platform
    if pool.secure_boot:
        entry["secureboot"] = True
    return entry


def _known(decision: object) -> str:
    assert isinstance(decision, Known), "a complete plan knows endpoint and Kubernetes version"
    return str(decision.value)


def _address_hazards(pool: PoolPlan) -> Iterator[Hazard]:
    for node in pool.nodes:
        try:
            ip_address(node.address)
        except ValueError:
            path: KeyPath = ("pools", pool.name, "nodes", node.name, "address")
            yield Hazard(
                path, f"found {node.address}, but topf takes IP addresses alone", "Write the node's IP address."
            )


def _patch_hazards(pool: PoolPlan) -> Iterator[Hazard]:
    for index, patch in enumerate(pool.machine.user_patches):
        path: KeyPath = ("pools", pool.name, "patches", index)
        if sets_installer(patch.text):
            message = (
                "found an installer image, which would win over schematicId, and the extensions would never arrive"
            )
            yield Hazard(path, message, "Remove it: the schematic of the pool decides the image.")
        if is_json_patch(patch.text):
            message = "found a JSON6902 patch; topf takes strategic merge patches alone"
            yield Hazard(path, message, "Write the fields that shall change, in their place.")


def _preparation(plan: ClusterPlan) -> Iterator[Step]:
    phase: Phase = "first-installation"
    facts = tool(plan.layout.value)
    if plan.dialect.value == "documents":
        note = f"It must be built with Talos {facts.machinery} or newer ({facts.last_version} is): older ones refuse the kinds used."
        yield Step(phase, "See which Talos topf is built with", "topf --version", note)
    if not plan.complete.value:
        for pool in plan.pools:
            names = ", ".join(node.name for node in pool.nodes) or f"each node of pool {pool.name}"
            note = (
                "A node's schematicId replaces the cluster's: extensions that the nodes have now must be in the pool too. "
                "Look in all/, worker/ and node/ for the same modules: lists append, and would hold them twice."
            )
            title = f'In topf.yaml give {names} the line schematicId: "@schematics/{pool.name}.yaml"'
            yield Step(phase, title, "", note)
    yield Step(phase, "See the ids that topf computes", "topf schematic-ids", "They must be those of this runbook.")


def _apply(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    yield Step(
        phase,
        "See what would change",
        "topf --submit-to-factory apply --dry-run",
        "Posts new schematics to the Image Factory. Without a secrets.yaml topf asks whether to make one.",
    )
    for _, node in nodes_in_upgrade_order(plan):
        line = command("topf", "--nodes-filter", f"^{node.name}$", "apply")
        yield Step(phase, f"Apply the machine config of {node.name}", line, "Extensions do not change by this.")


def _upgrades(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    for _, node in nodes_in_upgrade_order(plan):
        line = command("topf", "--submit-to-factory", "--nodes-filter", f"^{node.name}$", "upgrade")
        note = "The node reboots. Wait until it is Ready again before the next one."
        yield Step(phase, f"Upgrade {node.name} to its image", line, note)
