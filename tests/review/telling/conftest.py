"""Reviews to be told: one of small rendered profiles, one of a fleet, one that somebody made to harm its readers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from talos_gpu.catalog import load_catalogue
from talos_gpu.finding import Finding, Position
from talos_gpu.plan import plan_cluster
from talos_gpu.profile import parse_profile
from talos_gpu.review.difference.schematics import Schematics
from talos_gpu.review.impact.verdict import Cause, ClusterImpact, ScopeImpact, Verdict
from talos_gpu.review.rendered import rendered_tree
from talos_gpu.review.review import Review
from talos_gpu.review.rollout import Rollout, rollout
from talos_gpu.review.rollout.plan import Expected, RolloutStep
from talos_gpu.review.states import ClusterChange, Difference, State, difference
from talos_gpu.review.tree import MemoryTree

PROFILE = """\
cluster: homelab
talos: v1.13.11
endpoint: https://192.0.2.10:6443
layout: talosctl
stack: gpu-operator
delivery: flux
pools:
  cp: {role: control-plane, nodes: {cp-1: {address: 192.0.2.11, installDisk: /dev/sda}}}
  gpu:
    gpu: {model: RTX 4090}
    nodes: {gpu-1: {address: 192.0.2.21, installDisk: /dev/sda}, gpu-2: {address: 192.0.2.22, installDisk: /dev/sda}}
"""
CHANGED = PROFILE.replace("{model: RTX 4090}", "{model: RTX 4090}\n    driver: {track: production}")
HOSTILE = (
    "a|b `c` ```` ~~~ <img src=x onerror=alert(1)> <!-- </details></summary> @everyone #1 GH-1 org/repo#2 "
    "[x](https://example.org) ![x](https://example.org/x.png) https://github.com/a/b/issues/1 www.example.org "
    "$x$ \\| | ::error file=x::y ##[add-mask]z %0A \x1b[31m\u202e\u200b\x00\udc80\n\n# title\n- item\n\n| a | b |\n"
)


def tree_of(name: str, profile: str) -> MemoryTree:
    """What a profile is rendered to, with the profile."""
    return rendered_tree(MemoryTree(name, {"profiles/homelab.yaml": profile.encode()}), "dist")


def compared(before: str, after: str) -> Difference:
    """The difference of two profiles, rendered."""
    states = (State.of(tree_of(name, text), "dist") for name, text in (("main", before), ("work tree", after)))
    return difference(*states)


def cause(verdict: Verdict, **fields: object) -> Cause:
    """A cause whose other words do not matter."""
    found = Cause(
        verdict, "Schematic gpu", "customization.systemExtensions", "changed", "lts", "production",
        Position("dist/homelab/talos/schematics/gpu.yaml", 5, 9), "IMG001", "Extensions are part of the image.",
        "https://docs.siderolabs.com/talos", lines=(Position("profiles/homelab.yaml", 11, 22),),
    )  # fmt: skip
    return replace(found, **fields)  # type: ignore[arg-type]


def impact(name: str, *verdicts: Verdict, status: str = "changed", nodes: int = 2) -> ClusterImpact:
    """A cluster with one pool; each verdict has a cause there."""
    every = tuple(cause(verdict, subject=f"Thing {number}") for number, verdict in enumerate(verdicts))
    pool = ScopeImpact("gpu", tuple(f"gpu-{number}" for number in range(1, nodes + 1)), every)
    return ClusterImpact(name, status, ("v1.13.11", "v1.13.11"), (pool,), ScopeImpact("", (), ()))  # type: ignore[arg-type]


def nothing() -> Difference:
    """Two empty states."""
    states = (State(MemoryTree(name, {}), "dist", {}, frozenset()) for name in ("main", "work tree"))
    return Difference(*states, (), (), ())


def fleet(number: int, *verdicts: Verdict) -> Review:
    """As many clusters as asked for, all with these verdicts and a rollout of some length."""
    steps = tuple(RolloutStep("node", f"Upgrade gpu-{node}", f"talosctl upgrade {node}", node="n") for node in range(5))
    names = [f"cluster-{index:04}" for index in range(number)]
    clusters = tuple(ClusterChange(name, "changed", (), None, None) for name in names)
    return Review(
        replace(nothing(), clusters=clusters, unchanged=3),
        tuple(impact(name, *verdicts) for name in names),
        tuple(Rollout(name, steps, (), ("v1.13.11",), 2) for name in names),
    )


@pytest.fixture(scope="session")
def small() -> Review:
    """One line of a profile: another driver track."""
    found = compared(PROFILE, CHANGED)
    schematic = cause("node-upgrade")
    values = cause("restart-pods", subject="HelmRelease gpu-operator", path="spec.values", place=Position("dist/homelab/kubernetes/gpu-operator/values.yaml", 3, 1), lines=())  # fmt: skip
    pools = (ScopeImpact("cp", ("cp-1",), ()), ScopeImpact("gpu", ("gpu-1", "gpu-2"), (schematic,)))
    one = ClusterImpact("homelab", "changed", ("v1.13.11", "v1.13.11"), pools, ScopeImpact("", (), (values,)))
    catalogue = load_catalogue()
    before, after = (plan_cluster(parse_profile(text.encode(), "profiles/homelab.yaml"), catalogue) for text in (PROFILE, CHANGED))  # fmt: skip
    (cluster,) = found.clusters
    assert cluster.after
    finding = Finding(Position("profiles/homelab.yaml", 11, 22), "pools.gpu.driver.track", "found production", "Write lts.", "a", "DRV001", "warning")  # fmt: skip
    return Review(found, (one,), (rollout(one, before, after, catalogue),), {"homelab": cluster.after.row}, (finding,))


@pytest.fixture
def hostile() -> Review:
    """Every text of it tries to be something else."""
    bad = Cause(
        "data-loss", HOSTILE, HOSTILE, "changed", HOSTILE, HOSTILE, Position(HOSTILE, 1, 1), HOSTILE, HOSTILE, HOSTILE,
        HOSTILE, HOSTILE, (Position(HOSTILE, 2, 2),),
    )  # fmt: skip
    worse, mild = replace(bad, verdict="source-changed", kind="added"), replace(bad, verdict="reboot")
    scope = ScopeImpact(HOSTILE, (HOSTILE,), (bad, worse, mild, replace(bad, verdict="none")))
    one = ClusterImpact(HOSTILE, "changed", (HOSTILE, f"{HOSTILE}2"), (scope,), ScopeImpact("", (), ()), (HOSTILE,))
    steps = (RolloutStep("before", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE), RolloutStep("node", HOSTILE))
    rolled = Rollout(HOSTILE, steps, (Expected(*(HOSTILE,) * 6),), (HOSTILE,) * 3, 2, (HOSTILE,))
    files = {f"dist/{name}/{HOSTILE}.{name}": text.encode(errors="surrogateescape") for name, text in FILES.items()}
    before = State.of(MemoryTree(HOSTILE, {f"dist/{HOSTILE}/.talos-gpu.json": b"{}"}), "dist")
    after = State.of(MemoryTree(HOSTILE, {f"dist/{HOSTILE}/.talos-gpu.json": b"[]", **files}), "dist")
    found = replace(difference(before, after), schematics=Schematics())
    finding = Finding(Position(HOSTILE, 1, 1), HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, "error")
    return Review(found, (one,), (rolled,), {HOSTILE: {HOSTILE: HOSTILE}}, (finding,))


FILES = {
    "txt": HOSTILE,
    "yaml": 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "`````</details>@everyone"}\ndata:\n  a: |\n    ````````\n    </details>\n  "@b": "<script>"\n',
}
