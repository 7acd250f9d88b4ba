"""Node after node: what the layout's tool does there, with the pods moved away where they must be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from talos_gpu import talos
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.review.impact.event import About
from talos_gpu.review.impact.rule import about
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, Verdict
from talos_gpu.review.rollout.plan import RolloutStep
from talos_gpu.talos.shell import command, in_upgrade_order, nodes_of

__all__ = ["node_steps", "reboots", "upgraded"]

_CONFIGURED: frozenset[Verdict] = frozenset({"live", "restart-kubelet-or-cri", "reboot", "drain", "unknown"})
"""Verdicts of a pool that a changed machine configuration may have, whatever row says so."""
_STATE = ("kubectl", "get", "node")
_MIG = r"jsonpath={.metadata.labels.nvidia\.com/mig\.config\.state}"
_CUT = "Go on when it prints `success`; just after the layout changed it may still print the state before. Not with `failed`."
_BY_HAND = "Nothing here does it: partition them with `nvidia-smi mig` in a privileged pod on the node, and look at `nvidia-smi -L`."
_CONFIGURATION: frozenset[About | None] = frozenset({"machine", "document"})
_STAYS = (
    "A patch adds and changes, and takes nothing away: what the files have no more stays on the node until it is taken "
    "out by hand."
)
_READY = "Go on when the node is Ready and `talosctl health` is content."
_EMPTIED = "Pods that no controller would make again stop it: move them by hand, or add --force and lose them."


def upgraded(before: ClusterPlan | None, plan: ClusterPlan, impact: ClusterImpact) -> tuple[PoolPlan, ...]:
    """The pools of which nodes get another image, each with those nodes alone."""
    return _with(before, plan, impact, lambda cause: cause.verdict == "node-upgrade")


def node_steps(before: ClusterPlan | None, after: ClusterPlan, impact: ClusterImpact) -> Iterator[RolloutStep]:
    """What is done once for all nodes first, then each node."""
    images = upgraded(before, after, impact)
    configured = _with(before, after, impact, _configures, _moved(before, after))
    newer = _other_release(before, after)
    config = _of_phase(after, configured, "configuration-change")
    boots = _of_phase(after, images, "talos-upgrade" if newer or _plain(images) else "driver-change")
    # A newer release reads an older config; an older one may not read, or no longer suit, what the newer one is told.
    steps = _once([*boots, *config]) if newer else [*config, *boots]
    seen: set[tuple[str, str]] = set()
    for step in steps:
        if not step.node and (step.title, step.command) not in seen:
            seen.add((step.title, step.command))
            yield RolloutStep("node", step.title, step.command, step.note)
    touched = {(pool.name, node.name) for pool in (*images, *configured) for node in nodes_of(pool)}
    for pool, node in in_upgrade_order(after.pools):
        if (pool.name, node.name) in touched:
            own = [step for step in steps if (step.pool, step.node) == (pool.name, node.name)]
            own.extend(_leftovers(after, node, _of_node(pool, node, impact)))
            own.extend(_cut(before, after, pool, node))
            yield from _on_node(node, own, _of_node(pool, node, impact), config_last=newer)
    if any(step.command.startswith("cd ") for step in steps):
        yield RolloutStep("node", "Go back to the repository's root", "cd -")


def reboots(before: ClusterPlan | None, after: ClusterPlan, impact: ClusterImpact, hops: int) -> int | None:
    """How often nodes reboot, all together: None where a pool that does lists no nodes."""
    images = upgraded(before, after, impact)
    booted = _with(before, after, impact, lambda cause: cause.verdict == "reboot")
    if any(not pool.nodes for pool in (*images, *booted)):
        return None
    often, once = ({node.name for pool in pools for node in pool.nodes} for pools in (images, booted))
    late = once & often if _other_release(before, after) else set()
    return len(often) * hops + len(once - often) + len(late)


def _configures(cause: Cause) -> bool:
    """Whether the machine configuration must be brought to the nodes: a changed mirror is no matter of reboots."""
    return cause.verdict in _CONFIGURED or (cause.verdict != "none" and about(cause.rule) in _CONFIGURATION)


def _other_release(before: ClusterPlan | None, after: ClusterPlan) -> bool:
    """Whether nodes get another release of Talos."""
    return before is None or before.talos.value != after.talos.value


def _once(steps: Sequence[talos.Step]) -> list[talos.Step]:
    """Of a command that is given to a node twice the later: the earlier would leave nothing for a look before it."""
    last = {(step.node, step.command): place for place, step in enumerate(steps)}
    return [step for place, step in enumerate(steps) if not step.node or last[step.node, step.command] == place]


def _plain(pools: Sequence[PoolPlan]) -> bool:
    """Whether a pool without GPU is among them: the layouts know of such in an upgrade of Talos alone."""
    return any(pool.gpu is None for pool in pools)


def _with(
    before: ClusterPlan | None,
    plan: ClusterPlan,
    impact: ClusterImpact,
    concerns: Callable[[Cause], bool],
    others: frozenset[str] = frozenset(),
) -> tuple[PoolPlan, ...]:
    """The pools with nodes that such a cause concerns, and `others`, each with those nodes alone.

    What a node that joins is told it is told when it is installed.
    """
    found = []
    for pool in plan.pools:
        known = _known(before, pool)
        nodes = [
            node
            for node in nodes_of(pool)
            if node.name in others or (node.name in known and any(map(concerns, _of_node(pool, node, impact))))
        ]
        if nodes:
            found.append(replace(pool, nodes=tuple(nodes) if pool.nodes else ()))
    return tuple(found)


def _known(before: ClusterPlan | None, pool: PoolPlan) -> frozenset[str]:
    """The names of the nodes that are there already; all of the pool's where none was or is listed."""
    listed = frozenset(node.name for one in (before.pools if before else ()) for node in one.nodes)
    return listed if listed and pool.nodes else frozenset(node.name for node in nodes_of(pool))


