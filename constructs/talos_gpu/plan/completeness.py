"""Whether the profile describes the whole cluster, and what its layout then needs."""

from __future__ import annotations

from talos_gpu.plan.decision import Known, Unknown
from talos_gpu.plan.problems import Problems
from talos_gpu.plan.release import Basis
from talos_gpu.profile import Profile

__all__ = ["plan_completeness"]

_WHOLE_FILES = {"talhelper": "talconfig.yaml", "topf": "topf.yaml"}
"""Layouts whose main file describes a whole cluster."""


def plan_completeness(basis: Basis, profile: Profile, problems: Problems) -> Known[bool]:
    """Whether the layout's main file can be rendered whole; a missing fact that it needs is refused."""
    layout = profile.layout.kind
    name = _WHOLE_FILES.get(layout)
    if name is None:
        return Known(False, f"the layout {layout} has no file that describes a whole cluster")
    gap = _gap(profile)
    if gap:
        return Known(False, f"{gap}: fragments are rendered that fit into an existing {name}", by="profile")
    if isinstance(basis.kubernetes, Unknown):
        problems.refuse(
            (),
            f"{name} needs the Kubernetes version, which is unknown here: {basis.kubernetes.why}",
            basis.kubernetes.declare,
        )
    if layout == "talhelper":
        _disks(profile, problems)
    return Known(True, "endpoint, control planes and all nodes are given", by="profile")


def _gap(profile: Profile) -> str:
    if profile.endpoint is None:
        return "the profile gives no endpoint"
    if not any(pool.role == "control-plane" and pool.nodes for pool in profile.pools.values()):
        return "the profile lists no control plane"
    empty = next((name for name, pool in profile.pools.items() if not pool.nodes), None)
    return f"pool {empty} lists no nodes" if empty else ""


def _disks(profile: Profile, problems: Problems) -> None:
    for pool_name, pool in profile.pools.items():
        for name, node in pool.nodes.items():
            if node.install_disk is None:
                problems.refuse(
                    ("pools", pool_name, "nodes", name),
                    "has no installDisk, which talconfig.yaml needs for every node",
                    f"Write {name}: {{address: {node.address}, installDisk: /dev/...}}.",
                )
