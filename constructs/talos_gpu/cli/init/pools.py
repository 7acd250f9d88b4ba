"""Pools with everything that flags and answers say of their GPUs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from talos_gpu.catalog import Catalogue
from talos_gpu.cli.init.flags import Flags, flag_finding, node_of
from talos_gpu.cli.init.questions import Questions, gpu_name
from talos_gpu.errors import NotUnderstood
from talos_gpu.finding import Finding
from talos_gpu.profile.draft import Draft, DraftPool

__all__ = ["with_pools"]


def with_pools(draft: Draft, flags: Flags, ask: Questions) -> Draft:
    """The draft whose GPU pools have a model, and everything that the flags say of them."""
    fresh = not draft.pools
    pools = draft.pools or (DraftPool(flags.pool or "gpu", nvidia=True),)
    targets = _targets(pools, flags, ask)
    models = _models(flags, targets, ask.catalogue)
    done = {name: _gpu_pool(pool, models, flags, ask) for name, pool in ((p.name, p) for p in pools) if name in targets}
    if fresh and ask.asked and not flags.node:
        done = {name: replace(pool, nodes=tuple(ask.nodes())) for name, pool in done.items()}
    if flags.node:
        first = flags.pool or next(iter(done))
        named = {node.name: node for node in done[first].nodes} | {node.name: node for node in map(node_of, flags.node)}
        done[first] = replace(done[first], nodes=tuple(named.values()))
    return replace(draft, pools=tuple(done.get(pool.name, pool) for pool in pools))


def _targets(pools: tuple[DraftPool, ...], flags: Flags, ask: Questions) -> list[str]:
    """Names of the pools that carry GPUs: those that show it, else the only one, else the one that --pool names."""
    names = [pool.name for pool in pools]
    found = [pool.name for pool in pools if pool.nvidia] or (names if len(names) == 1 else [])
    if flags.pool and flags.pool not in names:
        raise NotUnderstood(
            [flag_finding("--pool", f"found {flags.pool!r}, expected one of the pools {', '.join(names)}")]
        )
    if flags.pool and flags.pool not in found:
        found.append(flags.pool)
    return found or [ask.pool(names)]


def _models(flags: Flags, targets: Iterable[str], catalogue: Catalogue) -> dict[str, str]:
    """Pool to GPU; the one under the empty name is every other pool's."""
    models: dict[str, str] = {}
    findings = []
    for text in flags.gpu:
        pool, separator, model = text.partition("=")
        name, model = (pool, model) if separator else ("", text)
        found = gpu_name(catalogue, model)
        if isinstance(found, Finding):
            findings.append(found)
        elif name and name not in targets:
            findings.append(flag_finding("--gpu", f"found the pool {name!r}, expected one of {', '.join(targets)}"))
        else:
            models[name] = found
    if findings:
        raise NotUnderstood(findings)
    return models


def _gpu_pool(pool: DraftPool, models: dict[str, str], flags: Flags, ask: Questions) -> DraftPool:
    if flags.pool not in ("", pool.name):
        flags = replace(flags, gpu_count=None, role="", schedulable=False, track="", flavour="")
    model = models.get(pool.name) or models.get("")
    count = flags.gpu_count or pool.count
    if not model:
        model = ask.gpu(pool.name)
        count = flags.gpu_count or ask.count()
    return replace(
        pool,
        nvidia=True,
        model=model,
        count=count,
        role=flags.role or pool.role,
        schedulable=flags.schedulable or pool.schedulable,
        track=flags.track or pool.track,
        flavour=flags.flavour or pool.flavour,
    )
