"""A first profile as a person would write it: small, commented, with the keys worth knowing switched off."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Draft", "DraftNode", "DraftPool", "profile_text"]

_WORDS = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
"""What some YAML reader takes for a boolean or for nothing."""

_PLAIN = re.compile(r"/?[A-Za-z_][A-Za-z0-9_./@+-]*( [A-Za-z0-9_./@+-]+)*|\d+\.\d+\.\d+[A-Za-z0-9._-]*")
_NUMBER_OF_COLUMNS = 110


@dataclass(frozen=True, slots=True)
class DraftNode:
    """One machine; `disk` is empty where the profile leaves it out."""

    name: str
    address: str
    disk: str = ""


@dataclass(frozen=True, slots=True)
class DraftPool:
    """One pool. `facts` holds further keys in the profile's spelling, as plain data; empty text is left out."""

    name: str
    role: str = "worker"
    schedulable: bool = False
    nvidia: bool = False
    """Whether the pool's nodes carry a GPU, known by its `model` or not."""
    model: str = ""
    count: int = 1
    track: str = ""
    flavour: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    nodes: tuple[DraftNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a cluster so far; empty text is not known, or left to its default."""

    cluster: str = ""
    talos: str = ""
    contract: str = ""
    kubernetes: str = ""
    endpoint: str = ""
    layout: str = ""
    delivery: str = ""
    repo_url: str = ""
    stack: str = ""
    pools: tuple[DraftPool, ...] = ()


def profile_text(draft: Draft, schema: str = "") -> str:
    """The draft as YAML with comments; `schema` is where profiles/schema.json lies beside it, empty if it does not.

    Only what differs from a profile's defaults is written. The text is not checked: `parse_profile` does that.
    """
    lines = [
        *_head(schema),
        *_cluster(draft),
        *_how(draft),
        "",
        "pools:",
        "  # Nodes that share role, GPU and boot image.",
    ]
    for pool in draft.pools:
        lines += _pool(pool)
    return "\n".join(lines) + "\n"


def _head(schema: str) -> Iterator[str]:
    if schema:
        yield f"# yaml-language-server: $schema={schema}"
    else:
        yield "# Editors complete and check this file once `talos-gpu schema > schema.json` lies beside it and this is line 1:"
        yield "#   yaml-language-server: $schema=./schema.json"


def _cluster(draft: Draft) -> Iterator[str]:
    yield _line("cluster", draft.cluster, "its folder below dist/ has this name")
    yield _line("talos", draft.talos, "the release that the nodes run, or shall run")
    minor = ".".join(draft.talos.split(".")[:2])
    if draft.contract and draft.contract != minor:
        yield _line("contract", draft.contract, "the minor that generated the machine config: decides the dialect")
    else:
        yield _off("contract", minor, "the minor that generated the machine config, if it was an older one")
    if draft.kubernetes:
        yield _line("kubernetes", draft.kubernetes)
    if draft.endpoint:
        yield f"endpoint: {draft.endpoint}"


def _how(draft: Draft) -> Iterator[str]:
    yield ""
    if draft.layout and draft.layout != "talosctl":
        yield _line("layout", draft.layout, "how machine configuration reaches Talos")
    else:
        yield _off("layout", "talosctl", "the default; or talhelper, topf, opentofu")
    if draft.delivery == "argocd":
        yield "delivery:  # who applies dist/: Argo CD"
        yield "  engine: argocd"
        yield f"  source: {{repoURL: {_quoted(draft.repo_url)}}}"
    elif draft.delivery and draft.delivery != "plain":
        yield _line("delivery", draft.delivery, "who applies dist/")
    else:
        yield _off("delivery", "plain", "the default: kubectl and helm by hand; or flux, argocd")
    if draft.stack:
        yield _line("stack", draft.stack, "what advertises the GPUs to Kubernetes")
    else:
        yield _off("stack", "gpu-operator", "or device-plugin, none; the default follows the Talos release")


def _pool(pool: DraftPool) -> Iterator[str]:
    inner = list(_pool_keys(pool))
    yield f"  {_scalar(pool.name)}:" + ("" if any(not line.lstrip().startswith("#") for line in inner) else " {}")
    yield from inner


def _pool_keys(pool: DraftPool) -> Iterator[str]:
    if pool.role != "worker":
        yield f"    role: {pool.role}"
        if pool.schedulable:
            yield "    schedulable: true  # they run workloads too"
        elif pool.nvidia:
            yield "    # schedulable: true  # when these control planes run workloads too"
    if pool.nvidia:
        yield from _gpu(pool)
    for key, value in pool.facts.items():
        yield from _fact(key, value)
    if pool.nodes:
        yield "    nodes:"
        yield from (f"      {_scalar(node.name)}: {_node(node)}" for node in pool.nodes)
    elif pool.nvidia:
        yield "    # nodes: {gpu-1: {address: 192.0.2.10, installDisk: /dev/nvme0n1}}  # the runbook then names each"


def _gpu(pool: DraftPool) -> Iterator[str]:
    count = f", count: {pool.count}" if pool.count != 1 else ""
    yield f"    gpu: {{model: {_scalar(pool.model)}{count}}}  # of one node: marketing name or PCI id, how many"
    driver = {key: value for key, value in (("track", pool.track), ("flavour", pool.flavour)) if value}
    if driver:
        yield f"    driver: {_flow(driver)}"
    else:
        yield "    # driver: {track: lts, flavour: open}  # default: what suits the card; `talos-gpu explain` says why"
    if "taints" not in pool.facts:
        yield "    # taints: [{key: nvidia.com/gpu, value: present, effect: NoSchedule}]"
    yield "    # sharing: {timeSlicing: {replicas: 4}}  # several pods a GPU; or mps, or mig: {profile: ...}"


def _fact(key: str, value: Any) -> Iterator[str]:
    line = f"    {key}: {_flow(value)}"
    if len(line) <= _NUMBER_OF_COLUMNS or not isinstance(value, list | dict):
        yield line
        return
    yield f"    {key}:"
    for item in value:
        yield f"      - {_flow(item)}" if isinstance(value, list) else f"      {_scalar(item)}: {_flow(value[item])}"


def _node(node: DraftNode) -> str:
    return _flow({"address": node.address} | ({"installDisk": node.disk} if node.disk else {}))


def _line(key: str, value: str, comment: str = "") -> str:
    return f"{key}: {_scalar(value)}" + (f"  # {comment}" if comment else "")


def _off(key: str, value: str, comment: str) -> str:
    return f"# {_line(key, value, comment)}"


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    if isinstance(value, str):
        return _scalar(value)
    return json.dumps(value)


def _scalar(text: str) -> str:
    """Text as every YAML reader takes it for text: plain where that is safe, in double quotes where not."""
    return text if _PLAIN.fullmatch(text) and text.lower() not in _WORDS else _quoted(text)


def _quoted(text: str) -> str:
    """Double quotes, in ASCII: nothing that a terminal hides or obeys stands in the file."""
    # JSON's escapes are YAML's too, except for pairs of surrogates.
    return "".join(char if char <= "~" else f"\\U{ord(char):08X}" for char in json.dumps(text, ensure_ascii=False))