def _moved(before: ClusterPlan | None, after: ClusterPlan) -> frozenset[str]:
    """Nodes that are in another pool now: whatever its configuration is, they do not have it."""
    homes = {node.name: pool.name for pool in (before.pools if before else ()) for node in pool.nodes}
    return frozenset(
        node.name for pool in after.pools for node in pool.nodes if homes.get(node.name, pool.name) != pool.name
    )


def _of_node(pool: PoolPlan, node: NodePlan, impact: ClusterImpact) -> tuple[Cause, ...]:
    """The causes of the pool that concern this node; one that names no nodes concerns all."""
    return tuple(
        cause
        for scope in impact.pools
        if scope.name == pool.name
        for cause in scope.causes
        if not cause.nodes or node.name in cause.nodes or not pool.nodes
    )


def _of_phase(plan: ClusterPlan, pools: tuple[PoolPlan, ...], phase: talos.Phase) -> list[talos.Step]:
    """The layout's steps for these nodes; pools that share a schematic share its registration."""
    texts = {pool.schematic.text for pool in pools}
    alike = {pool.name for pool in plan.pools if pool.schematic.text in texts}
    nodes = {(pool.name, node.name) for pool in pools for node in nodes_of(pool)}
    return [
        step
        for step in (talos.steps(plan) if pools else ())
        if step.phase == phase
        and (not step.pool or ((step.pool, step.node) in nodes if step.node else step.pool in alike))
    ]


def _on_node(
    node: NodePlan, steps: Sequence[talos.Step], causes: Sequence[Cause], *, config_last: bool
) -> Iterator[RolloutStep]:
    verdicts = {cause.verdict for cause in causes}
    image, emptied = "node-upgrade" in verdicts, bool(verdicts & {"drain", "reboot"}) and "node-upgrade" not in verdicts
    if emptied:
        yield RolloutStep("node", f"Empty {node.name}", _drain(node), _EMPTIED, node.name, back=_uncordon(node))
    back = command("talosctl", "--nodes", node.address, "rollback") if image else ""
    for step in steps:
        undone = back if step.command.find(" upgrade") >= 0 else ""
        yield RolloutStep("node", step.title, step.command, step.note, node.name, back=undone)
    if "reboot" in verdicts and (config_last or not image):
        line = command("talosctl", "--nodes", node.address, "reboot")
        note = "What changed counts after a reboot; where applying it has rebooted the node already, leave this out."
        yield RolloutStep("node", f"Reboot {node.name}", line, note, node.name)
    if emptied:
        yield RolloutStep("node", f"Let pods onto {node.name} again", _uncordon(node), _READY, node.name)
    elif image:
        line = command("kubectl", "wait", "--for=condition=Ready", f"node/{node.name}", "--timeout=15m")
        yield RolloutStep("node", f"Wait for {node.name}", line, _READY, node.name)


def _leftovers(plan: ClusterPlan, node: NodePlan, causes: Sequence[Cause]) -> Iterator[talos.Step]:
    """What a patch cannot take away; the other layouts bring a whole config."""
    gone = [
        place
        for cause in causes
        if cause.verdict != "none" and about(cause.rule) in _CONFIGURATION
        for place in cause.gone
    ]
    if plan.layout.value == "talosctl" and gone:
        title = f"Take out of the machine config of {node.name}: {', '.join(dict.fromkeys(gone))}"
        yield talos.Step(
            "configuration-change", title, command("talosctl", "--nodes", node.address, "edit", "mc"), _STAYS
        )


def _cut(before: ClusterPlan | None, after: ClusterPlan, pool: PoolPlan, node: NodePlan) -> Iterator[talos.Step]:
    """Another MIG layout: no pod may come back before the GPUs have it."""
    layouts = {one.name: one.gpu.mig_profile for one in (before.pools if before else ()) if one.gpu}
    if pool.gpu is None or layouts.get(pool.name, pool.gpu.mig_profile) == pool.gpu.mig_profile:
        return
    if after.stack.kind.value == "gpu-operator" and pool.gpu.mig_profile:
        title, line = f"Wait until the GPUs of {node.name} are cut", command(*_STATE, node.name, "-o", _MIG)
        yield talos.Step("configuration-change", title, line, _CUT)
    else:
        wanted = f"into {pool.gpu.mig_profile}" if pool.gpu.mig_profile else "into none: switch MIG off"
        yield talos.Step("configuration-change", f"Cut the GPUs of {node.name} {wanted}", "", _BY_HAND)


def _drain(node: NodePlan) -> str:
    return command("kubectl", "drain", node.name, "--ignore-daemonsets", "--delete-emptydir-data")


def _uncordon(node: NodePlan) -> str:
    return command("kubectl", "uncordon", node.name)
