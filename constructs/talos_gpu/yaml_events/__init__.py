"""YAML that strangers wrote, read event by event under limits, before anything is composed."""

from __future__ import annotations

from talos_gpu.yaml_events.composed import Composed, PlainFloat, PlainInt, compose, compose_all, composed
from talos_gpu.yaml_events.guard import MAX_ALIASES, MAX_BYTES, MAX_DEPTH, MAX_NODES, read_events
from talos_gpu.yaml_events.nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    excerpt,
    key_path,
    read_node,
    read_tolerantly,
)

__all__ = [
    "MAX_ALIASES",
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_NODES",
    "Composed",
    "MappingNode",
    "Node",
    "PlainFloat",
    "PlainInt",
    "ScalarNode",
    "SequenceNode",
    "compose",
    "compose_all",
    "composed",
    "excerpt",
    "key_path",
    "read_events",
    "read_node",
    "read_tolerantly",
]
