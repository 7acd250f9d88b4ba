"""What an operator does with topf.yaml and its folders: look, apply, upgrade.

Commands as in postfinance/topf docs/commands/ (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from talos_gpu.catalog import tool
from talos_gpu.catalog.version import Version, minor_of
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.talos.patch import PoolPatches, patches
from talos_gpu.talos.phases import enter, others, parted
from talos_gpu.talos.shell import command, folder_of, in_upgrade_order, named
from talos_gpu.talos.step import Phase, Step

__all__ = ["steps"]

_FIRST: Phase = "first-installation"
_DRY_RUN = (
    "Posts new schematics to the Image Factory. It ends with 2 when it finds changes, with 0 when there are none. What the "
    "node has and this config lacks would go."
)


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """Files of our own are used in the user's own folder; a whole topf.yaml in the layout's."""
    found = patches(plan)
    return (
        *parted("exists", _existing(plan, found)),
        *parted("others", _others(plan, found)),
        *parted("new", _new(plan) if plan.complete.value else ()),
        *_here(plan, "configuration-change", found),
        _look(plan.pools, "configuration-change"),
        *_applications(plan.pools, "configuration-change", found),
        *_image_change(plan, plan.gpu_pools, "driver-change", found),
        *_image_change(plan, plan.pools, "talos-upgrade", found),
    )


def _existing(plan: ClusterPlan, found: PoolPatches) -> Iterator[Step]:
    yield from _here(plan, _FIRST, found)
    yield from _tool(plan)
    if plan.complete.value:
        note = (
            "Do not make one: without the cluster's own secrets the nodes would leave the cluster. Commit it only when it "
            "is encrypted."
        )
        yield Step(_FIRST, "Copy the cluster's secrets.yaml here", "cp YOUR_REPO/secrets.yaml .", note)
    yield _ids()
    yield _look(plan.gpu_pools, _FIRST)
    yield from _applications(plan.gpu_pools, _FIRST, found)
    yield from _upgrades(plan.gpu_pools, _FIRST)


def _others(plan: ClusterPlan, found: PoolPatches) -> Iterator[Step]:
    if pools := others(plan):
        yield _folder(plan, _FIRST)
        yield _look(pools, _FIRST)
        yield from _applications(pools, _FIRST, found)
        yield from _upgrades(pools, _FIRST)


def _new(plan: ClusterPlan) -> Iterator[Step]:
    """Machines wait in maintenance mode, booted from the media of their pool; what is applied installs its image."""
    yield enter(plan, _FIRST)
    yield from _tool(plan)
    yield _ids()
    yield Step(
        _FIRST,
        "Install all nodes and bootstrap etcd",
        "topf --submit-to-factory apply --auto-bootstrap",
        "The machines wait in maintenance mode, booted from the media of their pools. Where there is no secrets.yaml, topf "
        "asks whether to make one: yes, once. Encrypt it before it is committed.",
    )
    yield Step(_FIRST, "Write your access to the nodes", "topf talosconfig > talosconfig")
    yield Step(_FIRST, "Use it", 'export TALOSCONFIG="$PWD/talosconfig"')
    first = next(node for pool in plan.pools if pool.role == "control-plane" for node in pool.nodes)
    yield Step(_FIRST, "Fetch your kubeconfig", command("talosctl", "--nodes", first.address, "kubeconfig"))


def _here(plan: ClusterPlan, phase: Phase, found: PoolPatches) -> Iterator[Step]:
    """To the folder of topf.yaml, which is the user's own where only files of ours are rendered."""
    if not plan.complete.value:
        yield from _copies(plan, phase, found)
        for pool in plan.pools:
            names = ", ".join(node.name for node in pool.nodes) or f"each node of pool {pool.name}"
            title = f'In YOUR_REPO/topf.yaml give {names} the line schematicId: "@schematics/{pool.name}.yaml"'
            note = (
                "Only nodes that get a GPU need it, and others whose image changes. It replaces the schematicId of the cluster: extensions that the "
                "node has now must be in the pool too. Look in all/, worker/ and node/ for the same modules: lists append, "
                "and would hold them twice."
            )
            yield Step(phase, title, "", note)
    yield _folder(plan, phase)


