"""Node after node: what the layout's tool does there, with the pods moved away where they must be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from talos_gpu import talos
from talos_gpu.plan.model import ClusterPlan, NodePlan, PoolPlan
from talos_gpu.review.impact.verdict import ClusterImpact, ScopeImpact, Verdict
from talos_gpu.review.rollout.plan import RolloutStep
from talos_gpu.talos.shell import command, in_upgrade_order

__all__ = ["node_steps", "reboots", "upgraded"]

_CONFIGURED: frozenset[Verdict] = frozenset({"live", "restart-kubelet-or-cri", "reboot", "drain", "unknown"})
"""Verdicts of a pool that a changed machine configuration may have."""
_READY = "Go on when the node is Ready and `talosctl health` is content."
_EMPTIED = "Pods that no controller would make again stop it: move them by hand, or add --force and lose them."


def upgraded(plan: ClusterPlan, impact: ClusterImpact) -> tuple[PoolPlan, ...]:
    """The pools whose nodes get another image."""
    return _with(plan, impact, frozenset({"node-upgrade"}))


def node_steps(before: ClusterPlan | None, after: ClusterPlan, impact: ClusterImpact) -> Iterator[RolloutStep]:
    """What is done once for all nodes first, then each node."""
    images, configured = upgraded(after, impact), _with(after, impact, _CONFIGURED)
    moves = _moves(before, after)
    config = _of_phase(after, configured, "configuration-change")
    boots = _of_phase(after, images, "talos-upgrade" if moves or _plain(images) else "driver-change")
    # A newer release reads an older config; an older one may not read, or no longer suit, what the newer one is told.
    steps = _once([*boots, *config]) if moves else [*config, *boots]
    seen: set[tuple[str, str]] = set()
    for step in steps:
        if not step.node and (step.title, step.command) not in seen:
            seen.add((step.title, step.command))
            yield RolloutStep("node", step.title, step.command, step.note)
    for pool, node in in_upgrade_order(_touched(after, images, configured)):
        own = [step for step in steps if (step.pool, step.node) == (pool.name, node.name)]
        yield from _on_node(pool, node, own, impact, config_last=moves)
    if any(step.command.startswith("cd ") for step in steps):
        yield RolloutStep("node", "Go back to the repository's root", "cd -")


def reboots(before: ClusterPlan | None, after: ClusterPlan, impact: ClusterImpact, hops: int) -> int | None:
    """How often nodes reboot, all together: None where a pool that does lists no nodes."""
    pools = _with(after, impact, frozenset({"node-upgrade", "reboot"}))
    if any(not pool.nodes for pool in pools):
        return None
    images, waiting = upgraded(after, impact), _with(after, impact, frozenset({"reboot"}))
    late = waiting if _moves(before, after) else ()
    return sum(len(pool.nodes) * (hops + (pool in late) if pool in images else 1) for pool in pools)


def _moves(before: ClusterPlan | None, after: ClusterPlan) -> bool:
    """Whether nodes get another release of Talos."""
    return before is None or before.talos.value != after.talos.value


def _once(steps: Sequence[talos.Step]) -> list[talos.Step]:
    """Of a command that is given to a node twice the later: the earlier would leave nothing for a look before it."""
    last = {(step.node, step.command): place for place, step in enumerate(steps)}
    return [step for place, step in enumerate(steps) if not step.node or last[step.node, step.command] == place]


def _plain(pools: Sequence[PoolPlan]) -> bool:
    """Whether a pool without GPU is among them: the layouts know of such in an upgrade of Talos alone."""
    return any(pool.gpu is None for pool in pools)


def _with(plan: ClusterPlan, impact: ClusterImpact, verdicts: frozenset[Verdict]) -> tuple[PoolPlan, ...]:
    scopes = {scope.name: scope for scope in impact.pools}
    return tuple(
        pool
        for pool in plan.pools
        if pool.name in scopes and any(cause.verdict in verdicts for cause in scopes[pool.name].causes)
    )


def _touched(plan: ClusterPlan, *groups: Sequence[PoolPlan]) -> tuple[PoolPlan, ...]:
    names = {pool.name for group in groups for pool in group}
    return tuple(pool for pool in plan.pools if pool.name in names)


def _of_phase(plan: ClusterPlan, pools: tuple[PoolPlan, ...], phase: talos.Phase) -> list[talos.Step]:
    """The layout's steps, without those of other pools; pools that share a schematic share its registration."""
    texts = {pool.schematic.text for pool in pools}
    alike = {pool.name for pool in plan.pools if pool.schematic.text in texts}
    names = {pool.name for pool in pools}
    return [
        step
        for step in (talos.steps(plan) if pools else ())
        if step.phase == phase and (not step.pool or step.pool in (names if step.node else alike))
    ]


def _on_node(
    pool: PoolPlan, node: NodePlan, steps: Sequence[talos.Step], impact: ClusterImpact, *, config_last: bool
) -> Iterator[RolloutStep]:
    scope = next(scope for scope in impact.pools if scope.name == pool.name)
    verdicts = {cause.verdict for cause in scope.causes}
    image, emptied = "node-upgrade" in verdicts, bool(verdicts & {"drain", "reboot"}) and "node-upgrade" not in verdicts
    if emptied:
        yield RolloutStep("node", f"Empty {node.name}", _drain(node), _EMPTIED, node.name, back=_uncordon(node))
    back = command("talosctl", "--nodes", node.address, "rollback") if image else ""
    for step in steps:
        undone = back if step.command.find(" upgrade") >= 0 else ""
        yield RolloutStep("node", step.title, step.command, step.note, node.name, back=undone)
    if _waits(scope) and (config_last or not image):
        line = command("talosctl", "--nodes", node.address, "reboot")
        note = "What changed counts after a reboot; where applying it has rebooted the node already, leave this out."
        yield RolloutStep("node", f"Reboot {node.name}", line, note, node.name)
    if emptied:
        yield RolloutStep("node", f"Let pods onto {node.name} again", _uncordon(node), _READY, node.name)
    elif image:
        line = command("kubectl", "wait", "--for=condition=Ready", f"node/{node.name}", "--timeout=15m")
        yield RolloutStep("node", f"Wait for {node.name}", line, _READY, node.name)


def _waits(scope: ScopeImpact) -> bool:
    return any(cause.verdict == "reboot" for cause in scope.causes)


def _drain(node: NodePlan) -> str:
    return command("kubectl", "drain", node.name, "--ignore-daemonsets", "--delete-emptydir-data")


def _uncordon(node: NodePlan) -> str:
    return command("kubectl", "uncordon", node.name)
