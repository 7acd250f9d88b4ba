"""The patch files of a pool: one topic a file, then the user's own."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Protocol

from talos_gpu.document import TextDocument
from talos_gpu.plan.model import ClusterPlan, Dialect, NodePlan, PoolPlan
from talos_gpu.talos import documents, v1alpha1
from talos_gpu.talos.applying import reboots, repeatable
from talos_gpu.talos.hazards import patch_objects
from talos_gpu.talos.template import write
from talos_gpu.talos.topic import Topic

__all__ = ["Patch", "PoolPatches", "hostname_patch", "install_disk_patch", "patch_documents", "patches", "sentence"]


class _Topics(Protocol):
    """A module that knows one dialect."""

    def topics(self, plan: ClusterPlan, pool: PoolPlan) -> Iterator[Topic]: ...

    def hostname(self, name: str) -> Topic: ...

    def install_disk(self, disk: str) -> Topic: ...


_DIALECTS: dict[Dialect, _Topics] = {"v1alpha1": v1alpha1, "documents": documents}
_USER = 90
_OPENERS = frozenset(
    {"a", "an", "as", "at", "each", "every", "how", "in", "it", "no", "only", "the", "this", "what", "where"}
)
"""Words that a reason may start with and that are no name of anything."""


@dataclass(frozen=True, eq=False)
class Patch:  # without slots, for `text` is kept in the instance
    """A patch file to be. `node` names the only node that it is for, or is empty for all of the pool."""

    number: int
    label: str
    write: Callable[[], str]
    """Writes the text; whoever only names the file never asks for it."""
    repeatable: bool
    """Whether patching a node twice is the same as once."""
    reboots: bool
    """Whether a running node reboots at once when it is patched."""
    node: str = ""
    once: bool = False
    after_upgrade: bool = False

    @cached_property
    def text(self) -> str:
        """The file's content, written at the first reading."""
        return self.write()

    def for_node(self, node: str) -> bool:
        """Whether the patch concerns `node`."""
        return self.node in {"", node}

    def file_name(self, mark: str = "") -> str:
        """`10-kernel-modules.yaml`, or `10-<mark>-kernel-modules.yaml`."""
        return f"{self.number:02d}-{mark}{'-' if mark else ''}{self.label}.yaml"


PoolPatches = Mapping[str, tuple[Patch, ...]]
"""The patches of every pool, by the pool's name, each pool's in the order in which they are applied."""


def patches(plan: ClusterPlan, *, without: Collection[str] = ()) -> PoolPatches:
    """The patches of the whole plan, but for the topics that a layout tells itself."""
    return {pool.name: _of_pool(plan, pool, without) for pool in plan.pools}


def _of_pool(plan: ClusterPlan, pool: PoolPlan, without: Collection[str]) -> tuple[Patch, ...]:
    ours = (item for item in _DIALECTS[plan.dialect.value].topics(plan, pool) if item.name not in without)
    made = (_patch(plan, plan.dialect.value, item, _why(pool, item)) for item in ours)
    return (*made, *_user_patches(plan, pool))


def patch_documents(pool: PoolPlan, found: Collection[Patch], folder: str) -> Iterator[TextDocument]:
    """The patches as files of `folder`/patches/<pool>."""
    for patch in found:
        yield TextDocument(f"{folder}/patches/{pool.name}/{patch.file_name()}", patch.text)


def hostname_patch(plan: ClusterPlan, node: NodePlan) -> Patch:
    """The patch that gives `node` its name.

    Configs that hold several documents name a node by HostnameConfig, and refuse machine.network.hostname.
    """
    dialect: Dialect = "documents" if plan.multi_document else "v1alpha1"
    return _patch(plan, dialect, _DIALECTS[dialect].hostname(node.name), "")


def install_disk_patch(plan: ClusterPlan, disk: str) -> Patch:
    """The patch that names the disk to install to."""
    return _patch(plan, plan.dialect.value, _DIALECTS[plan.dialect.value].install_disk(disk), "")


def _patch(plan: ClusterPlan, dialect: Dialect, topic: Topic, why: str) -> Patch:
    text = partial(write, dialect, topic, why)
    again, reboot = repeatable(topic.objects), reboots(plan, topic.objects)
    return Patch(topic.number, topic.label, text, again, reboot, topic.node, topic.once, topic.after_upgrade)


def _why(pool: PoolPlan, topic: Topic) -> str:
    """The plan's own reason for what the topic tells."""
    machine = pool.machine
    decisions: dict[str, object] = {
        "kernel-modules": machine.modules,
        "sysctls": machine.sysctls,
        "node-labels": machine.labels,
        "install-image": machine.install_image,
    }
    if machine.taint_method.value == "register-with-taints":
        decisions["node-taints"] = machine.taint_method
    reason: str = getattr(decisions.get(topic.name), "reason", "")
    return f"{sentence(reason).rstrip('.')}." if reason else ""


def sentence(text: str) -> str:
    """`text` with a capital where its first word is an ordinary one; a name such as containerd stays as it is."""
    return text[0].upper() + text[1:] if text.partition(" ")[0] in _OPENERS else text


def _user_patches(plan: ClusterPlan, pool: PoolPlan) -> Iterator[Patch]:
    for index, patch in enumerate(pool.machine.user_patches, start=1):
        data = patch_objects(patch.text)
        yield Patch(_USER, f"user-{index:02d}", partial(str, patch.text), repeatable(data), reboots(plan, data))
