"""A cluster that is made anew with talosctl alone: secrets, one config a node, bootstrap."""

from __future__ import annotations

import json
from collections.abc import Iterator

import yaml

from talos_gpu.plan.decision import Known
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.talos.patch import PoolPatches, hostname_patch
from talos_gpu.talos.phases import registration
from talos_gpu.talos.shell import command, in_upgrade_order, named
from talos_gpu.talos.step import Phase, Step

__all__ = ["steps"]

_PHASE: Phase = "first-installation"
_INSECURE = "The machine waits in maintenance mode, booted from the media of its pool; it installs the pool's image."


def steps(plan: ClusterPlan, found: PoolPatches) -> tuple[Step, ...]:
    """Nothing where the profile lists no control plane: then it does not describe enough to make a cluster of."""
    first = next((node for pool in plan.pools if pool.role == "control-plane" for node in pool.nodes), None)
    return tuple(_steps(plan, first, found)) if first else ()


def _steps(plan: ClusterPlan, first: NodePlan, found: PoolPatches) -> Iterator[Step]:
    yield from registration(plan.pools, _PHASE)
    note = "Keep secrets.yaml, encrypted, and out of this folder's history: whoever has it owns the cluster."
    yield Step(_PHASE, "Make the cluster's secrets, once", "test -e secrets.yaml || talosctl gen secrets", note)
    client = [*_config(plan, first), "--output-types", "talosconfig", "--output", "talosconfig"]
    yield Step(_PHASE, "Write your access to the nodes", command(*client), "It holds a key, like the configs below.")
    yield Step(_PHASE, "Use it", 'export TALOSCONFIG="$PWD/talosconfig"')
    yield Step(_PHASE, "Tell it whom to ask", command("talosctl", "config", "endpoint", first.address))
    for pool, node in in_upgrade_order(plan.pools):
        line = command(*_config(plan, first), *_of_node(plan, pool, node, found))
        yield Step(_PHASE, f"Write the machine config of {named(pool, node)}", line)
        line = command("talosctl", "apply-config", "--insecure", "--nodes", node.address, "--file", f"{node.name}.yaml")
        yield Step(_PHASE, f"Apply it to {named(pool, node)}", line, _INSECURE)
    bootstrap = command("talosctl", "--nodes", first.address, "bootstrap")
    yield Step(
        _PHASE, "Bootstrap etcd, once in the cluster's life", bootstrap, "When the first control plane is installed."
    )
    yield Step(_PHASE, "Fetch your kubeconfig", command("talosctl", "--nodes", first.address, "kubeconfig"))


def _config(plan: ClusterPlan, first: NodePlan) -> list[str]:
    endpoint = plan.endpoint.value if isinstance(plan.endpoint, Known) else f"https://{_host(first.address)}:6443"
    words = ["talosctl", "gen", "config", plan.cluster, endpoint, "--with-secrets", "secrets.yaml"]
    words += ["--talos-version", plan.contract.value]
    if isinstance(plan.kubernetes, Known):
        words += ["--kubernetes-version", plan.kubernetes.value.removeprefix("v")]
    return words


def _host(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _of_node(plan: ClusterPlan, pool: PoolPlan, node: NodePlan, found: PoolPatches) -> list[str]:
    kind = "controlplane" if pool.role == "control-plane" else "worker"
    words = ["--install-image", pool.schematic.installer.value]
    if node.install_disk:
        words += ["--install-disk", node.install_disk]
    words += ["--config-patch", json.dumps(yaml.load(hostname_patch(plan, node).text, Loader=yaml.CSafeLoader))]
    for patch in found[pool.name]:
        if patch.for_node(node.name):
            words += ["--config-patch", f"@patches/{pool.name}/{patch.file_name()}"]
    return [*words, "--output-types", kind, "--output", f"{node.name}.yaml"]
