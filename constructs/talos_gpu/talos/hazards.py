"""What no layout can carry, and how texts of the user's are searched for what a tool would take for its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from talos_gpu.catalog import tool
from talos_gpu.catalog.version import Version, minor_of
from talos_gpu.document import KeyPath
from talos_gpu.plan.model import ClusterPlan, PoolPlan
from talos_gpu.talos.hazard import Hazard

__all__ = ["common_hazards", "is_json_patch", "old_tool", "patch_objects", "sets_installer", "user_texts"]


def common_hazards(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """Taints that the configuration cannot hold side by side."""
    return tuple(hazard for pool in plan.pools for hazard in _taints_of_one_key(pool))


def old_tool(plan: ClusterPlan) -> tuple[Hazard, ...]:
    """An error where the plan's machine config or Talos is newer than the layout's tool; a warning at the edge."""
    facts, contract = tool(plan.layout.value), Version.parse(plan.contract.value)
    if not facts.newest_contract:
        return ()
    last = f"{facts.tool} {facts.last_version}, built with Talos {facts.machinery}, is the last"
    remedy = f"Write layout: {facts.successor}, or patch with layout: talosctl."
    if contract > Version.parse(facts.newest_contract):
        message = f"found {facts.tool}, which cannot write a machine config of {plan.contract.value}: {last}"
        return (Hazard(("layout",), message, remedy, source=facts.source),)
    if Version.parse(minor_of(plan.talos.value)) > Version.parse(facts.newest_contract):
        message = f"found {facts.tool}, which refuses a talosVersion of {minor_of(plan.talos.value)}: {last}"
        return (Hazard(("layout",), message, remedy, source=facts.source),)
    if contract > Version.parse(facts.safe_contract):
        message = (
            f"{facts.tool} writes legacy documents for {plan.contract.value}: {last}, and its repository is archived"
        )
        return (Hazard(("layout",), message, remedy, "warning", facts.source),)
    return ()


def user_texts(plan: ClusterPlan, pool: PoolPlan) -> Iterator[tuple[KeyPath, str]]:
    """Every free text of the user's that reaches the pool's files, with its place in the profile."""
    schematic, here = pool.schematic.schematic, ("pools", pool.name)
    yield from (((*here, "kernelArgs"), argument) for argument in schematic.kernel_args)
    yield from (((*here, "meta", index, "value"), item.value) for index, item in enumerate(schematic.meta))
    yield (*here, "overlay"), _overlay_text(pool)
    yield from (((*here, "extensions"), name) for name in schematic.extensions)
    for module in pool.machine.modules.value:
        yield from (((*here, "modules"), parameter) for parameter in module.parameters)
    yield from (((*here, "patches", index), patch.text) for index, patch in enumerate(pool.machine.user_patches))


def _overlay_text(pool: PoolPlan) -> str:
    """The overlay's part of the canonical text, which is everything above the customization."""
    return re.split(r"(?m)^customization:", pool.schematic.text, maxsplit=1)[0]


def _taints_of_one_key(pool: PoolPlan) -> Iterator[Hazard]:
    if pool.machine.taint_method.value == "register-with-taints":
        return
    seen: set[str] = set()
    for index, taint in enumerate(pool.machine.taints.value):
        if taint.key in seen:
            message = f"found two taints with the key {taint.key}; this machine config holds one a key"
            yield Hazard(
                ("pools", pool.name, "taints", index), message, "Keep one effect, or give the other its own key."
            )
        seen.add(taint.key)


def patch_objects(text: str) -> list[Any]:
    """The documents of a user's patch, which the plan has read before; every scalar as text."""
    return [item for item in yaml.load_all(text, Loader=yaml.CBaseLoader) if item]


def is_json_patch(text: str) -> bool:
    """Whether the patch `text` is a list of operations."""
    return any(isinstance(item, list) for item in patch_objects(text))


def sets_installer(text: str) -> bool:
    """Whether the patch `text` names an installer image, in either dialect."""
    return any(
        _at(item, "machine", "install", "image") or _at(item, "installer", "image") for item in patch_objects(text)
    )


def _at(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
