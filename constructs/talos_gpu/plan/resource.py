"""What a node advertises to Kubernetes, and how its GPUs are shared."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from talos_gpu.plan.decision import Decision, Known, Unknown
from talos_gpu.profile.pool import Pool

__all__ = ["DEFAULT_CONFIG", "advertised", "config_name", "resource_name", "sharing_configs"]

DEFAULT_CONFIG = "default"
"""The plugin's configuration for nodes that name none by label."""

_GPU = "nvidia.com/gpu"


def resource_name(pool: Pool) -> str:
    """The resource that pods of this pool request."""
    slicing = pool.sharing.time_slicing if pool.sharing else None
    return _device(pool) + (".shared" if slicing and slicing.rename_by_default else "")


def _device(pool: Pool) -> str:
    """The resource of one whole GPU or MIG device, before it is shared."""
    mixed = pool.mig is not None and pool.mig.strategy == "mixed" and not pool.mig.profile.startswith("all-")
    return f"nvidia.com/mig-{pool.mig.profile.replace('+', '.')}" if mixed and pool.mig else _GPU


def advertised(pool: Pool) -> Decision[Mapping[str, int]]:
    """What a node of the pool advertises."""
    assert pool.gpu is not None
    name = resource_name(pool)
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
