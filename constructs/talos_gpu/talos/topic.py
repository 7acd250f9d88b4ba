"""One topic of a node's configuration: the data that it adds, and the template that writes it with its why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Topic"]


@dataclass(frozen=True, slots=True)
class Topic:
    """A patch of its own. `objects` is what its text must parse to, one item a YAML document.

    `number` orders the topics of a pool; `node` names the only node that the topic is for, or is empty for all.
    """

    number: int
    name: str
    objects: tuple[Mapping[str, Any], ...]
    context: Mapping[str, Any] = field(default_factory=dict)
    """What the template reads."""
    node: str = ""
    once: bool = False
    """Talos answers with an error when the patch is applied a second time."""
    after_upgrade: bool = False
    """Needs what the boot image brings, so it follows the upgrade."""

    @property
    def label(self) -> str:
        """The topic's part of a file name."""
        return f"{self.name}-{self.node}" if self.node else self.name

    def for_node(self, node: str) -> bool:
        """Whether the topic concerns `node`."""
        return self.node in {"", node}