def _copies(plan: ClusterPlan, phase: Phase, found: PoolPatches) -> Iterator[Step]:
    """Beside topf.yaml; what a pool without nodes has goes to each node's folder."""
    folder = folder_of(plan)
    note = "YOUR_REPO is the folder of your topf.yaml (node/ belongs into its patchesDir, where it names one)."
    if any(pool.nodes and found[pool.name] for pool in plan.pools):
        yield Step(phase, "Copy the patches of the nodes", command("cp", "-R", f"{folder}/node", "YOUR_REPO/"), note)
    for pool in plan.pools:
        if not pool.nodes and found[pool.name]:
            title = f"Copy the patches of pool {pool.name} for each of its nodes"
            source = command(f"{folder}/patches/{pool.name}")
            yield Step(phase, title, f"mkdir -p YOUR_REPO/node/NODE && cp {source}/*.yaml YOUR_REPO/node/NODE/", note)
    line = command("cp", "-R", f"{folder}/schematics", "YOUR_REPO/")
    yield Step(phase, "Copy the schematics beside topf.yaml", line, "Never into a folder of patches.")


def _folder(plan: ClusterPlan, phase: Phase) -> Step:
    if plan.complete.value:
        return enter(plan, phase)
    return Step(phase, "Go to the folder of your topf.yaml", "cd YOUR_REPO")


def _tool(plan: ClusterPlan) -> Iterator[Step]:
    """Kinds of a new config are refused by a topf that is built with older machinery."""
    if plan.dialect.value != "documents":
        return
    facts = tool(plan.layout.value)
    note = f"It must be built with Talos {facts.machinery} or newer ({facts.last_version} is): older ones refuse the kinds used."
    if Version.parse(plan.contract.value) > Version.parse(minor_of(facts.machinery)):
        note = (
            f"Unknown: no topf is known that is built with Talos {plan.contract.value} (the last known, {facts.last_version}, "
            f"is built with {facts.machinery}). Treat what follows as a preview, and look at `topf render` first."
        )
    yield Step(_FIRST, "See which Talos topf is built with", "topf --version", note)


def _ids() -> Step:
    return Step(
        _FIRST, "See the ids that topf computes", "topf schematic-ids", "Those of this runbook must be among them."
    )


def _look(pools: Iterable[PoolPlan], phase: Phase) -> Step:
    names = [node.name for _, node in in_upgrade_order(pools)]
    line = command("topf", "--submit-to-factory", "--nodes-filter", _only(*names), "apply", "--dry-run")
    return Step(phase, "See what would change", line, _DRY_RUN)


def _applications(pools: Iterable[PoolPlan], phase: Phase, found: PoolPatches) -> Iterator[Step]:
    """Staged where an upgrade follows and the node would reboot for the configuration alone."""
    for pool, node in in_upgrade_order(pools):
        staged = phase == _FIRST and any(patch.reboots for patch in found[pool.name])
        note = "It waits for the reboot of the upgrade; applied at once, the node would reboot now, without a drain."
        plain = "Extensions do not change by this."
        yield _apply(pool, node, phase, note if staged else plain, *(("--mode=staged",) if staged else ()))


def _apply(pool: PoolPlan, node: NodePlan, phase: Phase, note: str, *flags: str) -> Step:
    line = command("topf", "--nodes-filter", _only(node.name), "apply", *flags)
    return Step(phase, f"Apply the machine config of {named(pool, node)}", line, note, pool=pool.name, node=node.name)


def _upgrades(pools: Iterable[PoolPlan], phase: Phase) -> Iterator[Step]:
    for pool, node in in_upgrade_order(pools):
        line = command("topf", "--submit-to-factory", "--nodes-filter", _only(node.name), "upgrade")
        note = "The node reboots. Wait until it is Ready again before the next one."
        yield Step(phase, f"Upgrade {named(pool, node)} to its image", line, note, pool=pool.name, node=node.name)


def _image_change(plan: ClusterPlan, pools: tuple[PoolPlan, ...], phase: Phase, found: PoolPatches) -> Iterator[Step]:
    yield from _here(plan, phase, found)
    yield from _upgrades(pools, phase)
    for pool, node in in_upgrade_order(pools):
        note = "The upgrade leaves the machine config as it was: without this it would name the old image."
        yield _apply(pool, node, phase, note)


def _only(*names: str) -> str:
    """A filter that fits exactly these nodes; topf looks for it anywhere in the name."""
    escaped = [name.replace(".", "\\.") for name in dict.fromkeys(names)]
    return f"^{escaped[0]}$" if len(escaped) == 1 else f"^({'|'.join(escaped)})$"
