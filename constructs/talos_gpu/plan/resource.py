"""What a node advertises to Kubernetes, and how its GPUs are shared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.plan.model import Notice
from talos_gpu.plan.problems import Problems
from talos_gpu.profile import Profile
from talos_gpu.profile.pool import Pool

__all__ = [
    "DEFAULT_CONFIG",
    "advertised",
    "check_requested",
    "config_name",
    "requested",
    "resource_name",
    "sharing_configs",
]

DEFAULT_CONFIG = "default"
"""The plugin's configuration for nodes that name none by label."""

_GPU = "nvidia.com/gpu"
_MIG = "nvidia.com/mig-"
_SEVERAL = {"all-balanced", "all-enabled"}
"""MIG layouts that do not say of which sizes their devices are."""


def resource_name(pool: Pool) -> str:
    """The resource that pods of this pool request."""
    slicing = pool.sharing.time_slicing if pool.sharing else None
    return _device(pool) + (".shared" if slicing and slicing.rename_by_default else "")


def _device(pool: Pool) -> str:
    """The resource of one whole GPU or MIG device, before it is shared."""
    mixed = pool.mig is not None and pool.mig.strategy == "mixed" and not pool.mig.profile.startswith("all-")
    return f"{_MIG}{pool.mig.profile.replace('+', '.')}" if mixed and pool.mig else _GPU


def _certain(pool: Pool) -> bool:
    """Whether the name of the pool's resource follows from the profile: a layout of several sizes has several."""
    several = pool.mig is not None and pool.mig.strategy == "mixed" and pool.mig.profile in _SEVERAL
    return not several


def requested(profile: Profile) -> str:
    """The resource that workloads and the smoke test ask for: the pinned one, else what most pools advertise."""
    if profile.smoke_test.resource:
        return profile.smoke_test.resource
    pools = list(profile.gpu_pools.values())
    names = [resource_name(pool) for pool in pools if _certain(pool)] or [resource_name(pool) for pool in pools]
    return Counter(names).most_common(1)[0][0]


def check_requested(profile: Profile, problems: Problems) -> tuple[Notice, ...]:
    """Refuses a pinned resource that no pool advertises, and a delivered test whose resource nobody knows."""
    pools = profile.gpu_pools
    pinned = profile.smoke_test.resource
    if pinned and not any(_may_advertise(pool, pinned) for pool in pools.values()):
        each = ", ".join(f"{name}: {_names(pool)}" for name, pool in pools.items())
        problems.refuse(
            ("smokeTest", "resource"),
            f"found {pinned}, which no pool advertises ({each})",
            "Write one of these, or remove the line.",
        )
    if pinned or any(_certain(pool) for pool in pools.values()):
        return tuple(_differing(pools, requested(profile)))
    declare = "smokeTest: {resource: nvidia.com/mig-<profile>}"
    what = "the nodes advertise MIG devices of several sizes, and which of them a pod shall request is unknown"
    if profile.smoke_test.deliver:
        problems.refuse(("smokeTest", "deliver"), f"found true, but {what}", declare)
    text = f"{what[:1].upper()}{what[1:]}: workload Component and smoke test request {_GPU}, and would stay Pending. Write "
    return (Notice("mig", text + declare),)


def _differing(pools: Mapping[str, Pool], chosen: str) -> Iterator[Notice]:
    """What an operator should know where pools advertise their GPUs under different names."""
    names = {name: _names(pool) for name, pool in pools.items()}
    if len(set(names.values())) > 1:
        each = ", ".join(f"{name}: {resource}" for name, resource in names.items())
        text = f"The pools advertise different resources ({each}). Workload Component and smoke test request {chosen}."
        yield Notice("workload", text)


def _names(pool: Pool) -> str:
    return resource_name(pool) if _certain(pool) else f"{_MIG}*"


def _may_advertise(pool: Pool, resource: str) -> bool:
    return resource == resource_name(pool) if _certain(pool) else resource.startswith(_MIG)


def advertised(pool: Pool) -> Decision[Mapping[str, int]]:
    """What a node of the pool advertises."""
    assert pool.gpu is not None
    name = _names(pool)
    if pool.mig and pool.mig.profile != "all-disabled":
        return Unknown(f"the number of {name} follows from the MIG layout, which the node reports when it is made")
    method = pool.sharing and (pool.sharing.time_slicing or pool.sharing.mps)
    replicas = method.replicas if method else 1
    plural = "s" if pool.gpu.count > 1 else ""
    reason = f"{pool.gpu.count} GPU{plural} a node" + (f", each advertised {replicas} times" if replicas > 1 else "")
    return Known({name: pool.gpu.count * replicas}, reason, by="profile")


def sharing_configs(pools: Mapping[str, Pool]) -> dict[str, str]:
    """The plugin's configuration files by name; none without sharing.

    One for all where all pools share alike; else a default that shares nothing, and one for each pool that does.
    """
    texts = {name: _text(pool) for name, pool in pools.items()}
    if not any(pool.sharing for pool in pools.values()):
        return {}
    if len(set(texts.values())) == 1:
        return {DEFAULT_CONFIG: next(iter(texts.values()))}
    own = {_own_name(name): texts[name] for name, pool in pools.items() if pool.sharing}
    return {DEFAULT_CONFIG: yaml.safe_dump({"version": "v1"}), **own}


def config_name(pool_name: str, pools: Mapping[str, Pool]) -> str:
    """The configuration that the pool's nodes must name by label; empty where the default is theirs."""
    name = _own_name(pool_name)
    return name if name in sharing_configs(pools) else ""


def _own_name(pool_name: str) -> str:
    """A pool may be called `default`; no pool's name holds a dot."""
    return f"{pool_name}.pool" if pool_name == DEFAULT_CONFIG else pool_name


def _text(pool: Pool) -> str:
    data: dict[str, Any] = {"version": "v1"}
    if pool.sharing and pool.sharing.time_slicing:
        slicing = pool.sharing.time_slicing
        method: dict[str, Any] = {}
        if slicing.rename_by_default:
            method["renameByDefault"] = True
        if slicing.fail_requests_greater_than_one:
            method["failRequestsGreaterThanOne"] = True
        data["sharing"] = {"timeSlicing": {**method, "resources": _replicated(pool, slicing.replicas)}}
    elif pool.sharing and pool.sharing.mps:
        data["sharing"] = {"mps": {"resources": _replicated(pool, pool.sharing.mps.replicas)}}
    return yaml.safe_dump(data, sort_keys=False)


def _replicated(pool: Pool, replicas: int) -> list[dict[str, Any]]:
    return [{"name": _device(pool), "replicas": replicas}]
