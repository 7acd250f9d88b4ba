"""What an operator does with a talconfig.yaml: generate, look, apply, upgrade.

Commands as in talhelper v3.1.16. `gencommand` prints talosctl commands, which a shell then runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Version, tool
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.talos.patch import PoolPatches, patches
from talos_gpu.talos.phases import enter, others, parted
from talos_gpu.talos.shell import command, folder_of, in_upgrade_order, named
from talos_gpu.talos.step import Phase, Step

__all__ = ["NATIVE", "steps"]

NATIVE = frozenset({"kernel-modules", "node-labels", "install-image"})
"""Topics that talconfig.yaml has keys for."""

_FIRST: Phase = "first-installation"
_OFFLINE = (
    "Posts each schematic to the Image Factory. Only with --offline-mode it does not, and the image is missing there: "
    "then post every file of schematics/ to {address} (`curl --fail -X POST --data-binary @FILE`)."
)
_YOUNGER = (
    '"{talos}" might not be compatible with this Talhelper version: so it remarks, for {tool}, its last release, lists '
    "Talos up to {known} and checks extension names against that. talos-gpu checked them against {talos}; any other "
    "remark is worth a look."
)
_DRY_RUN = (
    "What the node has and this config lacks would go: bring it in first, as `patches:` of the pool in the profile or in "
    "a talconfig.yaml of your own. The answer also says whether the node would reboot."
)


def steps(plan: ClusterPlan) -> tuple[Step, ...]:
    """Entries to paste are used in the user's own folder; a whole talconfig.yaml in the layout's."""
    found = patches(plan)
    copied = any(patches(plan, without=NATIVE).values())
    return (
        *parted("exists", _existing(plan, copied, found)),
        *parted("others", _others(plan, found)),
        *parted("new", _new(plan) if plan.complete.value else ()),
        *_here(plan, "configuration-change", copied),
        *_generation(plan, "configuration-change"),
        *_looks(plan.pools, "configuration-change"),
        *_applications(plan.pools, "configuration-change", found),
        *_image_change(plan, plan.gpu_pools, "driver-change", copied),
        *_image_change(plan, plan.pools, "talos-upgrade", copied),
    )


def _existing(plan: ClusterPlan, copied: bool, found: PoolPatches) -> Iterator[Step]:
    yield from _here(plan, _FIRST, copied)
    if plan.complete.value:
        note = (
            "Or talsecret.sops.yaml. Do not generate one: without the cluster's own, every run makes new secrets, and "
            "the nodes would leave the cluster. Commit it only when it is encrypted."
        )
        yield Step(_FIRST, "Copy the cluster's talsecret.yaml here", "cp YOUR_REPO/talsecret.yaml .", note)
    yield from _generation(plan, _FIRST)
    yield from _looks(plan.gpu_pools, _FIRST)
    yield from _applications(plan.gpu_pools, _FIRST, found)
    yield from _upgrades(plan.gpu_pools, _FIRST)


def _others(plan: ClusterPlan, found: PoolPatches) -> Iterator[Step]:
    if pools := others(plan):
        yield _folder(plan, _FIRST)
        yield from _looks(pools, _FIRST)
        yield from _applications(pools, _FIRST, found)
        yield from _upgrades(pools, _FIRST)


def _new(plan: ClusterPlan) -> Iterator[Step]:
    """Machines wait in maintenance mode, booted from the media of their pool; what is applied installs its image."""
    yield enter(plan, _FIRST)
    yield Step(
        _FIRST,
        "Make the cluster's secrets, once",
        "test -e talsecret.yaml || test -e talsecret.sops.yaml || talhelper gensecret > talsecret.yaml",
        "Without this file every run makes new secrets. Encrypt it before it is committed.",
    )
    yield from _generation(plan, _FIRST)
    export = 'export TALOSCONFIG="$PWD/clusterconfig/talosconfig"'
    yield Step(_FIRST, "Use the access to the nodes that it made", export)
    for pool, node in in_upgrade_order(plan.pools):
        line = _piped("apply", node, "--extra-flags", "--insecure")
        note = "The machine waits in maintenance mode, booted from the media of its pool; it installs the pool's image."
        yield Step(_FIRST, f"Apply the machine config of {named(pool, node)}", line, note)
    note = "When the first control plane is installed."
    yield Step(_FIRST, "Bootstrap etcd, once in the cluster's life", "talhelper gencommand bootstrap | bash", note)
    yield Step(_FIRST, "Fetch your kubeconfig", "talhelper gencommand kubeconfig | bash")


def _here(plan: ClusterPlan, phase: Phase, copied: bool) -> Iterator[Step]:
    """To the folder of talconfig.yaml, which is the user's own where only entries are rendered.

    `copied` says whether there are patches to copy beside it.
    """
    if not plan.complete.value:
        folder = folder_of(plan)
        if copied:
            line = command("cp", "-R", f"{folder}/patches", "YOUR_REPO/")
            note = "YOUR_REPO is the folder of your talconfig.yaml. Of two files of one name the copied one stays."
            yield Step(phase, "Copy the patches beside your talconfig.yaml", line, note)
        title = f"Merge the entries of {folder}/talconfig.nodes.yaml into nodes: of YOUR_REPO/talconfig.yaml"
        note = (
            "Only the nodes that get a GPU need it, and others whose image changes. Of two equal keys talhelper takes the "
            "last, so an entry of a host that is there already is merged by hand. Its extensions replace those of the node."
        )
        yield Step(phase, title, "", note)
    yield _folder(plan, phase)


def _folder(plan: ClusterPlan, phase: Phase) -> Step:
    if plan.complete.value:
        return enter(plan, phase)
    return Step(phase, "Go to the folder of your talconfig.yaml", "cd YOUR_REPO")


def _generation(plan: ClusterPlan, phase: Phase) -> Iterator[Step]:
    yield Step(phase, "Check talconfig.yaml", "talhelper validate talconfig talconfig.yaml", _remark(plan))
    host = plan.pools[0].schematic.installer.value.partition("/")[0]
    note = _OFFLINE.format(address=f"https://{host}/schematics")
    yield Step(phase, "Generate the machine configs", "talhelper genconfig", note)


def _remark(plan: ClusterPlan) -> str:
    """What talhelper says of a release that is younger than itself."""
    talos, facts = plan.talos.value, tool(plan.layout.value)
    if Version.parse(talos) <= Version.parse(facts.newest_release):
        return ""
    return _YOUNGER.format(talos=talos, tool=f"{facts.tool} {facts.last_version}", known=facts.newest_release)


def _looks(pools: tuple[PoolPlan, ...], phase: Phase) -> Iterator[Step]:
    for pool, node in in_upgrade_order(pools):
        line = _piped("apply", node, "--extra-flags", "--dry-run")
        yield Step(
            phase, f"See what would change on {named(pool, node)}", line, _DRY_RUN, pool=pool.name, node=node.name
        )


def _applications(pools: tuple[PoolPlan, ...], phase: Phase, found: PoolPatches) -> Iterator[Step]:
    """Staged where an upgrade follows and the node would reboot for the configuration alone."""
    for pool, node in in_upgrade_order(pools):
        staged = phase == _FIRST and any(patch.reboots for patch in found[pool.name])
        line = _piped("apply", node, *(("--extra-flags", "--mode=staged") if staged else ()))
        note = "It waits for the reboot of the upgrade; applied at once, the node would reboot now, without a drain."
        title = f"Apply the machine config of {named(pool, node)}"
        yield Step(phase, title, line, note if staged else "", pool=pool.name, node=node.name)


def _upgrades(pools: tuple[PoolPlan, ...], phase: Phase) -> Iterator[Step]:
    for pool, node in in_upgrade_order(pools):
        note = "The node reboots. Wait until it is Ready again before the next one."
        title = f"Upgrade {named(pool, node)} to its image"
        yield Step(phase, title, _piped("upgrade", node), note, pool=pool.name, node=node.name)


def _image_change(plan: ClusterPlan, pools: tuple[PoolPlan, ...], phase: Phase, copied: bool) -> Iterator[Step]:
    yield from _here(plan, phase, copied)
    yield from _generation(plan, phase)
    yield from _upgrades(pools, phase)
    for pool, node in in_upgrade_order(pools):
        note = "The upgrade leaves the machine config as it was: without this it would name the old image."
        title = f"Apply the machine config of {named(pool, node)}"
        yield Step(phase, title, _piped("apply", node), note, pool=pool.name, node=node.name)


def _piped(kind: str, node: NodePlan, *flags: str) -> str:
    return command("talhelper", "gencommand", kind, "--node", node.address, *flags) + " | bash"
