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
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.talos.hazard import Hazard
from talos_gpu.talos.hazards import is_json_patch, sets_installer
from talos_gpu.talos.layouts import topf_steps
from talos_gpu.talos.patch import Patch, hostname_patch, install_disk_patch, patch_documents, patches
from talos_gpu.talos.step import Step

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
    by_pool = patches(plan, without=_OWN_KEYS)
    for pool in plan.pools:
        found = by_pool[pool.name]
        if not pool.nodes:
            documents += patch_documents(pool, found, plan.layout_path)
        for node in pool.nodes:
            documents += _node_documents(plan, node, found)
    return (*documents, _topf(plan)) if plan.complete.value else tuple(documents)


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """`topf apply` brings configuration, `topf upgrade` brings images; neither does the other's work."""
    return topf_steps.steps(plan)


def _node_documents(plan: ClusterPlan, node: NodePlan, found: tuple[Patch, ...]) -> Iterator[TextDocument]:
    own = list(_identity(plan, node)) if plan.complete.value else []
    shared = [patch for patch in found if patch.for_node(node.name)]
    for patch in (*own, *shared):
        yield TextDocument(f"{plan.layout_path}/node/{node.name}/{patch.file_name(_MARK)}", patch.text)


def _identity(plan: ClusterPlan, node: NodePlan) -> Iterator[Patch]:
    """Name and disk of the node, which an existing repository has already."""
    yield hostname_patch(plan, node)
    if node.install_disk:
        yield install_disk_patch(plan, node.install_disk)


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
            message = "found an installer image, which wins over schematicId: other extensions or another release would never arrive"
            yield Hazard(path, message, "Remove it: the schematic of the pool decides the image.")
        if is_json_patch(patch.text):
            message = "found a JSON6902 patch; topf takes strategic merge patches alone"
            yield Hazard(path, message, "Write the fields that shall change, in their place.")
