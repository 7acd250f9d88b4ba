"""TAL: what stands twice because lists are appended when patches are merged."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Node, Value
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]


def _twice(node: Node, _: Facts) -> Iterator[Offence]:
    seen: set[str] = set()
    for module in node.config.get("machine", "kernel", "modules").items():
        name = (module.get("name").text or "").replace("-", "_")
        if name in seen:
            message = f"found the kernel module {excerpt(name)} a second time; expected it once because lists are"
            yield Offence(module.get("name"), f"{message} appended when patches are merged", severity="info")
        seen.update({name} - {""})
    yield from _taints_twice(node)


def _taints_twice(node: Node) -> Iterator[Offence]:
    seen: set[tuple[str, str]] = set()
    for taint in node.config.get("machine", "kubelet", "extraConfig", "registerWithTaints").items():
        key, effect = taint.get("key"), taint.get("effect")
        if key.text is None or effect.text is None:
            continue
        if (key.text, effect.text) in seen:
            yield Offence(key, _taint_message(key))
        seen.add((key.text, effect.text))


def _taint_message(key: Value) -> str:
    return (
        f"found the taint {excerpt(key.raw)} a second time in registerWithTaints; expected it once because lists are "
        "appended when patches are merged, and Kubernetes refuses a node with a taint twice"
    )


RULES: tuple[Rule[Node], ...] = (
    Rule(
        id="TAL024",
        name="entry that stands twice",
        severity="warning",
        since="0.1.0",
        looks_at=Node,
        check=_twice,
        remedy="Keep one of the two.",
        source="siderolabs/talos:pkg/machinery/config/merge/merge.go",
    ),
)
