"""TAL: labels and taints of nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from talos_gpu.inventory import Node, Value
from talos_gpu.rules.edits import replacing
from talos_gpu.rules.facts import Facts, Lacking
from talos_gpu.rules.rule import Offence, Rule
from talos_gpu.yaml_events import excerpt

__all__ = ["RULES"]

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?")
_PREFIX = re.compile(r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_APPLY = "siderolabs/talos:internal/app/machined/pkg/controllers/k8s/node_apply.go"
_VALIDATE = "siderolabs/talos:pkg/machinery/labels/validate.go"


def _maps(node: Node, document_key: str, legacy_key: str) -> Iterator[tuple[str, Value]]:
    for place in node.under("KubeNodeConfig", document_key, "machine", legacy_key):
        yield from place.pairs()


def _registered(node: Node) -> Iterator[Value]:
    places = [node.config.get("machine", "kubelet", "extraConfig", "registerWithTaints")]
    places += (document.get("config", "registerWithTaints") for document in node.of_kind("KubeletConfig"))
    for place in places:
        yield from place.items()


def _taints(node: Node, facts: Facts) -> Iterator[Offence]:
    taints = node.config.get("machine", "nodeTaints")
    registered = {taint.get("key").raw for taint in _registered(node)}
    fresh = [(key, value) for key, value in taints.pairs() if key not in registered]
    if node.role == "control-plane" or not fresh or taints.opaque:
        return
    verdict = facts.minor.worker_node_taints
    if verdict.answer == "no":
        _ask_role(node)
        for key, value in fresh:
            message = f"found the taint {excerpt(key)} in machine.nodeTaints of a worker; expected registerWithTaints"
            yield Offence(value, f"{message} because {verdict.reason}", _register(key, value))


def _ask_role(node: Node) -> None:
    """A control plane's node is changed with the rights of an administrator, a worker's with its own."""
    if node.role is None:
        raise Lacking("the role of the nodes that a patch is for, which machine.type would say")


def _register(key: str, value: Value) -> str:
    text, _, effect = (value.text or "").rpartition(":")
    lines = [
        f"- key: {excerpt(key)}",
        *([f'  value: "{excerpt(text)}"'] if text else []),
        f"  effect: {excerpt(effect)}",
    ]
    entry = "\n".join(f"        {line}" for line in lines)
    return f"machine:\n  kubelet:\n    extraConfig:\n      registerWithTaints:\n{entry}"


def _labels(node: Node, facts: Facts) -> Iterator[Offence]:
    if node.role == "control-plane":
        return
    for key, value in _maps(node, "labels", "nodeLabels"):
        verdict = facts.catalogue.kubernetes().worker_may_set(key)
        if verdict.answer == "no" and _is_key(key):
            _ask_role(node)
            message = (
                f"found the label {excerpt(key)} on a worker; expected one that it may set because NodeRestriction"
            )
            yield Offence(value, f"{message} forbids this one, and Talos then sets none of its labels and taints")


def _malformed(node: Node, facts: Facts) -> Iterator[Offence]:
    effects = facts.catalogue.kubernetes().taint_effects
    for key, value in _maps(node, "labels", "nodeLabels"):
        yield from _malformed_key(key, value)
        if value.text and not _NAME.fullmatch(value.text):
            message = f"found {excerpt(value.text)} as the value of a label; expected at most 63 letters, digits, - _ ."
            yield Offence(value, f"{message} because Talos refuses the config otherwise")
    for key, value in _maps(node, "taints", "nodeTaints"):
        yield from _malformed_key(key, value)
        if value.text is not None:
            yield from _effect(value, value.text.rpartition(":")[2], effects)
    for taint in _registered(node):
        effect = taint.get("effect")
        if effect.text is not None:
            yield from _effect(effect, effect.text, effects)
        elif not effect and taint.get("key") and not taint.opaque:
            yield from _effect(taint, "", effects)


def _effect(place: Value, found: str, effects: tuple[str, ...]) -> Iterator[Offence]:
    if found in effects:
        return
    right = next((effect for effect in effects if effect.casefold() == found.strip().casefold()), "")
    what = f"the effect {excerpt(found)}" if found else "no effect"
    message = f"found {what}; expected one of {', '.join(effects)} because a taint"
    fix = replacing(place, place.raw.removesuffix(found) + right) if right else ()
    remedy = f"Write {right}." if right else ""
    yield Offence(place, f"{message} has no other", remedy, fix)


def _malformed_key(key: str, value: Value) -> Iterator[Offence]:
    if not _is_template(key) and not _is_key(key):
        message = f"found the key {excerpt(key)}; expected prefix/name of letters, digits, - _ . because Talos refuses"
        yield Offence(value, f"{message} the config otherwise")


def _is_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    return bool(_NAME.fullmatch(name)) and (not slash or bool(_PREFIX.fullmatch(prefix)))


def _is_template(key: str) -> bool:
    return any(mark in key for mark in "${}#%")


RULES: tuple[Rule[Node], ...] = (
    Rule(
        id="TAL016",
        name="nodeTaints on a worker",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_taints,
        remedy="Write the taint as registerWithTaints of the kubelet.",
        source=f"{_APPLY}; siderolabs/talos#10935, #8193, #13443",
        waivable=True,
    ),
    Rule(
        id="TAL017",
        name="label that a worker may not set",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_labels,
        remedy="Choose a prefix of your own, or set the label with kubectl label.",
        source=f"{_APPLY}; siderolabs/talos#6750, #10122",
        waivable=True,
    ),
    Rule(
        id="TAL018",
        name="malformed label or taint",
        severity="error",
        since="0.1.0",
        looks_at=Node,
        check=_malformed,
        remedy="Write labels as prefix/name: value, and taints as value:Effect.",
        source=_VALIDATE,
        waivable=True,
    ),
)
