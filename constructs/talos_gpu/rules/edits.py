"""Changes whose right text is certain."""

from __future__ import annotations

from dataclasses import replace

from talos_gpu.finding import Edit
from talos_gpu.inventory import Value
from talos_gpu.yaml_events import ScalarNode

__all__ = ["replacing"]


def replacing(value: Value, text: str) -> tuple[Edit, ...]:
    """The edit that writes another scalar in the place of this one; none where its own text does not stand there."""
    node = value.node
    if not isinstance(node, ScalarNode) or node.aliased or not node.text or "\n" in node.text:
        return ()
    # Behind a quote the same text stands, and the quotes stay.
    place = value.place if node.plain else replace(value.place, column=value.place.column + 1)
    return (Edit(place, node.text, text),)
