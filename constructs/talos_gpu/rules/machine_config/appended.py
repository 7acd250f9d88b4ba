"""TAL: what stands twice in lists, which are appended when patches are merged."""

from __future__ import annotations

from collections.abc import Iterator

from talos_gpu.inventory import Node, Value
from talos_gpu.rules.facts import Facts
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_ONCE = "Name the patch that holds it once: it is applied twice, by the group and the node or by two names."


def _twice(node: Node, _: Facts) -> Iterator[Offence]:
    if node.in_branches:
        return
    seen: dict[str, Value] = {}
    for module in node.config.get("machine", "kernel", "modules").items():
        place = module.get("name")
        name = (place.text or "").replace("-", "_")
        if name in seen:
            message = f"found the kernel module {excerpt(name)} a second time; expected it once because lists are"
            remedy = _ONCE if seen[name].place == place.place else ""
            yield Offence(place, f"{message} appended when patches are merged", remedy, severity="info")
        if name:
            seen.setdefault(name, place)
    yield from _taints_twice(node)


def _taints_twice(node: Node) -> Iterator[Offence]:
    seen: dict[tuple[str, str], Value] = {}
    for taint in node.config.get("machine", "kubelet", "extraConfig", "registerWithTaints").items():
        key, effect = taint.get("key"), taint.get("effect")
        if key.text is None or effect.text is None:
            continue
        first = seen.setdefault((key.text, effect.text), taint)
        if first is not taint:
            yield Offence(key, _taint_message(key), _ONCE if first.place == taint.place else "")


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
        source="siderolabs/talos:pkg/machinery/config/merge/merge.go, configloader/internal/decoder/decoder.go",
    ),
)
