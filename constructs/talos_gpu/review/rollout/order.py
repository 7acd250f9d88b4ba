"""The rollout of one cluster: before, node after node, after."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.catalog import Catalogue
from talos_gpu.plan.decision import Decision, Known
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.review.impact.verdict import ClusterImpact
from talos_gpu.review.rollout import engine
from talos_gpu.review.rollout.nodes import node_steps, reboots, upgraded
from talos_gpu.review.rollout.path import Passage, passage
from talos_gpu.review.rollout.plan import Expected, Rollout, RolloutStep
from talos_gpu.review.rollout.rows import row_steps
from talos_gpu.runbook.procedure import late_taints
from talos_gpu.talos.shell import command, local_folder, nodes_of

__all__ = ["rollout"]

_NODES = frozenset({"reboot", "node-upgrade", "drain"})
_RENAMED = "cluster-renamed"
_SAME_NODES = "its nodes are those of another cluster that goes or comes with this change, so no step is safe"
_CONTROL_PLANE = "CONTROL_PLANE"


def rollout(
    impact: ClusterImpact, before: ClusterPlan | None, after: ClusterPlan | None, catalogue: Catalogue
) -> Rollout:
    """How the change that `impact` is about reaches the cluster. A plan is None where there is none to be had."""
    way = _way(before, after, catalogue)
    if any(cause.rule == _RENAMED for cause in impact.causes):
        step = RolloutStep("before", "Find out whether they are the same machines, and reset none of them")
        return Rollout(impact.name, (step,), (), way.releases, None, (_SAME_NODES,))
    if after is None:
        return _without_plan(impact, before, way)
    if before is None and impact.status == "added":
        first = f"{local_folder(after)}/README.md, First installation"
        steps: tuple[RolloutStep, ...] = (RolloutStep("node", f"Follow {first}"),)
        return Rollout(impact.name, steps, _expected(after), way.releases, None)
    hops, blocked = max(1, len(way.releases) - 1), tuple(_blocked(way))
    # Commands that must not be run are not printed: somebody would copy them.
    made = () if blocked else tuple(_steps(impact, before, after))
    return Rollout(impact.name, made, _expected(after), way.releases, reboots(before, after, impact, hops), blocked)


def _way(before: ClusterPlan | None, after: ClusterPlan | None, catalogue: Catalogue) -> Passage:
    if before is None or after is None:
        known = before or after
        return Passage((known.talos.value,) if known else ())
    return passage(before.talos.value, after.talos.value, catalogue)


def _without_plan(impact: ClusterImpact, before: ClusterPlan | None, way: Passage) -> Rollout:
    """Of a cluster that is gone, or whose profile is refused now."""
    if impact.status == "removed" and before is not None:
        title = f"Follow the section Removing it of {local_folder(before)}/README.md as it was before this change"
        return Rollout(impact.name, (RolloutStep("before", title),), (), way.releases, None)
    why = ("no plan of the new state can be made, so no step is known",) if impact.status != "removed" else ()
    return Rollout(impact.name, (), (), way.releases, None, why)


def _blocked(way: Passage) -> Iterator[str]:
    if way.unknown:
        yield way.unknown
    if way.backwards:
        yield f"Talos does not go back from {way.releases[0]} to {way.releases[-1]}: a newer minor may have changed what an older one cannot read"
    if way.stops:
        own = "changes of their own" if len(way.stops) > 1 else "a change of its own"
        yield f"Talos is upgraded one minor at a time: make {', then '.join(way.stops)} {own}, before {way.releases[-1]}"


def _steps(impact: ClusterImpact, before: ClusterPlan | None, after: ClusterPlan) -> Iterator[RolloutStep]:
    if not impact.causes or impact.verdict == "none":
        return
    held = _holds(impact, before, after)
    yield _healthy(after)
    if held and before is not None:
        yield from engine.hold(before, nodes_change=_touched(impact))
    if before is not None:
        images = upgraded(before, after, impact)
        control = any(pool.role == "control-plane" for pool in images)
        yield from row_steps("before", before, after, control_planes=control)
    yield from _keeping(impact)
    yield RolloutStep("before", "Merge the change, and bring it into your clone", "git pull --ff-only")
    yield from node_steps(before, after, impact)
    yield from _new_and_gone(before, after)
    if impact.kubernetes.verdict != "none":
        yield from _kubernetes(impact, before, after, held)
    yield from _late_taints(before, after)
    if before is not None:
        yield from row_steps("after", before, after, control_planes=False)
    yield _proof(after)


def _keeping(impact: ClusterImpact) -> Iterator[RolloutStep]:
    """What would be lost is looked at while it is still there."""
    for cause in impact.causes:
        if cause.verdict == "data-loss":
            yield RolloutStep("before", f"Keep what would be lost with {cause.subject}", note=cause.do)


def _holds(impact: ClusterImpact, before: ClusterPlan | None, after: ClusterPlan) -> bool:
    """Whether the engine must wait: for the nodes, or until the stack that is replaced is gone."""
    waits = _touched(impact) or (before is not None and before.stack.kind.value not in ("none", after.stack.kind.value))
    return before is not None and waits and impact.kubernetes.verdict != "none"


def _touched(impact: ClusterImpact) -> bool:
    return any(scope.verdict in _NODES for scope in impact.pools)


def _healthy(plan: ClusterPlan) -> RolloutStep:
    line = command("talosctl", "health", "--nodes", _control_plane(plan))
    return RolloutStep("before", "See that the cluster is well", line, "It ends with every check `OK`.")


def _control_plane(plan: ClusterPlan) -> str:
    listed = [node.address for pool in plan.pools if pool.role == "control-plane" for node in pool.nodes]
    return listed[0] if listed else _CONTROL_PLANE


def _kubernetes(
    impact: ClusterImpact, before: ClusterPlan | None, after: ClusterPlan, held: bool
) -> Iterator[RolloutStep]:
    """The Kubernetes side; GPU nodes are emptied around what no GPU client may see."""
    nodes = [node for pool in after.gpu_pools for node in nodes_of(pool)] if _empties(impact) else []
    for node in nodes:
        line = command("kubectl", "drain", node.name, "--ignore-daemonsets", "--delete-emptydir-data")
        yield RolloutStep("after", f"Empty {node.name}", line, "No GPU client may run while the layout changes.")
    yield from engine.apply(after, held=held)
    for node in nodes:
        yield RolloutStep("after", f"Let pods onto {node.name} again", command("kubectl", "uncordon", node.name))


def _empties(impact: ClusterImpact) -> bool:
    return any(cause.verdict == "drain" for cause in impact.kubernetes.causes)


def _new_and_gone(before: ClusterPlan | None, after: ClusterPlan) -> Iterator[RolloutStep]:
    old = {node.name: node for pool in (before.pools if before else ()) for node in pool.nodes}
    new = {node.name: node for pool in after.pools for node in pool.nodes}
    for name in new:
        if old and name not in old:
            note = f"Boot it from the media of its pool, and apply its machine config: {local_folder(after)}/README.md."
            yield RolloutStep("node", f"Bring {name} into the cluster", note=note, node=name)
    for name, node in old.items():
        if name not in new:
            note = "It is no longer described, and goes on running as it was until this is done."
            drain = command("kubectl", "drain", name, "--ignore-daemonsets", "--delete-emptydir-data")
            yield RolloutStep("node", f"Empty {name}", drain, note, name)
            reset = command("talosctl", "--nodes", node.address, "reset", "--graceful", "--reboot")
            yield RolloutStep("node", f"Take {name} out", reset, "Its disk is wiped.", name)
            yield RolloutStep("node", f"Forget {name}", command("kubectl", "delete", "node", name), node=name)


def _late_taints(before: ClusterPlan | None, after: ClusterPlan) -> Iterator[RolloutStep]:
    """Taints that a registered node takes, or loses, by hand only."""
    if before is None:
        return
    old, new = late_taints(before), late_taints(after)
    known = {node.name for pool in before.pools for node in nodes_of(pool)}
    for node, taint in new:
        if (node, taint) not in old and node in known:
            line = command("kubectl", "taint", "nodes", node, taint, "--overwrite")
            note = "A worker takes its taints when it registers; this one has."
            yield RolloutStep(
                "after", f"Taint {node}", line, note, back=command("kubectl", "taint", "nodes", node, f"{taint}-")
            )
    keys = {(node, _key(taint)) for node, taint in new}
    staying = {node.name for pool in after.pools for node in nodes_of(pool)}
    for node, taint in old:
        if (node, _key(taint)) not in keys and node in staying:
            line = command("kubectl", "taint", "nodes", node, f"{_key(taint)}-")
            yield RolloutStep("after", f"Take the taint off {node}", line, "Registered nodes keep their taints.")


def _key(taint: str) -> str:
    """`key=value:Effect` as kubectl removes it: key and effect."""
    name, _, effect = taint.rpartition(":")
    return f"{name.partition('=')[0]}:{effect}"


def _proof(plan: ClusterPlan) -> RolloutStep:
    title = f"Prove it: every command under Verification in {local_folder(plan)}/README.md"
    return RolloutStep("after", title)


def _expected(plan: ClusterPlan) -> tuple[Expected, ...]:
    return tuple(_expected_of(plan, pool) for pool in plan.pools)


def _expected_of(plan: ClusterPlan, pool: PoolPlan) -> Expected:
    missing: list[str] = []

    def text(what: str, decision: Decision[str]) -> str:
        if isinstance(decision, Known):
            return decision.value
        missing.append(f"{what}: {decision.why}")
        return ""

    kernel = text("kernel", plan.kernel)
    if pool.gpu is None:
        return Expected(pool.name, kernel, "", "", "", "; ".join(missing))
    driver, cuda = text("driver", pool.gpu.driver), text("CUDA", pool.gpu.cuda)
    toolkit = text("toolkit", plan.toolkit)
    return Expected(pool.name, kernel, driver, cuda, toolkit, "; ".join(missing))
