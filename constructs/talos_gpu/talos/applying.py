"""What happens when a patch reaches a running node: whether it reboots, and whether the patch may come twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from talos_gpu.catalog.version import Version
from talos_gpu.document import KeyPath
from talos_gpu.plan.model import ClusterPlan

__all__ = ["Applying", "applying", "reboots", "repeatable"]

Applying = Literal["reboots", "live", "by-field"]
"""What a changed field of the legacy document does: `by-field` where the fields below it differ in that."""


def reboots(plan: ClusterPlan, objects: Iterable[Any]) -> bool:
    """Whether a node of this release reboots at once, undrained, when it is patched with `objects`."""
    facts = _facts()
    if Version.parse(plan.talos.value) >= facts.reboots_before:
        return False
    return any(not _within(path, facts.immediate) for item in objects for path in _changed(item))


def applying(release: str, path: KeyPath) -> Applying:
    """What a node that runs `release` does when the field at `path` of its legacy document changes."""
    facts = _facts()
    if Version.parse(release) >= facts.reboots_before or _within(path, facts.immediate):
        return "live"
    return "by-field" if any(root[: len(path)] == path for root in facts.immediate) else "reboots"


def repeatable(objects: Iterable[Any]) -> bool:
    """Whether patching a node twice with `objects` is the same as once: lists append, and deletions fail."""
    return not any(_grows(item) for item in objects)


@dataclass(frozen=True, slots=True)
class _Facts:
    reboots_before: Version
    immediate: frozenset[KeyPath]


@cache
def _facts() -> _Facts:
    text = (files("talos_gpu.talos") / "data" / "applying.yaml").read_text(encoding="utf-8")
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    paths = frozenset[KeyPath](tuple(path.split(".")) for path in data["immediate"])
    return _Facts(Version.parse(data["reboots_before"]), paths)


def _within(path: KeyPath, roots: frozenset[KeyPath]) -> bool:
    return any(path[:depth] in roots for depth in range(1, len(path) + 1))


def _changed(item: Any) -> Iterator[KeyPath]:
    """What a patch changes in the legacy document; an operation of a JSON patch names its place itself."""
    if isinstance(item, list):
        operations = (operation for operation in item if isinstance(operation, Mapping))
        yield from (tuple(str(operation.get("path", "")).strip("/").split("/")) for operation in operations)
    elif isinstance(item, Mapping) and "kind" not in item:
        yield from _leaves(item)


def _leaves(value: Any, path: KeyPath = ()) -> Iterator[KeyPath]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    else:
        yield path


def _grows(value: Any) -> bool:
    if isinstance(value, Mapping):
        return "$patch" in value or any(_grows(item) for item in value.values())
    return isinstance(value, list)
